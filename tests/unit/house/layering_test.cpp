#include "unit/house/layering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace agent::house {
namespace {

namespace fs = std::filesystem;

TEST(Layering, HoldsInThisTree) {
  const char* root = std::getenv("AGENT_SOURCE_DIR");
  ASSERT_NE(root, nullptr);
  ASSERT_TRUE(fs::exists(fs::path(root) / "src" / "base" / "CMakeLists.txt"));

  EXPECT_THAT(layering_violations(fs::path(root) / "src"), testing::IsEmpty());
}

/// A small house of three rooms, with one file more.
class SmallHouse {
 public:
  SmallHouse() : root_(fs::temp_directory_path() / ("agent-house-" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    write("base/CMakeLists.txt", "agent_room(base\n  SOURCES a.cpp\n  LINKS lib_zlib)\n");
    write("base/a.cpp", "#include \"base/a.hpp\"\n#include <vector>\n");
    write("base/a.hpp", "#pragma once\n");
    write("flows/CMakeLists.txt", "agent_room(flows SOURCES f.cpp USES base sinks)\n");
    write("flows/f.cpp", "#include \"sinks/sink.hpp\"\n");
    write("sinks/CMakeLists.txt", "agent_room(sinks USES base)\n");
    write("sinks/sink.hpp", "#include \"base/a.hpp\"\n");
    write("main.cpp", "#include \"cli/run.hpp\"\n");
  }
  ~SmallHouse() { fs::remove_all(root_); }
  SmallHouse(const SmallHouse&) = delete;
  SmallHouse& operator=(const SmallHouse&) = delete;

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] const fs::path& root() const { return root_; }

 private:
  fs::path root_;
};

struct LayeringCase {
  std::string name, path, text, violation;  ///< `violation` empty: none.
};

class LayeringOfASmallHouse : public testing::TestWithParam<LayeringCase> {};

TEST_P(LayeringOfASmallHouse, ReportsWhatBreaksARule) {
  const SmallHouse house;
  house.write(GetParam().path, GetParam().text);

  const auto violations = layering_violations(house.root());

  if (GetParam().violation.empty()) {
    EXPECT_THAT(violations, testing::IsEmpty());
  } else {
    EXPECT_THAT(violations, testing::ElementsAre(testing::HasSubstr(GetParam().violation)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Files, LayeringOfASmallHouse,
    testing::Values(
        LayeringCase{"nothing_wrong", "base/b.hpp", "#include <map>\n", ""},
        LayeringCase{"a_room_that_is_not_used", "base/a.hpp", "\n#include \"flows/f.hpp\"\n",
                     "base/a.hpp:2: includes 'flows/f.hpp' without 'flows' in its USES"},
        LayeringCase{"a_room_in_angle_brackets", "base/a.hpp", "#include <flows/f.hpp>\n", "base/a.hpp:1: includes"},
        LayeringCase{"a_relative_include", "base/a.cpp", "#include \"a.hpp\"\n", "does not start with a room"},
        LayeringCase{"a_concrete_header_in_a_flow", "flows/f.cpp", "#include \"sinks/gitea.hpp\"\n",
                     "flows/f.cpp:1: includes 'sinks/gitea.hpp', a concrete part of 'sinks'"},
        LayeringCase{"an_arrow_the_house_lacks", "sinks/CMakeLists.txt", "agent_room(sinks\n  USES base flows)\n",
                     "sinks/CMakeLists.txt:1: USES 'flows', an arrow this house does not have"},
        LayeringCase{"a_room_nobody_planned", "helpers/CMakeLists.txt", "agent_room(helpers USES base)\n",
                     "'helpers' is not a room of this house"},
        LayeringCase{"a_source_no_list_names", "base/lost.cpp", "", "base/lost.cpp:1: is not named in the list"},
        LayeringCase{"main_past_the_command_line", "main.cpp", "#include \"flows/f.hpp\"\n", "main.cpp:1: includes"},
        LayeringCase{"a_coroutine_outside_net", "base/a.hpp", "auto f() { co_await g(); }\n", "says 'co_await'"},
        LayeringCase{"a_coroutine_in_a_comment", "base/a.hpp", "// no co_await here\n/* nor\nco_await */\n", ""},
        LayeringCase{"a_coroutine_in_a_literal", "base/a.hpp", "auto s = \"a \\\" co_await\"; char c = '\"';\n", ""},
        LayeringCase{"a_coroutine_in_a_raw_string", "base/a.hpp", "auto s = R\"(\"\nco_await)\";\n", ""},
        LayeringCase{"code_after_a_raw_string", "base/a.hpp", "auto s = R\"(\"\n)\";\nco_await x;\n",
                     "base/a.hpp:3: says 'co_await'"},
        LayeringCase{"code_after_a_literal", "base/a.hpp", "auto n = 1'000; auto s = \"\"; co_await x;\n",
                     "says 'co_await'"},
        LayeringCase{"the_regex_header", "base/a.hpp", "#include <regex>\n", "includes <regex>"},
        LayeringCase{"the_resolver", "base/a.hpp", "int i = ::getaddrinfo(a);\n", "says 'getaddrinfo'"},
        LayeringCase{"a_shell", "base/a.hpp", "int i = std::system(\"ls\");\n", "says 'system'"},
        LayeringCase{"a_name_that_ends_like_a_shell", "base/a.hpp",
                     "int i = file_system(1) + x.system() + a::system(2);\n", ""},
        LayeringCase{"standard_output_in_base", "base/a.cpp", "void f() { std::cout << 1; }\n", "says 'std::cout'"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::house
