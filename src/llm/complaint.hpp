#pragma once

#include "base/error.hpp"
#include "llm/json_text.hpp"
#include "net/http.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::llm {

/// What is wrong, as far as it decides what to do about it.
enum class Trouble {
  busy,          ///< Another try may help: 408, 429, 5xx, no answer, one that was cut off.
  unauthorised,  ///< The key is missing or wrong.
  forbidden,     ///< The key may not, or there is no credit left.
  no_such_model,
  nothing_there,  ///< The address is no model's.
  too_long,       ///< The conversation does not fit the model's window.
  refused_part,   ///< The server does not take a part of the request, which can be left out or said otherwise.
  refused,        ///< Anything else: the same request has the same answer.
  ended,          ///< By the caller's stop, deadline or a setting of ours: `error` says it.
};

/// Parts of a request that not every server takes.
enum class Part {
  none,
  streaming,
  stream_options,
  temperature,
  max_tokens,             ///< The word, in place of which `max_completion_tokens` is known.
  max_completion_tokens,  ///< The other way round.
  output_tokens,          ///< The number: so many are not to be had.
  tool_choice,
  tools,
  null_content,  ///< Of a turn that only calls tools.
};

/// Why a try gave no answer, whoever says it.
struct Complaint {
  Trouble trouble = Trouble::refused;
  int status = 0;                                      ///< 0: it did not come as a status.
  std::string message = {};                            ///< The server's own words: foreign text, of any length.
  std::optional<std::chrono::milliseconds> wait = {};  ///< What it asks for before another try.
  bool final = false;                                  ///< Another try is not wanted.
  Part part = Part::none;
  int output_tokens = 0;            ///< Of `output_tokens`: so many may be asked for.
  int window_tokens = 0;            ///< Of `too_long`, when it says how long a conversation may be.
  std::optional<Error> error = {};  ///< Of the transport; in place of `message`.
};

/// What an answer of 4xx or 5xx means. `body` may be JSON of any dialect, text or HTML.
[[nodiscard]] Complaint read_refusal(int status, const std::vector<net::Header>& headers, std::string_view body);

/// The same of an error object that came within an answer: OpenAI's, Anthropic's, LiteLLM's or OpenRouter's.
[[nodiscard]] Complaint read_error_object(const Json& error);

/// What became of a request that got no answer, or only part of one.
[[nodiscard]] Complaint of_transport(Error error);

/// An answer that ended too early.
[[nodiscard]] Complaint cut_short(std::string message);

}  // namespace agent::llm
