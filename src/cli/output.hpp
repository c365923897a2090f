#pragma once

#include "base/error.hpp"

#include <map>
#include <string>
#include <string_view>

namespace agent::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

/// One of the process's output streams. A reader that went away is no error: what comes after is dropped.
class Output {
 public:
  explicit Output(int fd);  ///< `fd` stays the caller's.

  /// Writes all of `text`, at once. Errors: `delivery_failed` (a full disk).
  [[nodiscard]] Result<void> write(std::string_view text);

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }
  [[nodiscard]] bool closed() const { return closed_; }  ///< The reader went away, or there never was one.

  /// The terminal's width, else $COLUMNS, else 80.
  [[nodiscard]] int columns(const Environment& environment) const;

 private:
  int fd_;
  bool is_terminal_;
  bool closed_ = false;
};

/// True inside a CI system that obeys commands in a step's output: GitHub Actions, Gitea's and Forgejo's say so by
/// GITHUB_ACTIONS, Azure Pipelines by TF_BUILD.
[[nodiscard]] bool reads_commands(const Environment& environment);

/// Where we keep what lasts, "$XDG_STATE_HOME/agent"; empty where there is no home (XDG Base Directory Specification
/// 0.8).
[[nodiscard]] std::string state_folder(const Environment& environment);

/// True inside one that says so by CI, as nearly all do.
[[nodiscard]] bool is_ci(const Environment& environment);

/// describe(error), fit for a terminal and a CI's log: a path, a value or a command may hold anything, a secret as
/// well.
[[nodiscard]] std::string safe_description(Error error);

/// Whether to write colours: `choice` is the setting output.color. For "auto": $NO_COLOR (not empty) says no,
/// $CLICOLOR_FORCE (not empty, not 0) says yes, else a terminal whose $TERM is not "dumb".
/// Sources: no-color.org, bixense.com/clicolors.
[[nodiscard]] bool use_color(std::string_view choice, const Environment& environment, bool is_terminal);

}  // namespace agent::cli
