#pragma once

#include "llm/complaint.hpp"
#include "llm/json_text.hpp"
#include "llm/model.hpp"
#include "net/http.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::llm {

/// How a server wants to be asked, as far as servers differ. What it complained about stays so for the next requests.
struct Manner {
  std::string model;
  bool stream = true;
  bool stream_options = true;  ///< Asks for the usage at the end of a stream.
  bool tool_choice = true;     ///< Whether `required` and `none` may be said.
  bool tools = true;           ///< Else they are in the text (tools_in_text.hpp).
  bool null_content = true;    ///< What a turn has that only calls tools; else an empty text.
  /// Instead of `max_tokens`, as OpenAI's reasoning models have it.
  bool max_completion_tokens = false;
  std::optional<double> temperature = {};
  int output_tokens_wanted = 0;  ///< In place of what is asked for, where that is not less than usual; 0: as asked for.
  int most_output_tokens = 0;    ///< What the server has said that there may be; 0: nothing.

  [[nodiscard]] int output_tokens(const ModelRequest& request) const;
};

/// A tool call as it came: arguments are any text.
struct RawCall {
  std::string id, name, arguments;
  Json extra = {};  ///< What else the server must see again with it.
};

/// An answer as it came, put together.
struct RawAnswer {
  std::string text, reasoning;
  std::vector<RawCall> calls;
  Json carried = {};
  Usage usage = {};
  std::int64_t cache_written_tokens = 0;  ///< Among the input: put in the provider's cache, at a higher price.
  bool cut_off = false;                   ///< It ended at the limit of its output.
  bool refused = false;                   ///< A filter, or the model itself, would not answer.
};

/// Puts an answer together.
class AnswerReader {
 public:
  virtual ~AnswerReader() = default;
  /// The next event of a stream, or a whole answer. Errors: what the server says in its place.
  [[nodiscard]] virtual std::expected<void, Complaint> take(const Json& event) = 0;
  [[nodiscard]] virtual bool complete() const = 0;  ///< The server has said that this is all.
  /// What came, as far as it came.
  [[nodiscard]] virtual RawAnswer finish() = 0;
};

/// How one family of servers is spoken to.
class Dialect {
 public:
  using OnText = std::function<void(std::string_view)>;
  virtual ~Dialect() = default;
  [[nodiscard]] virtual std::string_view path() const = 0;  ///< Below the base URL: "/chat/completions".
  [[nodiscard]] virtual std::vector<net::Header> headers() const = 0;
  [[nodiscard]] virtual std::string body(const ModelRequest& request, const Manner& manner) const = 0;
  [[nodiscard]] virtual std::unique_ptr<AnswerReader> reader(const Manner& manner, OnText on_text) const = 0;
};

[[nodiscard]] std::unique_ptr<Dialect> openai_dialect();
[[nodiscard]] std::unique_ptr<Dialect> anthropic_dialect();

/// The arguments of a call as an object, which is what servers want to see again, whatever the model wrote.
[[nodiscard]] Json argument_object(const ToolCall& call);

}  // namespace agent::llm
