#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace agent::cli {

/// What a person said to what a server asks of them.
struct FormAnswer {
  enum class Action { accept, decline, cancel } action = Action::decline;
  nlohmann::json content;  ///< The fields that were filled in, by name; those left out have the schema's default.
};

/// Shows a prompt, gives the line that was typed; none at the end of the input, or when we are stopped.
using AskLine = std::function<std::optional<std::string>(const std::string& prompt)>;

/// Asks a person for what a server wants to know: `params` of elicitation/create (MCP 2025-06-18 to 2026-07-28), a form
/// of flat fields or a URL to visit. First it is said which server asks, and that "no" declines; nothing is opened, no
/// field filled in by itself. A value that does not fit its field is asked for again, three times. A URL that is not
/// https (http on loopback) is declined.
[[nodiscard]] FormAnswer ask_person(const std::string& server, const nlohmann::json& params, const AskLine& ask);

/// A line from the terminal at descriptor `fd`, without its end; none at the end of the input, or when `stop` is asked.
[[nodiscard]] std::optional<std::string> read_terminal_line(int fd, const std::stop_token& stop);

}  // namespace agent::cli
