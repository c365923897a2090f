#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace agent {
namespace {

using namespace std::string_literals;

struct CleanCase {
  std::string name, raw, expected;
};

class CleanLine : public testing::TestWithParam<CleanCase> {};

TEST_P(CleanLine, KeepsWhatAPersonMaySee) { EXPECT_EQ(clean_line(GetParam().raw), GetParam().expected); }

TEST_P(CleanLine, IsStable) { EXPECT_EQ(clean_line(GetParam().expected), GetParam().expected); }

TEST_P(CleanLine, AgreesWithIsClean) {
  EXPECT_EQ(is_clean(GetParam().raw), GetParam().raw == GetParam().expected);
  EXPECT_TRUE(is_clean(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, CleanLine,
    testing::Values(
        CleanCase{"empty", "", ""}, CleanCase{"plain", "make: *** [all] Error 2", "make: *** [all] Error 2"},
        CleanCase{"tab_kept", "\tat Main.java:3", "\tat Main.java:3"}, CleanCase{"trailing_blanks", "done \t ", "done"},
        CleanCase{"only_blanks", " \t ", ""}, CleanCase{"colour", "\x1b[1;31merror\x1b[0m: no", "error: no"},
        CleanCase{"colour_with_colons", "\x1b[38:2::1:2:3mred\x1b[m", "red"},
        CleanCase{"blank_before_reset", "red \x1b[0m", "red"}, CleanCase{"erase_line", "\x1b[2K\x1b[1Gdone", "done"},
        CleanCase{"private_mode", "\x1b[?25lbusy\x1b[?25h", "busy"},
        CleanCase{"sequence_with_intermediate", "\x1b[0 qx", "x"}, CleanCase{"sequence_cut_off", "end\x1b[31", "end"},
        CleanCase{"sequence_broken_by_text", "\x1b[31\xC3\xA9", "\xC3\xA9"},
        CleanCase{"osc_to_bell", "\x1b]0;title\x07text", "text"},
        CleanCase{"osc_to_st", "\x1b]8;;http://h\x1b\\link\x1b]8;;\x1b\\ x", "link x"},
        CleanCase{"osc_to_c1_st", "\x1b]0;title\xC2\x9Ctext", "text"},
        CleanCase{"osc_without_end", "\x1b]error: no", "error: no"},
        CleanCase{"apc_of_a_ci", "\x1b_bk;t=1700000000000\x07$ make", "$ make"},
        CleanCase{"two_byte_escapes",
                  "\x1b(B\x1b=\x1b"
                  "7a\x1b"
                  "8",
                  "a"},
        CleanCase{"escape_at_end", "a\x1b", "a"}, CleanCase{"escape_before_escape", "\x1b\x1b[0ma", "a"},
        CleanCase{"backspace_and_bell", "a\bb\a", "ab"}, CleanCase{"nul_and_del", "a\0b\x7F"s, "ab"},
        CleanCase{"newline", "a\nb", "ab"},
        CleanCase{"c1_as_utf8",
                  "a\xC2\x85"
                  "b",
                  "ab"},
        CleanCase{"c1_raw",
                  "a\x85"
                  "b",
                  "ab"},
        CleanCase{"c1_sequence_as_utf8",
                  "\xC2\x9B"
                  "31mred",
                  "red"},
        CleanCase{"c1_sequence_raw",
                  "\x9B"
                  "31mred",
                  "red"},
        CleanCase{"c1_opener_before_text", "\x9B\xC3\xA9", "\xC3\xA9"},
        CleanCase{"c1_osc",
                  "\xC2\x9D"
                  "0;t\x07x",
                  "x"},
        CleanCase{"crlf", "line\r", "line"}, CleanCase{"crlf_twice", "line\r\r", "line"},
        CleanCase{"progress_bar", "10%\r50%\r100%", "100%"},
        CleanCase{"progress_bar_cleared", "10%\r100%\r    \r", "100%"},
        CleanCase{"progress_bar_then_erase", "10%\r\x1b[Kdone", "done"}, CleanCase{"only_returns", "\r\r", ""},
        CleanCase{"utf8", "\xE2\x9C\x93 caf\xC3\xA9 \xF0\x9F\x9A\x80", "\xE2\x9C\x93 caf\xC3\xA9 \xF0\x9F\x9A\x80"},
        CleanCase{"stray_byte", "caf\xE9 au", "caf\xEF\xBF\xBD au"},
        CleanCase{"cut_off_sequence_is_one",
                  "a\xF0\x9F\x9A"
                  "b",
                  "a\xEF\xBF\xBD"
                  "b"},
        CleanCase{"cut_off_at_end", "a\xE2\x82", "a\xEF\xBF\xBD"},
        CleanCase{"overlong", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        CleanCase{"surrogate", "\xED\xA0\xA0", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        CleanCase{"beyond_unicode", "\xF4\xA0\xA0\xA0", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        CleanCase{"sequence_split_by_colour", "\xE2\x1b[0m\xA2\xAC", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        CleanCase{"bidi_override",
                  "a\xE2\x80\xAE"
                  "b\xE2\x81\xA6"
                  "c\xE2\x81\xA9",
                  "abc"},
        CleanCase{"byte_order_mark", "\xEF\xBB\xBFtext", "text"},
        CleanCase{"zero_width_first", "\xE2\x80\x8Btext", "text"},
        CleanCase{"zero_width_inside",
                  "a\xE2\x80\x8D"
                  "b",
                  "a\xE2\x80\x8D"
                  "b"}),
    [](const auto& info) { return info.param.name; });

TEST(CleanLineBytes, EveryPairOfBytesGivesACleanLine) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      std::string raw{static_cast<char>(first), static_cast<char>(second), 'm', ' '};
      auto cleaned = clean_line(raw);
      ASSERT_TRUE(is_clean(cleaned)) << first << ' ' << second;
      ASSERT_EQ(clean_line(cleaned), cleaned) << first << ' ' << second;
    }
  }
}

TEST(CleanLineBytes, ALineOfOpenersTakesLinearTime) {
  std::string raw;
  for (int i = 0; i < 1'000'000; ++i) raw += "\x1b]";

  EXPECT_EQ(clean_line(raw), "");
}

struct Utf8Case {
  std::string name, text;
  bool expected;
};

class Utf8 : public testing::TestWithParam<Utf8Case> {};

TEST_P(Utf8, IsToldAtAnyPlace) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      EXPECT_EQ(is_utf8(std::string(before, 'x') + GetParam().text + std::string(after, 'y')), GetParam().expected);
    }
  }
}

/// The Unicode Standard, table 3-7.
INSTANTIATE_TEST_SUITE_P(
    Texts, Utf8,
    testing::Values(Utf8Case{"nothing", "", true}, Utf8Case{"nul", std::string(1, '\0'), true},
                    Utf8Case{"two_bytes", "\xC2\x80\xDF\xBF", true},
                    Utf8Case{"three_bytes", "\xE0\xA0\x80\xEF\xBF\xBF", true},
                    Utf8Case{"four_bytes", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", true},
                    Utf8Case{"a_long_form", "\xC0\xAF", false}, Utf8Case{"a_longer_form", "\xE0\x9F\xBF", false},
                    Utf8Case{"a_surrogate", "\xED\xA0\x80", false},
                    Utf8Case{"above_unicode", "\xF4\x90\x80\x80", false}, Utf8Case{"a_stray_byte", "\x80", false},
                    Utf8Case{"half_a_letter", "\xE2\x82", false}, Utf8Case{"no_lead", "\xFF", false}),
    [](const auto& row) { return row.param.name; });

TEST(Nearest, NamesTheClosest) {
  constexpr std::array<std::string_view, 3> known{"log.level", "log.format", "timeout"};

  EXPECT_EQ(nearest("log.levle", known), "log.level");
  EXPECT_EQ(nearest("timeuot", known), "timeout");
  EXPECT_EQ(nearest("log.formatter", known), "log.format");
  EXPECT_EQ(nearest("log.level", known), "log.level");
}

TEST(Nearest, IsEmptyWhenNothingIsClose) {
  constexpr std::array<std::string_view, 2> known{"log.level", "timeout"};

  EXPECT_EQ(nearest("colour", known), "");
  EXPECT_EQ(nearest("log.format", {}), "");
  EXPECT_EQ(nearest("ttt", known), "");
}

TEST(Nearest, TakesTheFirstOfEquals) {
  constexpr std::array<std::string_view, 2> known{"cat", "car"};

  EXPECT_EQ(nearest("cab", known), "cat");
}

TEST(ShellQuoted, LeavesWhatIsSafeAsItIs) { EXPECT_EQ(shell_quoted("a/B_1.go:3@x%+=,-"), "a/B_1.go:3@x%+=,-"); }

TEST(ShellQuoted, IsOneWordWhateverTheText) {
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("doesn't $(x)"), "'doesn'\\''t $(x)'");
  EXPECT_EQ(shell_quoted(""), "''");
}

TEST(Lower, ChangesAsciiOnly) { EXPECT_EQ(lower("\xC3\x84 ABC-Z[1"), "\xC3\x84 abc-z[1"); }

TEST(Trim, TakesBlanksAndTabsOnly) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t "), "");
  EXPECT_EQ(trim("\na\r"), "\na\r");
}

}  // namespace
}  // namespace agent
