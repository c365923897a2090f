#include "loop/shown.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace agent::loop {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string lines(int count, const std::string& text = "line") {
  std::string all;
  for (int number = 1; number <= count; ++number) all += text + " " + std::to_string(number) + "\n";
  return all;
}

TEST(ShowText, ShowsAShortTextAsItIs) {
  const Shown shown = show_text("a\nb\n", false, {100});

  EXPECT_EQ(shown.text, "a\nb");
  EXPECT_TRUE(shown.whole);
}

TEST(ShowText, NumbersLinesFrom21On) {
  EXPECT_THAT(show_text(lines(20), false, {1000}).text, StartsWith("line 1\n"));
  EXPECT_THAT(show_text(lines(21), false, {1000}).text, HasSubstr("\n21 | line 21\n"));
}

TEST(ShowText, ShowsTheLinesOfALogThatSpeakOfTheFailure) {
  const std::string log = lines(3000, "info: all is well in step") + "error: cannot open 'ledger.db'\n" +
                          lines(3000, "info: all is well in step");

  const Shown shown = show_text(log, true, {500});

  EXPECT_FALSE(shown.whole);
  EXPECT_THAT(shown.text, HasSubstr("3001 | error: cannot open 'ledger.db'\n"));
}

TEST(ShowText, ReadsAnyTextOfManyLinesAsALog) {
  const std::string text =
      lines(300, "- name: value") + "error: cannot open 'ledger.db'\n" + lines(300, "- name: value");

  EXPECT_THAT(show_text(text, false, {200}).text, HasSubstr("301 | error: cannot open 'ledger.db'\n"));
}

TEST(ShowText, ShowsHeadAndTailOfOtherTexts) {
  const Shown shown = show_text(lines(150, "value of some length, so that it does not fit"), false, {200});

  EXPECT_THAT(shown.text, StartsWith("1 | value of some length, so that it does not fit 1\n"));
  EXPECT_THAT(shown.text, EndsWith("150 | value of some length, so that it does not fit 150\n"));
  EXPECT_EQ(shown.excerpts.size(), 2U);
}

TEST(ShowText, CutsALineThatIsTooLongByItself) {
  const Shown shown = show_text("{" + std::string(1'000'000, 'x') + "}", false, {200});

  EXPECT_THAT(shown.text, HasSubstr("{xxx"));
  EXPECT_THAT(shown.text, HasSubstr("…\n"));
}

TEST(ShowText, CleansWhatIsNotForTheEye) {
  EXPECT_EQ(show_text("\x1b[31mred\x1b[0m caf\xE9\n", false, {100}).text, "red caf\xEF\xBF\xBD");
}

struct ShareCase {
  std::string name, text;
  bool is_log;
};

class Shares : public testing::TestWithParam<ShareCase> {};

TEST_P(Shares, AreKept) {
  for (const std::size_t share : {100U, 333U, 1000U, 8000U}) {
    const Shown shown = show_text(GetParam().text, GetParam().is_log, {share});
    EXPECT_LE(count_code_points(shown.text), share * 4) << share;
    EXPECT_GT(count_code_points(shown.text), 40U) << share;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Shares,
    testing::Values(ShareCase{"a_log", lines(5'000, "error: step failed, which is bad, number"), true},
                    ShareCase{"a_log_of_nothing", lines(20'000, "all is well"), true},
                    ShareCase{"some_long_lines", lines(50, std::string(3'000, 'y')), false},
                    ShareCase{"one_endless_line", std::string(1'000'000, 'z'), true},
                    ShareCase{"blank_lines",
                              std::string(50'000, '\n') + "end of it all, and of all else that was said\n", true},
                    ShareCase{"letters_of_many_bytes", lines(5'000, "größer als nötig, überall äöüß"), false}),
    [](const auto& info) { return info.param.name; });

TEST(PrintLines, TellsGapsAndRepeats) {
  EXPECT_EQ(print_lines({{.text = "a\nb", .first_line = 1, .last_line = 2, .folded = 0, .why = "error"},
                         {.text = "c", .first_line = 3, .last_line = 3, .folded = 7, .why = "error"},
                         {.text = "d", .first_line = 99, .last_line = 99, .folded = 0, .why = "tail"}}),
            "1 | a\n2 | b\n3 | c\n… 7 more lines say the same\n…\n99 | d\n");
}

TEST(ShowText, ShowsOfALogNoMoreThanExplains) {
  EXPECT_LE(count_code_points(show_text(lines(5'000, "error: step failed in its own way, number"), true, {8000}).text),
            6'000U);
}

TEST(ShowHead, KeepsNumbersThatATextHasAlready) {
  const std::string text = lines(30);

  EXPECT_EQ(show_head(text, {1000}).text, text);
  EXPECT_THAT(show_head(lines(3000), {100}).text, StartsWith("line 1\nline 2\n"));
  EXPECT_FALSE(show_head(lines(3000), {100}).whole);
}

TEST(Gist, KeepsCitedLinesThenThoseThatTheDistillerRanksFirst) {
  const std::string log = lines(500, "info: all is well in step") + "error: cannot open 'ledger.db'\n" +
                          lines(20, "info: still well in step");
  const Shown shown = show_text(log, true, {4000});

  const std::string kept = gist(shown.excerpts, {17}, {60});

  EXPECT_THAT(kept, StartsWith("17 | info: all is well in step 17\n"));
  EXPECT_THAT(kept, HasSubstr("501 | error: cannot open 'ledger.db'\n"));
  EXPECT_LE(count_code_points(kept), 240U);
}

TEST(Gist, OfNothingIsNothing) { EXPECT_EQ(gist({}, {1, 2}, {100}), ""); }

TEST(CountLines, CountsALastLineWithoutANewline) {
  EXPECT_EQ(count_lines(""), 0U);
  EXPECT_EQ(count_lines("a"), 1U);
  EXPECT_EQ(count_lines("a\n"), 1U);
  EXPECT_EQ(count_lines("a\n\nb"), 3U);
}

}  // namespace
}  // namespace agent::loop
