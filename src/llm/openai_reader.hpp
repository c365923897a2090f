#pragma once

#include "llm/dialect.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace agent::llm {

/// Puts the chunks of chat completions together, or takes a whole one, however a server writes them: tool calls by an
/// index that begins anywhere or is missing, arguments in pieces, whole or as an object, text in parts.
class OpenAIReader final : public AnswerReader {
 public:
  explicit OpenAIReader(Dialect::OnText on_text) : on_text_(std::move(on_text)) {}

  [[nodiscard]] std::expected<void, Complaint> take(const Json& event) override;
  [[nodiscard]] bool complete() const override { return complete_; }
  [[nodiscard]] RawAnswer finish() override;

 private:
  struct Slot {
    std::optional<std::int64_t> index;
    RawCall call;
  };
  void take_usage(const Json& usage);
  void take_message(const Json& message);
  void take_text(const Json& content);
  void take_call(const Json& delta);
  void take_finish(const Json& reason);
  [[nodiscard]] Slot& slot_of(const Json& delta, const RawCall& piece);

  Dialect::OnText on_text_;
  RawAnswer answer_;
  std::vector<Slot> slots_;
  bool complete_ = false;
};

}  // namespace agent::llm
