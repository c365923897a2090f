#include "cli/completion.hpp"

#include "cli/options.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace agent::embedded {
extern const std::string_view completion_bash;
}

namespace agent::cli {
namespace {

/// Where the embedded script takes the functions that are made here.
constexpr std::string_view place = "# TABLES\n";

std::string joined(const std::set<std::string>& words, std::string_view between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::string arm(const std::string& pattern, const std::string& words) {
  return "    " + pattern + ") REPLY='" + words + "' ;;\n";
}

std::string value_of(const Setting& setting) {
  if (!setting.choices.empty()) return std::string(setting.choices);
  if (setting.value.find('|') != std::string_view::npos) {
    std::string words(setting.value);
    std::ranges::replace(words, '|', ' ');
    return words;
  }
  if (!setting.value.empty()) return "TEXT";
  return setting.type == SettingType::path || setting.type == SettingType::list ? "FILE" : "TEXT";
}

/// `_agent_value FLAG`: what follows it; fails for a flag that stands alone.
std::string value_function(std::span<const Command> commands, std::span<const Setting> settings) {
  std::map<std::string, std::set<std::string>> flags;  // by what follows
  const auto add = [&](std::string_view names, const std::string& value) {
    for (const auto name : flag_names(names)) flags[value].insert(std::string(name));
  };
  for (const Setting& setting : settings)
    if (!setting.flag.empty() && setting.type != SettingType::boolean) add(setting.flag, value_of(setting));
  for (const Command& command : commands)
    for (const Argument& argument : command.arguments)
      if (argument.name.starts_with('-') && !argument.value.empty())
        add(argument.name, argument.value == "FILE" || argument.value == "DIR" ? "FILE" : "TEXT");
  std::string text = "_agent_value() {\n  case $1 in\n";
  for (const auto& [value, names] : flags) text += arm(joined(names, " | "), value);
  return text + "    *) return 1 ;;\n  esac\n}\n";
}

/// The commands one word below `path`.
std::set<std::string> below(std::string_view path, std::span<const Command> commands) {
  const std::string prefix = path.empty() ? "" : std::string(path) + " ";
  std::set<std::string> names;
  for (const Command& command : commands) {
    if (!command.path.starts_with(prefix)) continue;
    const auto rest = command.path.substr(prefix.size());
    if (rest.find(' ') == std::string_view::npos) names.emplace(rest);
  }
  return names;
}

std::set<std::string> flags_of(const Command* command, std::span<const Setting> settings) {
  std::set<std::string> flags{"--help"};
  if (command == nullptr) flags.insert("--version");
  const auto add = [&flags](std::string_view names) {
    if (!names.empty()) flags.emplace(flag_names(names).back());
  };
  for (const Setting& setting : settings)
    if (applies(setting, command != nullptr && command->run != nullptr ? command : nullptr)) add(setting.flag);
  if (command == nullptr) return flags;
  for (const Argument& argument : command->arguments)
    if (argument.name.starts_with('-')) add(argument.name);
  return flags;
}

bool takes_files(const Command& command) {
  for (const Argument& argument : command.arguments)
    if (argument.name == "FILE" || argument.name == "LOG") return true;
  return false;
}

/// `_agent_words COMMAND`: what may stand after it. Flags wait for a dash where there is something else to say.
std::string words_function(std::span<const Command> commands, std::span<const Setting> settings) {
  std::string text = "_agent_words() {\n  case $cur:$1 in\n";
  text += arm("-*:", joined(flags_of(nullptr, settings), " "));
  text += arm("*:", joined(below("", commands), " "));
  for (const Command& command : commands) {
    const std::string path(command.path);
    const auto flags = joined(flags_of(&command, settings), " ");
    const auto words = takes_files(command) ? "FILE" : joined(below(path, commands), " ");
    if (!words.empty()) text += arm("-*:'" + path + "'", flags);
    text += arm("*:'" + path + "'", words.empty() ? flags : words);
  }
  return text + "  esac\n}\n";
}

/// `_agent_command WORDS`: whether they are a command.
std::string command_function(std::span<const Command> commands) {
  std::set<std::string> paths;
  for (const Command& command : commands) paths.insert("'" + std::string(command.path) + "'");
  return "_agent_command() {\n  case $1 in\n    " + joined(paths, " | ") +
         ") return 0 ;;\n    *) return 1 ;;\n  esac\n}\n";
}

Result<int> print_bash(Context& context) {
  TRY(context.out.write(bash_completion(all_commands(), settings_table())));
  return 0;
}

}  // namespace

std::string bash_completion(std::span<const Command> commands, std::span<const Setting> settings) {
  std::string script(embedded::completion_bash);
  return script.replace(script.find(place), place.size(),
                        command_function(commands) + "\n" + value_function(commands, settings) + "\n" +
                            words_function(commands, settings));
}

std::vector<Command> completion_commands() {
  return {
      {.path = "completion",
       .summary = "Print a script that completes the command line",
       .examples = "",
       .arguments = {}},
      {.path = "completion bash",
       .summary = "Print the script for bash",
       .examples = "  source <(agent completion bash)\n",
       .arguments = {},
       .run = print_bash},
  };
}

}  // namespace agent::cli
