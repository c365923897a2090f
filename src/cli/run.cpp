#include "cli/run.hpp"

#include "base/log.hpp"
#include "base/process.hpp"
#include "base/version.hpp"
#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"

#include <unistd.h>
#include <csignal>
#include <exception>

extern char** environ;  // NOLINT: POSIX's name, which no header declares without extensions

namespace agent::cli {
namespace {

Environment read_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Result<Settings> load_settings(const Parsed& parsed, const Environment& environment) {
  SettingsInput input{.flags = parsed.flags, .environment = environment, .config_path = {}, .env_file = {}};
  if (const auto found = parsed.flags.find("config"); found != parsed.flags.end()) input.config_path = found->second;
  if (const auto found = parsed.flags.find("env_file"); found != parsed.flags.end()) input.env_file = found->second;
  return Settings::load(input);
}

// --quiet leaves errors; --verbose tells all, unless a level was asked for.
void start_log(const Settings& settings) {
  LogOptions options;
  const SettingValue& level = settings.at("log.level");
  options.level = log_level_named(level.value).value_or(LogLevel::info);
  if (settings.enabled("output.verbose") && level.origin == Origin::default_value) options.level = LogLevel::debug;
  if (settings.enabled("output.quiet")) options.level = LogLevel::error;
  options.format = settings.text("log.format") == "json" ? LogFormat::json : LogFormat::text;
  configure_log(std::move(options));
  for (const std::string& warning : settings.warnings())
    log(LogLevel::warning, "settings.exposed_secret", {{"message", warning}});
}

Result<int> run_parsed(Parsed parsed, Output out) {
  Context context;
  context.formats = parsed.command->formats;
  context.out = out;
  context.environment = read_environment();
  context.settings = TRY(load_settings(parsed, context.environment));
  start_log(context.settings);
  context.arguments = std::move(parsed.arguments);
  context.child = std::move(parsed.child);
  context.has_child = parsed.has_child;
  context.stdin_is_terminal = isatty(STDIN_FILENO) == 1;
  const std::string& choice = context.settings.text("output.color");
  context.color_out = use_color(choice, context.environment, context.out.is_terminal());
  context.color_err = use_color(choice, context.environment, context.err.is_terminal());
  return parsed.command->run(context);
}

Result<int> print_version() {
  TRY(Output(STDOUT_FILENO).write("agent " + std::string(version) + "\n"));
  return 0;
}

Result<int> run_words(std::vector<std::string> words) {
  // Asked often: no parser, no settings.
  if (words.size() == 1 && words.front() == "--version") return print_version();
  Parsed parsed = TRY(parse(std::move(words), all_commands(), settings_table()));
  if (parsed.version) return print_version();
  Output out(STDOUT_FILENO);
  if (parsed.help || parsed.command == nullptr || parsed.command->run == nullptr) {
    TRY(out.write(help(parsed.command, all_commands(), settings_table())));
    return 0;
  }
  return run_parsed(std::move(parsed), out);
}

// Once: in the log's form where that was asked for.
int print_error(const Error& error) {
  const ErrorTraits facts = traits(error.kind);
  if (log_format() == LogFormat::json)
    log(LogLevel::error, "error",
        {{"kind", facts.name}, {"message", error.what}, {"at", error.where}, {"try", error.fix}});
  else
    static_cast<void>(Output(STDERR_FILENO).write(safe_description(error)));  // nowhere is left to tell of a failure
  return facts.exit_code;
}

}  // namespace

Result<int> caught(const std::function<Result<int>()>& action) {
  const std::string fix = "report this, with the command line";
  try {
    return action();
  } catch (const std::exception& exception) {
    return fail(ErrorKind::bug, "an exception escaped: " + std::string(exception.what()), "", fix);
  } catch (...) {
    return fail(ErrorKind::bug, "an exception of no known type escaped", "", fix);
  }
}

int run(int argc, char** argv) {
  open_standard_streams();
  // A closed pipe, and a file that grows past its limit (ulimit -f), are errors of write().
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const Result<int> done = caught([&words] { return run_words(std::move(words)); });
  return done ? *done : print_error(done.error());
}

}  // namespace agent::cli
