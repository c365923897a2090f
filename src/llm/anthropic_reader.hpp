#pragma once

#include "llm/dialect.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace agent::llm {

/// Puts the events of Anthropic's messages together, or takes a whole message. Thinking is carried over as it came.
class AnthropicReader final : public AnswerReader {
 public:
  AnthropicReader(std::string model, Dialect::OnText on_text)
      : model_(std::move(model)), on_text_(std::move(on_text)) {}

  [[nodiscard]] std::expected<void, Complaint> take(const Json& event) override;
  [[nodiscard]] bool complete() const override { return complete_; }
  [[nodiscard]] RawAnswer finish() override;

 private:
  struct Block {
    std::int64_t index = 0;
    Json block;             ///< As it began; texts are put together in it at the end.
    std::string text;       ///< Of text and thinking.
    std::string signature;  ///< Of thinking.
    std::string input;      ///< Of a call, in pieces.
  };
  void take_usage(const Json& usage);
  void take_block(std::int64_t index, const Json& block);
  void take_delta(const Json& event);
  void take_stop(const Json& reason);
  void say(Block& block, const std::string& text);
  [[nodiscard]] Json put_together(Block& block);

  std::string model_;
  Dialect::OnText on_text_;
  RawAnswer answer_;
  std::vector<Block> blocks_;
  std::int64_t fresh_ = 0, cached_ = 0, written_ = 0;  ///< Tokens of the input, which this API tells apart.
  bool complete_ = false;
};

}  // namespace agent::llm
