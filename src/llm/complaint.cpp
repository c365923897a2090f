#include "llm/complaint.hpp"

#include "base/text.hpp"
#include "net/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <utility>

namespace agent::llm {
namespace {

/// A refusal in lower case, for looking at.
struct Said {
  int status = 0;
  std::string message;  ///< What it says.
  std::string names;    ///< Its `type`, `code` and `param`.

  [[nodiscard]] bool has(std::initializer_list<std::string_view> words) const {
    return std::ranges::any_of(words, [this](std::string_view word) { return message.contains(word); });
  }
  [[nodiscard]] bool named(std::initializer_list<std::string_view> words) const {
    return std::ranges::any_of(words, [this](std::string_view word) { return names.contains(word); });
  }
};

/// A number in digits, of a number or a text.
std::string plain(const Json& value) {
  if (value.is_number_integer()) return value.dump();
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// The words of an error, wherever its server puts them: `error`, `detail` (FastAPI), `message`, the first of a list.
std::string message_in(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) return value.empty() ? std::string() : message_in(value.front());
  for (const char* key : {"message", "error", "detail", "msg"})
    if (const Json& found = value_at(value, key); !found.is_null())
      if (std::string message = message_in(found); !message.empty()) return message;
  return {};
}

Said said_by(int status, const Json& body) {
  const Json& first = body.is_array() && !body.empty() ? body.front() : body;
  const Json& error = value_at(first, "error").is_object() ? value_at(first, "error") : first;
  Said said{.status = status, .message = lower(message_in(body)), .names = {}};
  for (const char* key : {"type", "code", "param", "status"}) said.names += lower(plain(value_at(error, key))) + " ";
  if (status != 0) return said;
  const std::string code = plain(value_at(error, "code"));
  int number = 0;
  std::from_chars(code.data(), code.data() + code.size(), number);
  if (number >= 400 && number < 600) said.status = number;
  return said;
}

bool says_too_long(const Said& said) {
  return said.named({"context_length_exceeded", "exceed_context_size", "request_too_large"}) ||
         said.has({"maximum context length", "context_length_exceeded", "contextwindowexceedederror",
                   "prompt is too long", "input is too long", "available context size", "exceeds the context window",
                   "exceed context limit", "exceeds the maximum number of tokens", "context length exceeded",
                   "exceeds the model's context", "exceeds the model's maximum", "request_too_large"});
}

bool says_no_credit(const Said& said) {
  return said.status == 402 || said.named({"insufficient_quota", "budget_exceeded", "billing_error"}) ||
         said.has({"credit balance is too low", "exceeded your current quota", "budget has been exceeded"});
}

// LiteLLM without a database looks every key but its own up in the database that it has not.
bool says_wrong_key(const Said& said) {
  return said.status == 401 || said.named({"authentication_error", "invalid_api_key"}) ||
         said.has(
             {"no connected db", "api key not valid", "invalid api key", "incorrect api key", "invalid x-api-key"});
}

bool says_forbidden(const Said& said) {
  return said.status == 403 || said.named({"permission_error", "permission_denied", "access_denied"}) ||
         said.has({"not allowed to access model"});
}

bool says_no_model(const Said& said) {
  const bool missing = said.has({"not found", "does not exist", "invalid model", "not a valid model", "unknown model",
                                 "no such model", "no healthy deployments for this model", "unsupported model"});
  if (said.named({"model_not_found", "deploymentnotfound", "invalid_model"})) return true;
  if (said.status == 404 && said.named({"not_found_error", "not_found"}) && said.message.contains("model")) return true;
  return missing && (said.message.contains("model") || said.message.contains("deployment")) && said.status < 500;
}

int number_after(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = text.substr(at + words.size());
  rest.remove_prefix(std::min(rest.find_first_of("0123456789"), rest.size()));
  int number = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return number;
}

int number_before(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == std::string_view::npos) return 0;
  const auto before = text.substr(0, at).find_last_not_of("0123456789");
  return number_after(text.substr(before == std::string_view::npos ? 0 : before), "");
}

/// How much output may be asked for, where a request was for more: the model's limit, or what the conversation leaves
/// of the window (vLLM and OpenAI say how long both are).
int output_room(const Said& said) {
  if (said.has({"completion tokens", "output tokens"}))
    for (const char* words : {"supports at most ", "max_tokens: "})
      if (const int most = number_after(said.message, words); most > 0)
        return std::string_view(words) == "max_tokens: " ? number_after(said.message, " > ") : most;
  const int window = number_after(said.message, "maximum context length is ");
  const int input =
      std::max(number_before(said.message, " input tokens"), number_before(said.message, " in the messages"));
  constexpr int least = 256, reserve = 32;
  return window > 0 && input > 0 && window - input >= least + reserve ? window - input - reserve : 0;
}

bool says_no_tools(const Said& said) {
  return said.has({"enable-auto-tool-choice", "not support tools", "not support tool", "tools is not supported",
                   "tools are not supported", "tool calling is not supported", "not support function calling",
                   "tools param requires", "support tool use", "parameters: ['tools'"});
}

Part refused_part(const Said& said) {
  if (output_room(said) > 0) return Part::output_tokens;
  if (says_no_tools(said)) return Part::tools;
  // llama-cpp-python says so with 500.
  if (said.message.contains("'content'") && said.has({"should be a valid string"})) return Part::null_content;
  if (said.status >= 500 && said.status != 501) return Part::none;
  const auto about = [&said](std::string_view word) { return said.message.contains(word) || said.named({word}); };
  const bool refuses = said.has({"unsupported", "not support", "not permitted", "unrecognized", "unknown", "deprecated",
                                 "not allowed", "invalid", "unexpected", "may not", "only", "instead", "requires"}) ||
                       said.named({"unsupported", "unknown_parameter"});
  if (about("max_completion_tokens") && about("max_tokens"))
    return said.has({"use 'max_tokens'", "use max_tokens", "use `max_tokens`"}) ? Part::max_completion_tokens
                                                                                : Part::max_tokens;
  if (!refuses && !said.has({"verified to stream", "extra inputs", "extra fields"})) return Part::none;
  if (about("max_completion_tokens")) return Part::max_completion_tokens;
  if (about("stream_options")) return Part::stream_options;
  if (about("temperature")) return Part::temperature;
  if (about("tool_choice")) return Part::tool_choice;
  if (said.has({"verified to stream", "streaming"}) || said.names.contains("stream ")) return Part::streaming;
  return Part::none;
}

bool is_busy(const Said& said) {
  if (said.status == 0)
    return !said.named({"invalid_request", "badrequest", "bad_request", "content_policy", "content_filter"});
  return said.status >= 500 || said.status == 408 || said.status == 409 || said.status == 425 || said.status == 429 ||
         said.named({"overloaded", "rate_limit"});
}

Trouble trouble_of(const Said& said, Part part) {
  if (part == Part::output_tokens || part == Part::tools || part == Part::null_content) return Trouble::refused_part;
  if (says_too_long(said)) return Trouble::too_long;
  if (says_no_credit(said)) return Trouble::forbidden;
  if (says_forbidden(said)) return Trouble::forbidden;
  if (says_wrong_key(said)) return Trouble::unauthorised;
  if (says_no_model(said)) return Trouble::no_such_model;
  if (part != Part::none) return Trouble::refused_part;
  if (said.status == 404 || said.status == 405) return Trouble::nothing_there;
  return is_busy(said) ? Trouble::busy : Trouble::refused;
}

/// "This model's maximum context length is 8192 tokens", llama.cpp's "available context size (2048 tokens)" and its
/// `n_ctx`, Anthropic's "210000 tokens > 200000 maximum".
int window_in(const Said& said, const Json& body) {
  if (const auto n_ctx = count_at(value_at(body, "error"), "n_ctx"); n_ctx > 0) return static_cast<int>(n_ctx);
  for (const char* words : {"maximum context length is ", "available context size (", "tokens > "})
    if (const int number = number_after(said.message, words); number > 0) return number;
  return 0;
}

Complaint complaint_of(const Said& said, const Json& body) {
  Complaint complaint{.status = said.status, .message = message_in(body)};
  complaint.part = refused_part(said);
  complaint.trouble = trouble_of(said, complaint.part);
  if (complaint.part == Part::output_tokens) complaint.output_tokens = output_room(said);
  if (complaint.trouble == Trouble::too_long) complaint.window_tokens = window_in(said, body);
  return complaint;
}

/// What a person would read first of a text or a page; not cut, so that secrets in it are still known as such.
std::string first_words(std::string_view text) {
  const std::string small = lower(text.substr(0, 4096));
  const auto open = small.find("<title>"), close = small.find("</title>");
  if (open != std::string::npos && close != std::string::npos && open + 7 <= close)
    return std::string(text.substr(open + 7, close - open - 7));
  if (small.contains("<html") || small.contains("<!doctype")) return "a page of HTML";
  while (!text.empty() && (text.front() == '\n' || text.front() == '\r' || text.front() == ' ')) text.remove_prefix(1);
  return std::string(text.substr(0, text.find('\n')));
}

/// OpenAI's milliseconds, else what HTTP has.
std::optional<std::chrono::milliseconds> wait_in(const std::vector<net::Header>& headers) {
  const std::string_view exact = trim(net::header(headers, "retry-after-ms"));
  long count = 0;
  constexpr long longest = 86'400'000;
  const auto [end, error] = std::from_chars(exact.data(), exact.data() + exact.size(), count);
  if (error == std::errc{} && end != exact.data() && count >= 0)
    return std::chrono::milliseconds(std::min(count, longest));
  return net::retry_after(net::header(headers, "retry-after"));
}

}  // namespace

Complaint read_refusal(int status, const std::vector<net::Header>& headers, std::string_view body) {
  const auto json = parse_json(body);
  const Json value = json && (json->is_object() || json->is_array()) ? *json : Json(first_words(body));
  Complaint complaint = complaint_of(said_by(status, value), value);
  complaint.status = status;
  complaint.wait = wait_in(headers);
  complaint.final = lower(net::header(headers, "x-should-retry")) == "false";
  return complaint;
}

Complaint read_error_object(const Json& error) { return complaint_of(said_by(0, error), error); }

Complaint of_transport(Error error) {
  const bool passes = error.kind == ErrorKind::unreachable || error.kind == ErrorKind::unreadable;
  return {.trouble = passes ? Trouble::busy : Trouble::ended, .error = std::move(error)};
}

Complaint cut_short(std::string message) { return {.trouble = Trouble::busy, .message = std::move(message)}; }

}  // namespace agent::llm
