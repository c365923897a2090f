#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"
#include "cli/command.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::cli {

/// A command line, taken apart.
struct Parsed {
  const Command* command = nullptr;  ///< The one that was named, perhaps a group; none: only `agent`.
  bool help = false;
  bool version = false;
  std::map<std::string, std::string, std::less<>> flags;  ///< Settings by key; lists joined by '\n'.
  Arguments arguments;
  std::vector<std::string> child;
  bool has_child = false;
};

/// The command line without the program's name. All after the first `--` is the child's and stays untouched.
/// Errors: `usage`, with the nearest known flag or command.
[[nodiscard]] Result<Parsed> parse(std::vector<std::string> words, std::span<const Command> commands,
                                   std::span<const Setting> settings);

/// True when the rows's flag belongs to `command` (none: the program itself, which takes what is for all).
[[nodiscard]] bool applies(const Setting& setting, const Command* command);

/// The names in "-q,--quiet".
[[nodiscard]] std::vector<std::string_view> flag_names(std::string_view flag);

/// `text` cut at blanks.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);

}  // namespace agent::cli
