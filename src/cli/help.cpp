#include "cli/help.hpp"

#include "cli/options.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace agent::cli {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string table(std::string_view title, const Rows& rows) {
  if (rows.empty()) return {};
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  std::string text = "\n" + std::string(title) + ":\n";
  for (const auto& [left, right] : rows) text += "  " + left + std::string(width - left.size() + 2, ' ') + right + "\n";
  return text;
}

// "-q,--quiet" becomes "-q, --quiet"; a flag without a short name is indented to the long ones.
std::string shown_flag(std::string_view names, std::string_view value) {
  const auto all = flag_names(names);
  std::string text = all.size() > 1 ? std::string(all.front()) + ", " : "    ";
  text += all.back();
  return value.empty() ? text : text + " " + std::string(value);
}

std::string_view value_word(const Setting& setting) {
  if (!setting.value.empty()) return setting.value;
  switch (setting.type) {
    case SettingType::boolean: return "";
    case SettingType::integer:
    case SettingType::number: return "N";
    case SettingType::duration: return "DURATION";
    case SettingType::path:
    case SettingType::list: return "FILE";
    case SettingType::words:
    case SettingType::choice:
    case SettingType::text: return "VALUE";
  }
  return "VALUE";
}

std::string choices_of(const Setting& setting, const Command* command) {
  std::string text;
  const bool of_command = setting.key == "output.format" && command != nullptr;
  for (const std::string_view choice : split_words(of_command ? command->formats : setting.choices))
    text += (text.empty() ? "" : "|") + std::string(choice);
  return text;
}

Rows setting_rows(std::span<const Setting> settings, const Command* command, bool global) {
  Rows rows;
  for (const Setting& setting : settings) {
    if (setting.flag.empty() || setting.commands.empty() != global || !applies(setting, command)) continue;
    const std::string choices = choices_of(setting, command);
    std::string text(setting.help);
    if (!setting.default_value.empty() && setting.type != SettingType::boolean)
      text += " (default " + std::string(setting.default_value) + ")";
    rows.emplace_back(shown_flag(setting.flag, choices.empty() ? value_word(setting) : choices), text);
  }
  return rows;
}

Rows global_rows(std::span<const Setting> settings) {
  Rows rows = setting_rows(settings, nullptr, true);
  rows.emplace_back(shown_flag("-h,--help", ""), "Show this help");
  return rows;
}

Rows command_rows(std::span<const Command> commands, std::string_view prefix, Section section) {
  Rows rows;
  for (const Command& command : commands) {
    const bool below =
        command.path.starts_with(prefix) && command.path.find(' ', prefix.size()) == std::string_view::npos;
    if (below && command.section == section) rows.emplace_back(command.path.substr(prefix.size()), command.summary);
  }
  return rows;
}

std::string program_help(std::span<const Command> commands, std::span<const Setting> settings) {
  std::string text = "Explains why a CI pipeline failed.\n\nUsage: agent COMMAND [FLAGS]\n";
  text += table("Commands", command_rows(commands, "", Section::main));
  text += table("Support", command_rows(commands, "", Section::support));
  Rows flags = global_rows(settings);
  flags.emplace_back(shown_flag("--version", ""), "Show the version");
  text += table("Flags", flags);
  return text + "\n'agent COMMAND --help' tells more of one.\n";
}

std::string group_help(const Command& command, std::span<const Command> commands) {
  const std::string path(command.path);
  std::string text = std::string(command.summary) + ".\n\nUsage: agent " + path + " COMMAND [FLAGS]\n";
  text += table("Commands", command_rows(commands, path + " ", Section::support));
  return text + "\n'agent " + path + " COMMAND --help' tells more of one.\n";
}

std::string usage_line(const Command& command) {
  std::string text = "Usage: agent " + std::string(command.path) + " [FLAGS]";
  for (const Argument& argument : command.arguments) {
    if (argument.name.starts_with('-')) continue;
    const std::string word = std::string(argument.name) + (argument.occurs == Occurs::any_number ? "…" : "");
    text += argument.occurs == Occurs::once ? " " + word : " [" + word + "]";
  }
  return text + (command.takes_child == TakesChild::yes ? " [-- COMMAND…]\n" : "\n");
}

std::string command_help(const Command& command, std::span<const Setting> settings) {
  std::string text = std::string(command.summary) + ".\n\n" + usage_line(command);
  Rows words;
  Rows flags;
  for (const Argument& argument : command.arguments) {
    const std::string note(argument.occurs == Occurs::any_number && argument.name.starts_with('-') ? "; may be repeated"
                                                                                                   : "");
    if (argument.name.starts_with('-'))
      flags.emplace_back(shown_flag(argument.name, argument.value), std::string(argument.help) + note);
    else
      words.emplace_back(argument.name, argument.help);
  }
  if (!command.examples.empty()) text += "\nExamples:\n" + std::string(command.examples);
  std::ranges::copy(setting_rows(settings, &command, false), std::back_inserter(flags));
  return text + table("Words", words) + table("Flags", flags) + table("Flags of all commands", global_rows(settings));
}

}  // namespace

std::string help(const Command* command, std::span<const Command> commands, std::span<const Setting> settings) {
  if (command == nullptr) return program_help(commands, settings);
  return command->run == nullptr ? group_help(*command, commands) : command_help(*command, settings);
}

}  // namespace agent::cli
