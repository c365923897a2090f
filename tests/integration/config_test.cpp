#include "support/run_binary.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace agent::test {
namespace {

/// One mistake at one place, and what the user sees of it. In all texts `DIR` stands for the test's folder.
struct Mistake {
  std::string name;
  std::string file;     ///< Written before the run: its name …
  std::string content;  ///< … and what is in it.
  std::vector<std::string> arguments;
  Variables environment;
  int exit_code;
  std::string message;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

std::string in_folder(std::string text, const std::string& folder) {
  for (std::size_t at = 0; (at = text.find("DIR", at)) != std::string::npos; at += folder.size())
    text.replace(at, 3, folder);
  return text;
}

Ended run_in(const TemporaryFolder& folder, std::vector<std::string> arguments, Variables environment) {
  for (std::string& argument : arguments) argument = in_folder(argument, folder.path());
  for (auto& [name, value] : environment) value = in_folder(value, folder.path());
  return run_agent({.arguments = std::move(arguments), .environment = std::move(environment)});
}

class SettingsMistake : public testing::TestWithParam<Mistake> {};

TEST_P(SettingsMistake, IsToldWithItsPlaceAndWhatIsAllowed) {
  const Mistake& mistake = GetParam();
  const TemporaryFolder folder;
  if (!mistake.file.empty()) folder.write(mistake.file, mistake.content);

  const Ended ended = run_in(folder, mistake.arguments, mistake.environment);

  EXPECT_EQ(ended.err, in_folder(mistake.message, folder.path()));
  EXPECT_EQ(ended.exit_code, mistake.exit_code);
  EXPECT_EQ(ended.out, "");
}

const std::vector<std::string> check_toml{"config", "check", "--config", "DIR/a.toml"};
const std::vector<std::string> check_yaml{"config", "check", "--config", "DIR/a.yaml"};
const std::vector<std::string> check_env{"config", "check", "--env-file", "DIR/env"};
const std::string levels = "one of debug, info, warn, warning, error";

Mistake flag(std::string name, std::vector<std::string> words, std::string message) {
  words.insert(words.begin(), {"config", "show"});
  return {std::move(name), "", "", std::move(words), {}, 2, std::move(message)};
}

Mistake variable(std::string name, Variables environment, std::string message) {
  return {std::move(name), "", "", {"config", "check"}, std::move(environment), 3, std::move(message)};
}

Mistake toml(std::string name, std::string content, std::string message) {
  return {std::move(name), "a.toml", std::move(content), check_toml, {}, 3, std::move(message)};
}

Mistake yaml(std::string name, std::string content, std::string message) {
  return {std::move(name), "a.yaml", std::move(content), check_yaml, {}, 3, std::move(message)};
}

Mistake env_file(std::string name, std::string content, std::string message) {
  return {std::move(name), "env", std::move(content), check_env, {}, 3, std::move(message)};
}

std::string named(const testing::TestParamInfo<Mistake>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Flag, SettingsMistake,
    testing::Values(
        flag("unknown", {"--log-levl", "info"}, "agent: unknown flag '--log-levl'\n  try: --log-level\n"),
        flag("unknown_and_far", {"--frobnicate"},
             "agent: unknown flag '--frobnicate'\n  try: agent config show --help\n"),
        flag("unknown_short", {"-x"}, "agent: unknown flag '-x'\n  try: agent config show --help\n"),
        flag("unknown_among_short_ones", {"-qxv"}, "agent: unknown flag '-xv'\n  try: agent config show --help\n"),
        flag("value_missing", {"--log-level"}, "agent: flag '--log-level' needs a value\n  try: agent --help\n"),
        flag("value_empty", {"--log-level=", "-q"}, "agent: flag '--log-level' needs a value\n  try: agent --help\n"),
        flag("bad_choice", {"--log-level", "loud"},
             "agent: 'log.level' can't be 'loud'\n  at: --log-level\n  try: " + levels + "\n"),
        flag("bad_boolean", {"--offline=maybe"},
             "agent: 'offline' can't be 'maybe'\n  at: --offline\n  try: true or false\n"),
        flag("bad_duration", {"--timeout", "5 parsecs"},
             "agent: 'timeout' can't be '5 parsecs'\n  at: --timeout\n  try: a time such as 30s, 5m or 1h30m\n"),
        flag("negative_number_as_value", {"--log-level", "-5"},
             "agent: 'log.level' can't be '-5'\n  at: --log-level\n  try: " + levels + "\n"),
        flag("format_of_another_command", {"-o", "markdown"},
             "agent: this command has no format 'markdown'\n  at: --output\n  try: one of text, json\n"),
        flag("word_too_many", {"extra"}, "agent: unexpected word 'extra'\n  try: agent config show --help\n"),
        flag("command_of_its_own", {"--", "make"},
             "agent: 'agent config show' runs no command after '--'\n  try: leave '--' out\n")),
    named);

INSTANTIATE_TEST_SUITE_P(
    Command, SettingsMistake,
    testing::Values(
        Mistake{"unknown", "", "", {"confg"}, {}, 2, "agent: unknown command 'confg'\n  try: agent config\n"},
        Mistake{"unknown_and_far",
                "",
                "",
                {"frobnicate"},
                {},
                2,
                "agent: unknown command 'frobnicate'\n  try: agent --help\n"},
        Mistake{"unknown_in_a_group",
                "",
                "",
                {"config", "shwo"},
                {},
                2,
                "agent: unknown command 'config shwo'\n  try: agent config show\n"}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Environment, SettingsMistake,
    testing::Values(
        variable("bad_choice", {{"AGENT_LOG_LEVEL", "loud"}},
                 "agent: 'log.level' can't be 'loud'\n  at: AGENT_LOG_LEVEL\n  try: " + levels + "\n"),
        variable("bad_choice_in_a_legacy_name", {{"LOG_LEVEL", "loud"}},
                 "agent: 'log.level' can't be 'loud'\n  at: LOG_LEVEL\n  try: " + levels + "\n"),
        variable("bad_boolean", {{"AGENT_OFFLINE", "2"}},
                 "agent: 'offline' can't be '2'\n  at: AGENT_OFFLINE\n  try: true or false\n"),
        variable("bad_integer", {{"AGENT_EVIDENCE_TOKENS", "12x"}},
                 "agent: 'analyze.evidence_tokens' can't be '12x'\n  at: AGENT_EVIDENCE_TOKENS\n"
                 "  try: a whole number from 50 to 1000000\n"),
        variable("out_of_range", {{"AGENT_EVIDENCE_TOKENS", "49"}},
                 "agent: 'analyze.evidence_tokens' can't be '49'\n  at: AGENT_EVIDENCE_TOKENS\n"
                 "  try: a whole number from 50 to 1000000\n"),
        variable("beyond_64_bits", {{"AGENT_EVIDENCE_TOKENS", "99999999999999999999"}},
                 "agent: 'analyze.evidence_tokens' can't be '99999999999999999999'\n  at: AGENT_EVIDENCE_TOKENS\n"
                 "  try: a whole number from 50 to 1000000\n"),
        variable("bad_duration", {{"AGENT_TIMEOUT", "-1s"}},
                 "agent: 'timeout' can't be '-1s'\n  at: AGENT_TIMEOUT\n  try: a time such as 30s, 5m or 1h30m\n"),
        variable("file_missing", {{"AGENT_CONFIG", "DIR/none.toml"}},
                 "agent: settings file 'DIR/none.toml' does not exist\n  at: AGENT_CONFIG\n"),
        variable("escape_sequences_are_not_printed", {{"LOG_LEVEL", "\x1b]0;x\x07loud"}},
                 "agent: 'log.level' can't be 'loud'\n  at: LOG_LEVEL\n  try: " + levels + "\n")),
    named);

INSTANTIATE_TEST_SUITE_P(
    Toml, SettingsMistake,
    testing::Values(
        Mistake{
            "missing", "", "", check_toml, {}, 3, "agent: settings file 'DIR/a.toml' does not exist\n  at: --config\n"},
        Mistake{"folder",
                "a.toml/x",
                "",
                check_toml,
                {},
                3,
                "agent: settings file 'DIR/a.toml' is a folder\n  at: --config\n  try: name a file in it\n"},
        Mistake{"extension",
                "a.ini",
                "",
                {"config", "check", "--config", "DIR/a.ini"},
                {},
                3,
                "agent: settings file 'DIR/a.ini' is neither TOML nor YAML by its name\n  at: DIR/a.ini\n"
                "  try: end its name in .toml or .yaml\n"},
        toml("too_large", std::string(1048577, '#'),
             "agent: settings file 'DIR/a.toml' is larger than 1 MiB\n  at: --config\n"),
        toml("syntax", "[log]\nlevel = = 3\n",
             "agent: bad TOML: Error while parsing value: could not determine value type\n"
             "  at: DIR/a.toml:2\n"),
        toml("unknown_key", "[log]\n\nlevl = 'info'\n",
             "agent: unknown setting 'log.levl'\n  at: DIR/a.toml:3\n  try: log.level\n"),
        toml("unknown_table", "[lgo]\nlevel = 'info'\n",
             "agent: unknown setting 'lgo'\n  at: DIR/a.toml:1\n  try: agent config show, for all there are\n"),
        toml("table_as_a_value", "log = 'info'\n",
             "agent: unknown setting 'log'\n  at: DIR/a.toml:1\n  try: log.level, log.format\n"),
        toml("value_as_a_table", "[timeout]\nx = 1\n",
             "agent: 'timeout' can't be a value of this form\n  at: DIR/a.toml:1\n"
             "  try: one text, whole number or boolean\n"),
        toml("key_of_a_named_table", "[mcp.servers.k8s]\ntokenfile = 'x'\n",
             "agent: unknown setting 'mcp.servers.k8s.tokenfile'\n  at: DIR/a.toml:2\n  try: "
             "mcp.servers.k8s.token_file\n"),
        toml("choice_of_a_named_table", "[mcp.servers.k8s]\ntransport = 'http'\n",
             "agent: 'mcp.servers.k8s.transport' can't be 'http'\n  at: DIR/a.toml:2\n  try: one of auto, "
             "streamable-http, sse, stdio, websocket\n"),
        toml("line_break_in_a_word", "[mcp.servers.k8s]\nargs = [\"a\\nb\"]\n",
             "agent: 'mcp.servers.k8s.args' can't have a line break in a part\n  at: DIR/a.toml:2\n  try: one word in "
             "each\n"),
        toml("key_twice", "log.level = 'info'\n'log.level' = 'debug'\n",
             "agent: 'log.level' is set twice\n  at: DIR/a.toml:2\n  try: line 1 has it too; keep one\n"),
        toml("list_for_one_value", "log.level = ['info']\n",
             "agent: 'log.level' can't be a value of this form\n  at: DIR/a.toml:1\n"
             "  try: one text, whole number or boolean\n"),
        toml("fraction", "analyze.evidence_tokens = 100.5\n",
             "agent: 'analyze.evidence_tokens' can't be '100.5'\n  at: DIR/a.toml:1\n"
             "  try: a whole number from 50 to 1000000\n"),
        toml("bad_element", "analyze.rules = ['a', {}]\n",
             "agent: 'analyze.rules' can't be a value of this form\n  at: DIR/a.toml:1\n  try: a list of texts\n"),
        toml("bad_type", "offline = 7\n", "agent: 'offline' can't be '7'\n  at: DIR/a.toml:1\n  try: true or false\n"),
        toml("bad_choice", "output.color = true\n",
             "agent: 'output.color' can't be 'true'\n  at: DIR/a.toml:1\n  try: one of auto, always, never\n"),
        toml("out_of_range", "\n\n[analyze]\nevidence_tokens = 1_000_001\n",
             "agent: 'analyze.evidence_tokens' can't be '1000001'\n  at: DIR/a.toml:4\n"
             "  try: a whole number from 50 to 1000000\n"),
        toml("names_another_file", "config = 'b.toml'\n",
             "agent: unknown setting 'config'\n  at: DIR/a.toml:1\n  try: agent config show, for all there are\n")),
    named);

INSTANTIATE_TEST_SUITE_P(
    Yaml, SettingsMistake,
    testing::Values(
        Mistake{
            "missing", "", "", check_yaml, {}, 3, "agent: settings file 'DIR/a.yaml' does not exist\n  at: --config\n"},
        Mistake{"folder",
                "a.yaml/x",
                "",
                check_yaml,
                {},
                3,
                "agent: settings file 'DIR/a.yaml' is a folder\n  at: --config\n  try: name a file in it\n"},
        yaml("syntax", "log: [\n", "agent: bad YAML: end of sequence flow not found\n  at: DIR/a.yaml:2\n"),
        yaml("nul", std::string("a:\n[y\0", 6), "agent: bad YAML: a byte that is not UTF-8 text\n  at: DIR/a.yaml:2\n"),
        yaml("end_of_input_character", "[,\x04",
             "agent: bad YAML: a byte that is not UTF-8 text\n  at: DIR/a.yaml:1\n"),
        yaml("utf16", "\xFF\xFEx", "agent: bad YAML: a byte that is not UTF-8 text\n  at: DIR/a.yaml:1\n"),
        yaml("no_map", "- a\n- b\n", "agent: settings are a map of keys and values\n  at: DIR/a.yaml:1\n"),
        yaml("two_documents", "offline: true\n---\noffline: false\n",
             "agent: bad YAML: a second document, or text after the first\n  at: DIR/a.yaml:2\n"),
        yaml("text_after_the_document", ",a\"b[,c\"d",
             "agent: bad YAML: a second document, or text after the first\n  at: DIR/a.yaml:1\n"),
        yaml("unknown_key", "log:\n  levl: info\n",
             "agent: unknown setting 'log.levl'\n  at: DIR/a.yaml:2\n  try: log.level\n"),
        yaml("key_of_a_named_table", "mcp.servers:\n  k8s:\n    urll: http://x\n",
             "agent: unknown setting 'mcp.servers.k8s.urll'\n  at: DIR/a.yaml:3\n  try: mcp.servers.k8s.url\n"),
        yaml("star_for_a_name", "mcp.servers:\n  '*': {url: http://x}\n",
             "agent: 'mcp.servers.*.url' has a '*' for a name\n  at: DIR/a.yaml:2\n"),
        yaml("key_twice", "log:\n  level: info\nlog.level: debug\n",
             "agent: 'log.level' is set twice\n  at: DIR/a.yaml:3\n  try: line 2 has it too; keep one\n"),
        yaml("key_twice_in_one_map", "offline: true\noffline: false\n",
             "agent: 'offline' is set twice\n  at: DIR/a.yaml:2\n  try: line 1 has it too; keep one\n"),
        yaml("no_value", "timeout:\n",
             "agent: 'timeout' can't be a value of this form\n  at: DIR/a.yaml:1\n"
             "  try: one text, whole number or boolean\n"),
        yaml("map_as_a_value", "timeout: {x: 1}\n",
             "agent: 'timeout' can't be a value of this form\n  at: DIR/a.yaml:1\n"
             "  try: one text, whole number or boolean\n"),
        yaml("ring_of_aliases", "log: &a\n  level: *a\n",
             "agent: 'log.level' can't be a value of this form\n  at: DIR/a.yaml:2\n"
             "  try: one text, whole number or boolean\n"),
        yaml("key_that_is_a_list", "? [a]\n: 1\n", "agent: a key is not a text\n  at: DIR/a.yaml:1\n"),
        yaml("bad_type", "offline: 7\n", "agent: 'offline' can't be '7'\n  at: DIR/a.yaml:1\n  try: true or false\n"),
        yaml("bad_choice", "output: {color: red}\n",
             "agent: 'output.color' can't be 'red'\n  at: DIR/a.yaml:1\n  try: one of auto, always, never\n"),
        yaml("out_of_range", "analyze:\n  evidence_tokens: 1\n",
             "agent: 'analyze.evidence_tokens' can't be '1'\n  at: DIR/a.yaml:2\n"
             "  try: a whole number from 50 to 1000000\n")),
    named);

INSTANTIATE_TEST_SUITE_P(
    EnvFile, SettingsMistake,
    testing::Values(
        Mistake{"missing", "", "", check_env, {}, 3, "agent: env file 'DIR/env' does not exist\n  at: --env-file\n"},
        Mistake{"folder",
                "env/x",
                "",
                check_env,
                {},
                3,
                "agent: env file 'DIR/env' is a folder\n  at: --env-file\n  try: name a file in it\n"},
        Mistake{"unreadable",
                "",
                "",
                {"config", "check", "--env-file", "/proc/self/mem"},
                {},
                3,
                "agent: env file '/proc/self/mem' can't be read: Input/output error\n  at: --env-file\n"},
        env_file("no_assignment", "A=1\nnonsense hunter2\n",
                 "agent: this line of the env file is not KEY=VALUE\n  at: DIR/env:2\n"),
        env_file("bad_name", "1A=x\n", "agent: this line of the env file is not KEY=VALUE\n  at: DIR/env:1\n"),
        env_file("open_quote", "A='x\nB=y'\n",
                 "agent: a quote of the env file does not end on its line\n  at: DIR/env:1\n"),
        env_file("words_after_a_quote", "A=\"x\" y\n",
                 "agent: a quote of the env file does not end on its line\n  at: DIR/env:1\n"),
        env_file("bad_choice", "# levels\nexport LOG_LEVEL=loud\n",
                 "agent: 'log.level' can't be 'loud'\n  at: DIR/env:2\n  try: " + levels + "\n"),
        env_file("bad_boolean", "AGENT_OFFLINE='maybe'\n",
                 "agent: 'offline' can't be 'maybe'\n  at: DIR/env:1\n  try: true or false\n"),
        env_file("out_of_range", "AGENT_EVIDENCE_TOKENS=0\n",
                 "agent: 'analyze.evidence_tokens' can't be '0'\n  at: DIR/env:1\n"
                 "  try: a whole number from 50 to 1000000\n")),
    named);

TEST(SettingsFile, IsRefusedWhenTwoStandInTheSameFolder) {
  const TemporaryFolder folder;
  folder.write("agent/config.toml", "");
  folder.write("agent/config.yaml", "");

  const Ended ended = run_in(folder, {"config", "check"}, {{"XDG_CONFIG_HOME", "DIR"}});

  EXPECT_EQ(ended.err, in_folder("agent: two settings files: 'DIR/agent/config.toml' and 'DIR/agent/config.yaml'\n"
                                 "  at: DIR/agent\n  try: keep one of them\n",
                                 folder.path()));
  EXPECT_EQ(ended.exit_code, 3);
}

/// Where a settings file is looked for, and what `config path` then says.
struct Place {
  std::string name;
  std::vector<std::string> files;
  std::vector<std::string> arguments;
  Variables environment;
  std::string found;
};

void PrintTo(const Place& place, std::ostream* out) { *out << place.name; }

class SettingsPlace : public testing::TestWithParam<Place> {};

TEST_P(SettingsPlace, IsFound) {
  const Place& place = GetParam();
  const TemporaryFolder folder;
  for (const std::string& file : place.files) folder.write(file, "");

  std::vector<std::string> arguments = place.arguments;
  arguments.insert(arguments.begin(), {"config", "path"});
  Start start{.arguments = arguments, .environment = place.environment, .input = "", .directory = folder.path()};
  for (std::string& argument : start.arguments) argument = in_folder(argument, folder.path());
  for (auto& [name, value] : start.environment) value = in_folder(value, folder.path());
  const Ended ended = run_agent(start);

  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.out, in_folder(place.found, folder.path()));
  EXPECT_EQ(ended.exit_code, 0);
}

const std::vector<std::string> all_places{"flag.toml", "variable.yml", "xdg/agent/config.toml",
                                          "home/.config/agent/config.toml"};

INSTANTIATE_TEST_SUITE_P(
    Order, SettingsPlace,
    testing::Values(
        Place{"flag_first",
              all_places,
              {"--config", "DIR/flag.toml"},
              {{"AGENT_CONFIG", "DIR/variable.yml"}, {"XDG_CONFIG_HOME", "DIR/xdg"}},
              "DIR/flag.toml\n"},
        Place{"then_the_variable",
              all_places,
              {},
              {{"AGENT_CONFIG", "DIR/variable.yml"}, {"XDG_CONFIG_HOME", "DIR/xdg"}},
              "DIR/variable.yml\n"},
        Place{"then_xdg",
              all_places,
              {},
              {{"AGENT_CONFIG", ""}, {"XDG_CONFIG_HOME", "DIR/xdg"}, {"HOME", "DIR/home"}},
              "DIR/xdg/agent/config.toml\n"},
        Place{"then_home", all_places, {}, {{"HOME", "DIR/home"}}, "DIR/home/.config/agent/config.toml\n"},
        Place{"xdg_without_a_file_hides_home",
              all_places,
              {},
              {{"XDG_CONFIG_HOME", "DIR/empty"}, {"HOME", "DIR/home"}},
              ""},
        Place{"relative_xdg_is_ignored",
              all_places,
              {},
              {{"XDG_CONFIG_HOME", "xdg"}, {"HOME", "DIR/home"}},
              "DIR/home/.config/agent/config.toml\n"},
        Place{"relative_home_is_ignored", all_places, {}, {{"HOME", "home"}}, ""},
        Place{"yaml_too", {"xdg/agent/config.yml"}, {}, {{"XDG_CONFIG_HOME", "DIR/xdg"}}, "DIR/xdg/agent/config.yml\n"},
        Place{"never_the_working_directory",
              {"config.toml", "agent/config.toml", ".config/agent/config.toml", ".env", "agent.toml", ".agent.toml"},
              {},
              {},
              ""}),
    [](const auto& info) { return info.param.name; });

TEST(SettingsFile, IsNamedByAnEnvFile) {
  const TemporaryFolder folder;
  folder.write("a.toml", "");
  folder.write("env", in_folder("AGENT_CONFIG=DIR/a.toml\n", folder.path()));

  const Ended ended = run_in(folder, {"config", "path", "--env-file", "DIR/env"}, {});

  EXPECT_EQ(ended.out, in_folder("DIR/a.toml\n", folder.path()));
}

TEST(SettingsFile, IsReadFromADescriptor) {
  const Ended ended = run_agent(
      {.arguments = {"config", "check", "--env-file", "/dev/stdin"}, .environment = {}, .input = "LOG_LEVEL=loud\n"});

  EXPECT_EQ(ended.err, "agent: 'log.level' can't be 'loud'\n  at: /dev/stdin:1\n  try: " + levels + "\n");
}

TEST(SettingsFile, IsRefusedWithoutPermission) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.toml", ""), binary = folder.path() + "/agent";
  std::filesystem::copy_file(std::getenv("AGENT_BINARY"), binary);  // NOLINT: set by agent_test
  ASSERT_EQ(chmod(folder.path().c_str(), 0755) + chmod(file.c_str(), 0), 0);
  std::vector<std::string> arguments{"config", "check", "--config", file};
  // Root may read everything: there, the program runs as nobody.
  if (geteuid() == 0) arguments.insert(arguments.begin(), {"--reuid=65534", "--regid=65534", "--clear-groups", binary});

  const Ended ended = run_program(geteuid() == 0 ? "setpriv" : binary, {.arguments = arguments});

  EXPECT_EQ(ended.err, in_folder("agent: settings file 'DIR/a.toml' can't be read: no permission\n  at: --config\n",
                                 folder.path()));
  EXPECT_EQ(ended.exit_code, 3);
}

TEST(ConfigCheck, SaysOkAndWhichFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.toml", "[log]\nlevel = 'debug'\n");

  const Ended ended = run_in(folder, {"config", "check", "--config", "DIR/a.toml"}, {});

  EXPECT_EQ(ended.out, "ok: " + file + "\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.exit_code, 0);
}

TEST(ConfigCheck, SaysOkWithoutAFile) {
  const Ended ended = run_agent({.arguments = {"config", "check"}, .environment = {}});

  EXPECT_EQ(ended.out, "ok: no settings file; defaults, environment and flags\n");
  EXPECT_EQ(ended.exit_code, 0);
}

TEST(ConfigShow, TellsWhereEachValueCameFrom) {
  const TemporaryFolder folder;
  folder.write("a.yaml", "log:\n  level: debug\n  format: json\noutput:\n  verbose: yes\n");
  folder.write("env", "LOG_LEVEL=error\nAGENT_VERBOSE=no\nAGENT_OFFLINE=on\n");

  const Ended ended =
      run_in(folder, {"config", "show", "--config", "DIR/a.yaml", "--env-file", "DIR/env", "--log-level", "WARN"},
             {{"AGENT_OFFLINE", "0"}, {"AGENT_QUIET", ""}});

  for (const std::string line : {"log.level = warn  # --log-level\n", "log.format = json  # DIR/a.yaml:3\n",
                                 "output.verbose = false  # DIR/env:2\n", "offline = false  # AGENT_OFFLINE\n",
                                 "output.quiet = false  # default\n"})
    EXPECT_NE(ended.out.find(in_folder(line, folder.path())), std::string::npos) << line << ended.out;
  EXPECT_EQ(ended.exit_code, 0);
}

TEST(ForeignLogLevel, IsOverriddenByTheFlag) {
  const Ended ended =
      run_agent({.arguments = {"config", "check", "--log-level", "info"}, .environment = {{"LOG_LEVEL", "verbose"}}});

  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(ended.exit_code, 0);
}

}  // namespace
}  // namespace agent::test
