#include "cli/options.hpp"

#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace agent::cli {
namespace {

bool is_flag(std::string_view name) { return name.starts_with('-'); }

// "--no-progress" of a boolean setting turns it off.
bool negates(const Setting& setting) {
  return setting.type == SettingType::boolean && setting.flag.starts_with("--no-");
}

/// The parser for one command line, and which of its options stands for what.
class Parser {
 public:
  Parser(std::span<const Command> commands, std::span<const Setting> settings)
      : commands_(commands), settings_(settings) {
    // Words and flags that nobody takes are collected, and told about by us, with what is near.
    root_.allow_extras()->set_help_flag();
    root_.require_subcommand(0, 1);
    help_ = root_.add_flag("-h,--help");
    version_ = root_.add_flag("--version");
    add_settings(root_, nullptr);
    for (const Command& command : commands) add_command(command);
  }

  Result<Parsed> parse(const std::vector<std::string>& words);

 private:
  struct SettingOption {
    const Setting* setting;
    CLI::Option* option;
  };
  struct ArgumentOption {
    const Argument* argument;
    const Command* command;
    CLI::Option* option;
  };

  void add_settings(CLI::App& app, const Command* command);
  void add_command(const Command& command);
  CLI::App* app_of(std::string_view path);
  CLI::Option* add_option(CLI::App& app, std::string_view names, bool has_value);
  const Command* parsed_command() const;
  void take_flags(Parsed& parsed) const;
  Result<void> take_words(Parsed& parsed, const std::vector<std::string>& rest) const;
  std::unexpected<Error> unknown_flag(const Command* command, const std::string& word) const;
  std::unexpected<Error> unexpected_word(const Command* command, const std::string& word) const;

  std::span<const Command> commands_;
  std::span<const Setting> settings_;
  CLI::App root_;
  CLI::Option* help_ = nullptr;
  CLI::Option* version_ = nullptr;
  std::vector<SettingOption> setting_options_;
  std::vector<ArgumentOption> argument_options_;
  std::vector<std::pair<CLI::App*, const Command*>> apps_;
};

CLI::Option* Parser::add_option(CLI::App& app, std::string_view names, bool has_value) {
  if (!has_value) return app.add_flag(std::string(names));
  return app.add_option(std::string(names))->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// Flags for all commands sit at the root, and commands fall through to it; the others sit at their command.
void Parser::add_settings(CLI::App& app, const Command* command) {
  for (const Setting& setting : settings_) {
    if (setting.flag.empty() || setting.commands.empty() != (command == nullptr) || !applies(setting, command))
      continue;
    setting_options_.push_back({&setting, add_option(app, setting.flag, setting.type != SettingType::boolean)});
  }
}

void Parser::add_command(const Command& command) {
  // A group stands before its commands in the list.
  const std::size_t blank = command.path.rfind(' ');
  CLI::App* parent = blank == std::string_view::npos ? &root_ : app_of(command.path.substr(0, blank));
  CLI::App* app = parent->add_subcommand(std::string(command.path.substr(blank + 1)));
  app->fallthrough();
  app->set_help_flag();
  apps_.emplace_back(app, &command);
  if (command.run == nullptr) {
    app->require_subcommand(0, 1);
    return;
  }
  add_settings(*app, &command);
  for (const Argument& argument : command.arguments)
    if (is_flag(argument.name))
      argument_options_.push_back({&argument, &command, add_option(*app, argument.name, !argument.value.empty())});
}

CLI::App* Parser::app_of(std::string_view path) {
  const auto found = std::ranges::find_if(apps_, [path](const auto& entry) { return entry.second->path == path; });
  return found == apps_.end() ? &root_ : found->first;
}

const Command* Parser::parsed_command() const {
  const CLI::App* app = &root_;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  const auto found = std::find_if(apps_.begin(), apps_.end(), [app](const auto& entry) { return entry.first == app; });
  return found == apps_.end() ? nullptr : found->second;
}

void Parser::take_flags(Parsed& parsed) const {
  for (const auto& [setting, option] : setting_options_) {
    if (option->count() == 0) continue;
    std::string value = option->results().back();
    if (setting->type == SettingType::list) {
      value.clear();
      for (const std::string& one : option->results()) value += (value.empty() ? "" : "\n") + one;
    }
    if (negates(*setting) && (value == "true" || value == "false")) value = value == "true" ? "false" : "true";
    parsed.flags[std::string(setting->key)] = std::move(value);
  }
  for (const auto& [argument, command, option] : argument_options_)
    if (command == parsed.command && option->count() > 0)
      parsed.arguments[std::string(argument->name)] = option->results();
}

std::unexpected<Error> Parser::unknown_flag(const Command* command, const std::string& word) const {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string_view> known{"--help", "--version"};
  for (const Setting& setting : settings_)
    if (applies(setting, command)) std::ranges::copy(flag_names(setting.flag), std::back_inserter(known));
  if (command != nullptr)
    for (const Argument& argument : command->arguments)
      if (is_flag(argument.name)) std::ranges::copy(flag_names(argument.name), std::back_inserter(known));
  const std::string_view near = nearest(name, known);
  const std::string program = command == nullptr ? "agent" : "agent " + std::string(command->path);
  return fail(ErrorKind::usage, "unknown flag '" + name + "'", "",
              near.empty() || near.size() < 3 ? program + " --help" : std::string(near));
}

std::unexpected<Error> Parser::unexpected_word(const Command* command, const std::string& word) const {
  const std::string program = command == nullptr ? "agent" : "agent " + std::string(command->path);
  if (command != nullptr && command->takes_child == TakesChild::yes)
    return fail(ErrorKind::usage, "unexpected word '" + word + "'", "",
                program + " -- " + word + " …, to run a command; " + program + " --help");
  if (command != nullptr && command->run != nullptr)
    return fail(ErrorKind::usage, "unexpected word '" + word + "'", "", program + " --help");
  const std::string prefix = command == nullptr ? "" : std::string(command->path) + " ";
  std::vector<std::string_view> known;
  for (const Command& other : commands_)
    if (other.path.starts_with(prefix) && other.path.find(' ', prefix.size()) == std::string_view::npos)
      known.push_back(other.path.substr(prefix.size()));
  const std::string_view near = nearest(word, known);
  return fail(ErrorKind::usage, "unknown command '" + prefix + word + "'", "",
              near.empty() ? program + " --help" : "agent " + prefix + std::string(near));
}

Result<void> Parser::take_words(Parsed& parsed, const std::vector<std::string>& rest) const {
  for (const std::string& word : rest)
    if (word.size() > 1 && is_flag(word) && (word[1] < '0' || word[1] > '9')) return unknown_flag(parsed.command, word);
  std::size_t taken = 0;
  if (parsed.command != nullptr)
    for (const Argument& argument : parsed.command->arguments) {
      if (is_flag(argument.name)) continue;
      const std::size_t most = argument.occurs == Occurs::any_number ? rest.size() : 1;
      for (std::size_t i = 0; i < most && taken < rest.size(); ++i)
        parsed.arguments[std::string(argument.name)].push_back(rest[taken++]);
    }
  if (taken < rest.size()) return unexpected_word(parsed.command, rest[taken]);
  return {};
}

Result<void> check_required(const Parsed& parsed) {
  if (parsed.command == nullptr || parsed.help) return {};
  for (const Argument& argument : parsed.command->arguments)
    if (argument.occurs == Occurs::once && !parsed.arguments.contains(argument.name))
      return fail(ErrorKind::usage, "'" + std::string(argument.name) + "' is missing", "",
                  "agent " + std::string(parsed.command->path) + " --help");
  if (parsed.has_child && parsed.command->takes_child == TakesChild::no)
    return fail(ErrorKind::usage, "'agent " + std::string(parsed.command->path) + "' runs no command after '--'", "",
                "leave '--' out");
  return {};
}

Result<Parsed> Parser::parse(const std::vector<std::string>& words) {
  try {
    root_.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ParseError&) {
    // All else is collected as extras, so only a flag at the end that lacks its value is left.
    return fail(ErrorKind::usage, "flag '" + (words.empty() ? "" : words.back()) + "' needs a value", "",
                "agent --help");
  }
  Parsed parsed;
  parsed.command = parsed_command();
  parsed.help = help_->count() > 0;
  parsed.version = version_->count() > 0;
  take_flags(parsed);
  TRY(take_words(parsed, root_.remaining(true)));
  return parsed;
}

// "--config=": CLI11 would take the next word for its value.
Result<void> refuse_empty_values(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (word.starts_with("--") && word.find('=') == word.size() - 1)
      return fail(ErrorKind::usage, "flag '" + word.substr(0, word.size() - 1) + "' needs a value", "", "agent --help");
  return {};
}

}  // namespace

Result<Parsed> parse(std::vector<std::string> words, std::span<const Command> commands,
                     std::span<const Setting> settings) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  const bool has_child = separator != words.end();
  std::vector<std::string> child(has_child ? separator + 1 : words.end(), words.end());
  words.erase(separator, words.end());
  TRY(refuse_empty_values(words));
  Parsed parsed = TRY(Parser(commands, settings).parse(words));
  parsed.has_child = has_child;
  parsed.child = std::move(child);
  TRY(check_required(parsed));
  return parsed;
}

bool applies(const Setting& setting, const Command* command) {
  if (setting.commands.empty()) return true;
  if (command == nullptr) return false;
  const std::string_view first = command->path.substr(0, command->path.find(' '));
  std::string path(command->path);
  std::ranges::replace(path, ' ', '/');
  return std::ranges::any_of(split_words(setting.commands),
                             [&](std::string_view one) { return one == first || one == path; });
}

std::vector<std::string_view> flag_names(std::string_view flag) {
  std::vector<std::string_view> names;
  while (!flag.empty()) {
    const std::size_t comma = flag.find(',');
    names.push_back(flag.substr(0, comma));
    flag = comma == std::string_view::npos ? std::string_view{} : flag.substr(comma + 1);
  }
  return names;
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!(text = trim(text)).empty()) {
    const std::size_t blank = text.find(' ');
    words.push_back(text.substr(0, blank));
    text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank);
  }
  return words;
}

}  // namespace agent::cli
