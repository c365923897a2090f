#include "cli/options.hpp"

#include <gtest/gtest.h>

#include <array>

namespace agent::cli {
namespace {

constexpr std::array settings{
    Setting{.key = "log.level", .flag = "--log-level", .type = SettingType::choice, .choices = "debug info"},
    Setting{.key = "output.quiet", .flag = "-q,--quiet", .type = SettingType::boolean, .default_value = "false"},
    Setting{.key = "output.progress", .flag = "--no-progress", .type = SettingType::boolean, .default_value = "true"},
    Setting{.key = "output.format", .flag = "-o,--output", .type = SettingType::choice, .commands = "look list"},
    Setting{.key = "look.rules", .flag = "--rules", .type = SettingType::list, .commands = "look"},
};

Result<int> nothing(Context&) { return 0; }

const std::vector<Command> commands{
    {.path = "look",
     .summary = "Look at logs",
     .arguments = {{.name = "--log", .value = "FILE", .help = "A log", .occurs = Occurs::any_number},
                   {.name = "--fast", .value = "", .help = "Be fast"}},
     .run = nothing,
     .takes_child = TakesChild::yes},
    {.path = "list", .summary = "Lists"},
    {.path = "list test",
     .summary = "Test a log",
     .arguments = {{.name = "LOG", .help = "A log", .occurs = Occurs::once},
                   {.name = "MORE", .help = "More logs", .occurs = Occurs::any_number}},
     .run = nothing},
};

struct Case {
  std::string name;
  std::vector<std::string> words;
  std::string path;
  std::map<std::string, std::string, std::less<>> flags;
  Arguments arguments;
  std::vector<std::string> child;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class ParseCommandLine : public testing::TestWithParam<Case> {};

TEST_P(ParseCommandLine, FindsCommandFlagsAndWords) {
  const Case& expected = GetParam();

  const auto parsed = parse(expected.words, commands, settings);

  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->command == nullptr ? "" : parsed->command->path, expected.path);
  EXPECT_EQ(parsed->flags, expected.flags);
  EXPECT_EQ(parsed->arguments, expected.arguments);
  EXPECT_EQ(parsed->child, expected.child);
}

INSTANTIATE_TEST_SUITE_P(
    Words, ParseCommandLine,
    testing::Values(
        Case{"nothing", {}, "", {}, {}, {}}, Case{"group", {"list"}, "list", {}, {}, {}},
        Case{"command", {"look"}, "look", {}, {}, {}},
        Case{"global_flag_before", {"--log-level", "debug", "look"}, "look", {{"log.level", "debug"}}, {}, {}},
        Case{"global_flag_after", {"look", "--log-level=debug"}, "look", {{"log.level", "debug"}}, {}, {}},
        Case{"global_flag_within_a_group",
             {"list", "-q", "test", "a"},
             "list test",
             {{"output.quiet", "true"}},
             {{"LOG", {"a"}}},
             {}},
        Case{"last_flag_wins", {"--log-level", "a", "look", "--log-level", "b"}, "look", {{"log.level", "b"}}, {}, {}},
        Case{"list_flag_collects", {"look", "--rules", "a", "--rules=b"}, "look", {{"look.rules", "a\nb"}}, {}, {}},
        Case{"negated_flag", {"look", "--no-progress"}, "look", {{"output.progress", "false"}}, {}, {}},
        Case{"flag_with_a_boolean", {"look", "--quiet=false"}, "look", {{"output.quiet", "false"}}, {}, {}},
        Case{"short_flag_with_its_value", {"look", "-ojson"}, "look", {{"output.format", "json"}}, {}, {}},
        Case{"short_flags_joined",
             {"look", "-qo", "json"},
             "look",
             {{"output.quiet", "true"}, {"output.format", "json"}},
             {},
             {}},
        Case{"value_like_a_command", {"look", "--log-level", "list"}, "look", {{"log.level", "list"}}, {}, {}},
        Case{"value_like_a_flag", {"look", "--log", "-x"}, "look", {}, {{"--log", {"-x"}}}, {}},
        Case{"standard_input", {"look", "--log", "-"}, "look", {}, {{"--log", {"-"}}}, {}},
        Case{"argument_repeated", {"look", "--log", "a", "--log=b"}, "look", {}, {{"--log", {"a", "b"}}}, {}},
        Case{"argument_without_a_value", {"look", "--fast"}, "look", {}, {{"--fast", {"true"}}}, {}},
        Case{"words_by_place",
             {"list", "test", "a", "b", "c"},
             "list test",
             {},
             {{"LOG", {"a"}}, {"MORE", {"b", "c"}}},
             {}},
        Case{"word_like_a_command",
             {"list", "test", "look", "list"},
             "list test",
             {},
             {{"LOG", {"look"}}, {"MORE", {"list"}}},
             {}},
        Case{"word_like_a_negative_number", {"list", "test", "-1"}, "list test", {}, {{"LOG", {"-1"}}}, {}},
        Case{"word_in_brackets", {"list", "test", "[a,b]"}, "list test", {}, {{"LOG", {"[a,b]"}}}, {}},
        Case{"child_untouched",
             {"look", "-q", "--", "look", "--log-level", "-x", "--", "", "--help"},
             "look",
             {{"output.quiet", "true"}},
             {},
             {"look", "--log-level", "-x", "--", "", "--help"}},
        Case{"child_missing", {"look", "--"}, "look", {}, {}, {}}),
    [](const auto& info) { return info.param.name; });

struct Wrong {
  std::string name;
  std::vector<std::string> words;
  std::string what, fix;
};

void PrintTo(const Wrong& one, std::ostream* out) { *out << one.name; }

class WrongCommandLine : public testing::TestWithParam<Wrong> {};

TEST_P(WrongCommandLine, IsToldWithWhatIsNear) {
  const auto parsed = parse(GetParam().words, commands, settings);

  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
  EXPECT_EQ(parsed.error().what, GetParam().what);
  EXPECT_EQ(parsed.error().fix, GetParam().fix);
}

INSTANTIATE_TEST_SUITE_P(
    Words, WrongCommandLine,
    testing::Values(Wrong{"unknown_command", {"lok"}, "unknown command 'lok'", "agent look"},
                    Wrong{"unknown_within_a_group", {"list", "tset"}, "unknown command 'list tset'", "agent list test"},
                    Wrong{"unknown_flag", {"look", "--lgo", "x"}, "unknown flag '--lgo'", "--log"},
                    Wrong{"unknown_flag_with_value", {"look", "--lgo=x"}, "unknown flag '--lgo'", "--log"},
                    Wrong{"flag_of_another_command",
                          {"list", "test", "--rules", "x"},
                          "unknown flag '--rules'",
                          "agent list test --help"},
                    Wrong{"word_that_could_be_a_child",
                          {"look", "make"},
                          "unexpected word 'make'",
                          "agent look -- make …, to run a command; agent look --help"},
                    Wrong{"word_missing", {"list", "test"}, "'LOG' is missing", "agent list test --help"},
                    Wrong{"child_not_taken",
                          {"list", "test", "a", "--", "b"},
                          "'agent list test' runs no command after '--'",
                          "leave '--' out"},
                    Wrong{"value_missing", {"look", "--log"}, "flag '--log' needs a value", "agent --help"},
                    Wrong{"value_missing_before_the_child",
                          {"look", "--log", "--", "x"},
                          "flag '--log' needs a value",
                          "agent --help"},
                    Wrong{"empty_value", {"look", "--log="}, "flag '--log' needs a value", "agent --help"},
                    Wrong{"empty_word",
                          {"look", ""},
                          "unexpected word ''",
                          "agent look --  …, to run a command; agent look --help"}),
    [](const auto& info) { return info.param.name; });

TEST(ParseCommandLine, AsksForHelpWithoutWhatIsRequired) {
  const auto parsed = parse({"list", "test", "--help"}, commands, settings);

  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->help);
  EXPECT_EQ(parsed->command->path, "list test");
}

}  // namespace
}  // namespace agent::cli
