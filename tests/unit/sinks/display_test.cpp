#include "sinks/display.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::sinks {
namespace {

struct TextCase {
  std::string name, input, expected;
};
void PrintTo(const TextCase& row, std::ostream* out) { *out << row.name; }

class ValidUtf8 : public testing::TestWithParam<TextCase> {};

TEST_P(ValidUtf8, ReplacesWhatIsMalformed) { EXPECT_EQ(valid_utf8(GetParam().input), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Bytes, ValidUtf8,
                         testing::Values(TextCase{"well_formed", "aé漢🎉", "aé漢🎉"},
                                         TextCase{"stray_continuation", "a\x80z", "a\uFFFDz"},
                                         TextCase{"cut_sequence", "a\xE6\xBC", "a\uFFFD\uFFFD"},
                                         TextCase{"overlong_slash", "\xC0\xAF", "\uFFFD\uFFFD"},
                                         TextCase{"overlong_of_three", "\xE0\x80\xAF", "\uFFFD\uFFFD\uFFFD"},
                                         TextCase{"surrogate", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
                                         TextCase{"beyond_unicode", "\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
                                         TextCase{"replacement_itself", "\uFFFD", "\uFFFD"}),
                         [](const auto& info) { return info.param.name; });

class OneLine : public testing::TestWithParam<TextCase> {};

TEST_P(OneLine, IsSafeToShow) { EXPECT_EQ(one_line(GetParam().input), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Texts, OneLine,
                         testing::Values(TextCase{"plain", "make: *** [all] Error 2", "make: *** [all] Error 2"},
                                         TextCase{"escape", "\x1b[31mred", "[31mred"},
                                         TextCase{"c1_control", "a\u009b31m", "a31m"},
                                         TextCase{"delete",
                                                  "a\x7F"
                                                  "b",
                                                  "ab"},
                                         TextCase{"turned_direction", "a\u202Eb\u2066c", "abc"},
                                         TextCase{"line_ends",
                                                  "a\nb\r\nc\u2028"
                                                  "d",
                                                  "a b  c d"},
                                         TextCase{"blanks_at_the_end", "a \t ", "a"}),
                         [](const auto& info) { return info.param.name; });

struct WidthCase {
  std::string name, text;
  std::size_t columns;
};
void PrintTo(const WidthCase& row, std::ostream* out) { *out << row.name; }

class Columns : public testing::TestWithParam<WidthCase> {};

TEST_P(Columns, AreThoseOfATerminal) { EXPECT_EQ(columns_of(GetParam().text), GetParam().columns); }

INSTANTIATE_TEST_SUITE_P(Texts, Columns,
                         testing::Values(WidthCase{"ascii", "abc", 3}, WidthCase{"accent", "é", 1},
                                         WidthCase{"combining_accent", "e\u0301", 1}, WidthCase{"han", "漢字", 4},
                                         WidthCase{"hangul_syllable", "한", 2},
                                         WidthCase{"hangul_jamo", "\u1112\u1161\u11ab", 2},
                                         WidthCase{"full_width_letter", "Ａ", 2}, WidthCase{"emoji", "🎉", 2},
                                         WidthCase{"joiner", "a\u200Db", 2}, WidthCase{"box_drawing", "│", 1},
                                         WidthCase{"arrow", "→", 1}),
                         [](const auto& info) { return info.param.name; });

struct CutCase {
  std::string name, text;
  std::size_t columns;
  std::string expected;
};
void PrintTo(const CutCase& row, std::ostream* out) { *out << row.name; }

class Cut : public testing::TestWithParam<CutCase> {};

TEST_P(Cut, FitsTheColumns) { EXPECT_EQ(cut(GetParam().text, GetParam().columns), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Texts, Cut,
                         testing::Values(CutCase{"what_fits", "abcd", 4, "abcd"},
                                         CutCase{"what_does_not", "abcde", 4, "abc…"},
                                         CutCase{"a_wide_character_at_the_edge", "ab漢字", 4, "ab…"},
                                         CutCase{"a_combining_accent_at_the_edge", "abce\u0301ef", 5, "abce\u0301…"},
                                         CutCase{"a_blank_at_the_edge", "abc def", 5, "abc…"},
                                         CutCase{"hardly_any_columns", "abc", 1, "…"}),
                         [](const auto& info) { return info.param.name; });

struct WrapCase {
  std::string name, text;
  std::size_t columns;
  std::vector<std::string> expected;
};
void PrintTo(const WrapCase& row, std::ostream* out) { *out << row.name; }

class Wrap : public testing::TestWithParam<WrapCase> {};

TEST_P(Wrap, BreaksAtBlanksWhereItCan) { EXPECT_EQ(wrap(GetParam().text, GetParam().columns), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Texts, Wrap,
                         testing::Values(WrapCase{"nothing", "", 10, {""}},
                                         WrapCase{"what_fits", "one two", 7, {"one two"}},
                                         WrapCase{"two_words", "one two", 5, {"one", "two"}},
                                         WrapCase{"a_blank_right_behind_the_columns", "one two", 3, {"one", "two"}},
                                         WrapCase{"a_long_word", "abcdefgh i", 3, {"abc", "def", "gh", "i"}},
                                         WrapCase{"indented_text", "  abcdefgh", 5, {"  abc", "defgh"}},
                                         WrapCase{"several_blanks", "one   two", 4, {"one", "two"}},
                                         WrapCase{"no_blanks_at_all", "漢字漢字", 5, {"漢字", "漢字"}}),
                         [](const auto& info) { return info.param.name; });

class Defuse : public testing::TestWithParam<TextCase> {};

TEST_P(Defuse, LeavesNoCommandBehind) { EXPECT_EQ(defuse_workflow_commands(GetParam().input), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Lines, Defuse,
                         testing::Values(TextCase{"command", "::error::x", ": :error::x"},
                                         TextCase{"indented_command", "  ::add-mask::x", "  : :add-mask::x"},
                                         TextCase{"command_after_a_no_break_space", "\u00A0::error::x",
                                                  "\u00A0: :error::x"},
                                         TextCase{"scope_operator", "std::string", "std::string"},
                                         TextCase{"old_command", "a ##[error]x", "a # #[error]x"},
                                         TextCase{"azure_command", "##vso[task.x]y", "# #vso[task.x]y"},
                                         TextCase{"hashes_in_a_row", "###[group]", "## #[group]"},
                                         TextCase{"heading", "## Title [1]", "## Title [1]"}),
                         [](const auto& info) { return info.param.name; });

TEST(SafeLines, KeepTheirNumberAndExpandTabs) {
  EXPECT_EQ(safe_lines("a\tb\n\n\x1b[1mc\n"), (std::vector<std::string>{"a       b", "", "[1mc", ""}));
}

}  // namespace
}  // namespace agent::sinks
