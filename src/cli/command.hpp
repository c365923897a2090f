#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"
#include "cli/output.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::cli {

enum class Occurs { at_most_once, once, any_number };

/// What a command takes beside its settings, whose flags come from their table.
struct Argument {
  std::string_view name;   ///< "--log": a flag. "REASON": a word by its place.
  std::string_view value;  ///< What follows the flag, as the help shows it: "FILE". Empty: nothing does.
  std::string_view help;
  Occurs occurs = Occurs::at_most_once;
};

using Arguments = std::map<std::string, std::vector<std::string>, std::less<>>;

/// All that a command works with. Prepared by run().
struct Context {
  std::string_view formats;  ///< The command's own.
  Settings settings;
  Arguments arguments;             ///< By name; a flag without a value gives "true".
  std::vector<std::string> child;  ///< `-- COMMAND…`, untouched.
  bool has_child = false;          ///< A `--` was there, perhaps with nothing after it.
  Environment environment;
  Output out{1};
  Output err{2};
  bool stdin_is_terminal = false;
  bool color_out = false;  ///< Whether `out` takes colours.
  bool color_err = false;

  /// `--timeout`; none: without end.
  [[nodiscard]] std::optional<std::chrono::milliseconds> timeout() const;

  /// The values of an argument; empty when it was not given.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  /// The last value of an argument; empty when it was not given.
  [[nodiscard]] std::string one(std::string_view name) const;
};

enum class Section { main, support };
enum class TakesChild { no, yes };

/// A subcommand as data; flags, help and completion follow. Its settings are the rows whose `commands` name its first
/// word.
struct Command {
  std::string_view path;      ///< "analyze"; "rules test".
  std::string_view summary;   ///< One line, no full stop.
  std::string_view examples;  ///< Lines for the help; may be empty.
  std::vector<Argument> arguments;
  Result<int> (*run)(Context&) =
      nullptr;  ///< Gives the exit code. None: a group, such as "rules", which shows its help.
  TakesChild takes_child = TakesChild::no;
  Section section = Section::support;
  std::string_view formats = "text markdown json yaml";  ///< Which of `--output`'s it has, its default first.
};

/// All commands, in the order of the help. The list: src/cli/commands.cpp.
[[nodiscard]] std::span<const Command> all_commands();

/// The setting output.format, which must be among the command's formats. One that another command asked for by file or
/// environment, and this one lacks, becomes the first of them. Errors: `usage` when the flag asked for it.
[[nodiscard]] Result<std::string> output_format(const Context& context);

}  // namespace agent::cli
