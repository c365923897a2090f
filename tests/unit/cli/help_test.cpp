#include "cli/help.hpp"

#include "cli/options.hpp"

#include <gtest/gtest.h>

#include <set>

namespace agent::cli {
namespace {

std::string help_of(const Command* command) { return help(command, all_commands(), settings_table()); }

TEST(Help, OfTheProgramNamesEachCommand) {
  for (const Command& command : all_commands())
    if (command.path.find(' ') == std::string_view::npos)
      EXPECT_NE(help_of(nullptr).find("\n  " + std::string(command.path) + " "), std::string::npos) << command.path;
}

TEST(Help, OfACommandNamesEachOfItsFlags) {
  for (const Command& command : all_commands()) {
    if (command.run == nullptr) continue;
    const std::string text = help_of(&command);
    for (const Setting& setting : settings_table())
      for (const std::string_view flag : flag_names(setting.flag))
        EXPECT_EQ(text.find(std::string(flag) + " ") != std::string::npos ||
                      text.find(std::string(flag) + ",") != std::string::npos,
                  applies(setting, &command))
            << command.path << " " << flag;
    EXPECT_NE(text.find("Examples:"), std::string::npos) << command.path;
  }
}

TEST(Commands, StandOnceEachAfterTheirGroup) {
  std::set<std::string_view> seen;
  for (const Command& command : all_commands()) {
    EXPECT_TRUE(seen.insert(command.path).second) << command.path;
    EXPECT_FALSE(command.summary.empty() || command.summary.ends_with('.')) << command.path;
    if (const auto blank = command.path.rfind(' '); blank != std::string_view::npos)
      EXPECT_TRUE(seen.contains(command.path.substr(0, blank))) << command.path;
  }
}

TEST(Commands, PutTheMainOnesFirst) {
  bool support = false;
  for (const Command& command : all_commands()) {
    EXPECT_FALSE(support && command.section == Section::main) << command.path;
    support = support || command.section == Section::support;
  }
}

}  // namespace
}  // namespace agent::cli
