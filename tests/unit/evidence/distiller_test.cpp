#include "evidence/distiller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <random>
#include <set>
#include <sstream>
#include <string>

namespace agent::evidence {
namespace {

using testing::HasSubstr;

std::string noise(int lines, int from = 0) {
  std::string text;
  for (int i = 0; i < lines; ++i)
    text += "copied file number " + std::to_string(from + i) + " to the place it belongs\n";
  return text;
}

Extract distil(std::string_view log, Tokens budget, std::size_t piece = 1U << 20) {
  Distiller distiller;
  for (std::size_t at = 0; at < log.size(); at += piece) distiller.feed(log.substr(at, piece));
  return distiller.finish(budget);
}

std::string printed(std::string_view log, Tokens budget) { return print_extract(distil(log, budget).excerpts); }

/// Shown lines by number.
std::set<std::size_t> numbers(const Extract& extract) {
  std::set<std::size_t> all;
  for (const Excerpt& excerpt : extract.excerpts)
    for (std::size_t line = excerpt.first_line; line <= excerpt.last_line; ++line) all.insert(line);
  return all;
}

const std::string failing_log =
    noise(3000) + "make test\nsrc/shop.c:7:1: error: unknown type name 'basket'\n  basket total;\n  ^~~~~~\n" +
    noise(2000, 5000) + "make: *** [Makefile:9: test] Error 2\n" + noise(300, 9000);

TEST(Distiller, FindsAnErrorFarAboveTheEnd) {
  const std::string text = printed(failing_log, Tokens{200});

  EXPECT_THAT(text, HasSubstr("error: unknown type name 'basket'\n  basket total;\n  ^~~~~~"));
  EXPECT_THAT(text, HasSubstr("make: *** [Makefile:9: test] Error 2"));
}

TEST(Distiller, SaysWhichLinesTheyAre) {
  const Extract extract = distil(failing_log, Tokens{200});

  EXPECT_EQ(extract.lines_total, 5305U);
  EXPECT_EQ(extract.bytes_total, failing_log.size());
  EXPECT_EQ(extract.key_line, 3002U);
  EXPECT_TRUE(numbers(extract).contains(3002));
}

TEST(Distiller, GivesTheSameForAnyChunking) {
  const std::string whole = printed(failing_log, Tokens{500});
  for (const std::size_t piece : {1U, 7U, 4096U, 65537U})
    EXPECT_EQ(print_extract(distil(failing_log, Tokens{500}, piece).excerpts), whole) << "pieces of " << piece;
}

TEST(Distiller, KeepsWithinTheBudgetAndAddsOnlyLinesAsItGrows) {
  std::set<std::size_t> before;
  for (const std::size_t tokens : {10U, 50U, 100U, 250U, 500U, 1000U, 4000U, 16000U}) {
    const Extract extract = distil(failing_log, Tokens{tokens});
    const std::set<std::size_t> now = numbers(extract);

    EXPECT_LE(count_code_points(print_extract(extract.excerpts)), tokens * 4) << tokens;
    EXPECT_TRUE(std::ranges::includes(now, before)) << tokens;
    before = now;
  }
}

TEST(Distiller, KeepsShownLinesWhereTheBudgetBecomesPlentiful) {
  std::string log;
  for (int i = 0; i < 2000; ++i)
    log += "error: " + std::string(1000, static_cast<char>('a' + i % 26)) + std::to_string(i) + "\n";

  const auto before = numbers(distil(log, Tokens{7999})), now = numbers(distil(log, Tokens{8000}));

  EXPECT_TRUE(std::ranges::includes(now, before));
}

TEST(Distiller, ShowsLongLinesInFullWhereThereIsRoom) {
  const std::string log = "error: " + std::string(1000, 'a') + "\n";

  EXPECT_THAT(printed(log, Tokens{4000}), HasSubstr("…"));
  EXPECT_EQ(printed(log, Tokens{8000}), log);
}

TEST(Distiller, InventsNoLine) {
  std::set<std::string> log_lines;
  std::istringstream log(failing_log);
  for (std::string line; std::getline(log, line);) log_lines.insert(line);

  std::istringstream shown(printed(failing_log, Tokens{1000}));
  for (std::string line; std::getline(shown, line);)
    EXPECT_TRUE(log_lines.contains(line) || line.starts_with("…") || line.ends_with("…")) << line;
}

TEST(Distiller, FoldsRepeatsAndCountsThem) {
  std::string log = noise(100);
  for (int i = 0; i < 40; ++i) log += "error: cannot reach the server\n";

  const std::string text = printed(log + noise(5, 500), Tokens{500});

  EXPECT_THAT(text, HasSubstr("error: cannot reach the server\n… 39 more like this\n"));
}

TEST(Distiller, ShowsAnotherErrorBeforeWhatOnlyDiffersInItsNumbers) {
  std::string log = noise(300) + "case 7 failed: basket is empty\n" + noise(300, 400);
  for (int i = 0; i < 40; ++i)
    log += "12:00:" + std::to_string(10 + i) + " [error] query 'DROP TABLE baskets' failed: " + std::string(80, 'x') +
           "\n" + noise(20, 1000 + 20 * i);

  const std::string text = printed(log, Tokens{400});

  EXPECT_THAT(text, HasSubstr("case 7 failed: basket is empty"));
  EXPECT_THAT(text, HasSubstr("[error] query 'DROP TABLE baskets' failed"));
}

TEST(Distiller, ShowsATraceWithItsHeadline) {
  std::string log = noise(500) + "java.lang.IllegalStateException: basket is closed\n";
  for (int i = 0; i < 60; ++i) log += "\tat com.acme.Shop.step" + std::to_string(i) + "(Shop.java:12)\n";
  log += "Caused by: java.io.IOException: no money\n" + noise(300, 700);

  const std::string text = printed(log, Tokens{150});

  EXPECT_THAT(text, HasSubstr("java.lang.IllegalStateException: basket is closed"));
  EXPECT_THAT(text, HasSubstr("Caused by: java.io.IOException: no money"));
}

TEST(Distiller, ShowsWhereItWasThrownBeforeTheRestOfTheTrace) {
  std::string log = noise(500) + "java.lang.IllegalStateException: basket is closed\n";
  for (int i = 0; i < 60; ++i) log += "\tat com.acme.Shop.step" + std::to_string(i) + "(Shop.java:12)\n";

  const std::string text = printed(log + "make: *** [all] Error 1\n", Tokens{50});

  EXPECT_THAT(text, HasSubstr("basket is closed\n\tat com.acme.Shop.step0("));
}

TEST(Distiller, ShowsTheDetailsOfEachError) {
  const std::string text = printed(
      "a.java:1: error: cannot find symbol\n  symbol: class Basket\n"
      "a.java:2: error: cannot find symbol\n  symbol: class Basket\n",
      Tokens{100});

  EXPECT_THAT(text, HasSubstr("a.java:2: error: cannot find symbol\n  symbol: class Basket\n"));
}

TEST(Distiller, ShowsWhatAnErrorPointsTo) {
  const std::string text =
      printed("a.c:1: error: x\n  int a;\n      ^~\na.c:2: note: y\n  int b;\n      ^~\n", Tokens{100});

  EXPECT_THAT(text, HasSubstr("  int b;\n      ^~\n"));
}

TEST(Distiller, ShowsAHeadlineWithItsDetails) {
  std::string log = noise(200);
  for (int i = 0; i < 3; ++i)
    log += "suite " + std::to_string(i) + "\nerror: the basket is broken\n  found: case " +
           std::string(1, static_cast<char>('a' + i)) + "\n\n" + noise(30, 300 * i);

  const std::string text = printed(log, Tokens{300});

  for (const char* found : {"a", "b", "c"})
    EXPECT_THAT(text, HasSubstr(std::string("error: the basket is broken\n  found: case ") + found)) << text;
}

TEST(Distiller, TurnsListsOfFilesDown) {
  std::string log = noise(100) + "error: the basket is broken\n  it holds 3\n  it should hold 4\nstep: clean\n";
  for (int i = 0; i < 60; ++i)
    log += "removed 'build/cache/" + std::string(1, static_cast<char>('a' + i % 26)) +
           std::string(static_cast<std::size_t>(i), 'x') + "'\n";

  const std::string text = printed(log + "job ends with 1\n", Tokens{60});

  EXPECT_THAT(text, HasSubstr("  it should hold 4"));
  EXPECT_THAT(text, HasSubstr("job ends with 1"));
}

TEST(Distiller, GivesTheTailOfALogWithoutAnySignOfFailure) {
  const Extract extract = distil(noise(1000), Tokens{100});

  EXPECT_EQ(extract.key_line, 0U);
  EXPECT_TRUE(numbers(extract).contains(1000));
  EXPECT_FALSE(numbers(extract).contains(500));
}

TEST(Distiller, CountsALastLineWithoutNewline) {
  const Extract extract = distil("one\ntwo", Tokens{100});

  EXPECT_EQ(extract.lines_total, 2U);
  EXPECT_EQ(print_extract(extract.excerpts), "one\ntwo\n");
}

TEST(Distiller, GivesNothingForAnEmptyLog) {
  EXPECT_EQ(distil("", Tokens{100}).lines_total, 0U);
  EXPECT_TRUE(distil("", Tokens{100}).excerpts.empty());
  EXPECT_EQ(printed("\n\n\n", Tokens{100}), "");
}

TEST(Distiller, StripsColoursAndCiTimeStamps) {
  const std::string text = printed("2026-01-02T03:04:05.1234567Z \x1b[31merror\x1b[0m: broken\r\n", Tokens{100});

  EXPECT_EQ(text, "error: broken\n");
}

TEST(Distiller, LeavesProgressBarsOutButNotWhatFailedBehindThem) {
  const std::string text = printed("Fetching |\b/\b-\b done\nplain\n\aerror: no route\n", Tokens{100});

  EXPECT_EQ(text, "plain\nerror: no route\n");
}

TEST(Distiller, SurvivesALineOfManyMegabytes) {
  const std::string log = noise(10) + std::string(5U << 20U, 'x') + " error: at the end of it\n" + noise(10, 50);

  const Extract extract = distil(log, Tokens{500});

  EXPECT_EQ(extract.lines_total, 21U);
  EXPECT_THAT(print_extract(extract.excerpts), HasSubstr("copied file number 59"));
}

TEST(Distiller, KeepsTheCauseOfAVeryLongLog) {
  std::string log = noise(20000) + "fatal: disk is on fire\n";
  for (int i = 0; i < 12; ++i) log += noise(20000, i * 20000);

  EXPECT_THAT(printed(log, Tokens{500}), HasSubstr("fatal: disk is on fire"));
}

TEST(Distiller, TakesAnyBytes) {
  std::mt19937 random(3);  // NOLINT: the same bytes at each run
  for (int round = 0; round < 50; ++round) {
    std::string log(random() % 5000, ' ');
    for (char& byte : log) byte = random() % 20 == 0 ? '\n' : static_cast<char>(random());
    const Extract extract = distil(log, Tokens{300}, 1 + random() % 999);
    EXPECT_LE(count_code_points(print_extract(extract.excerpts)), 1200U);
  }
}

TEST(Baseline, TakesWeightFromWhatAPassingRunSaid) {
  const std::string harmless = "error: cannot find optional plugin 17\n";
  Baseline baseline;
  baseline.feed(noise(50) + "error: cannot find optional");
  baseline.feed(" plugin 3\n");
  baseline.finish();
  Distiller distiller(&baseline);
  distiller.feed(noise(200) + "the basket was refused\n" + noise(30, 300) + harmless + noise(30, 600));

  const Extract extract = distiller.finish(Tokens{300});

  EXPECT_EQ(extract.key_line, 201U);
  EXPECT_THAT(print_extract(extract.excerpts), HasSubstr("the basket was refused"));
}

TEST(Baseline, KnowsLinesApartFromTheirNumbers) {
  Baseline baseline;
  baseline.feed("took 12 ms at 0x7f\nlast");
  baseline.finish();

  EXPECT_TRUE(baseline.has("took 99 ms at 0xa1"));
  EXPECT_TRUE(baseline.has("last"));
  EXPECT_FALSE(baseline.has("took long"));
}

TEST(Baseline, SaidTellsNoneFromSome) {
  Baseline baseline;
  baseline.feed("10:00:00.123 run 7d3f2a1b: 0 failed, 12 passed in 0.21s\n");
  baseline.finish();

  EXPECT_TRUE(baseline.said("11:59:01.007 run 9e8f7a6c: 0 failed, 15 passed in 1.94s"));
  EXPECT_FALSE(baseline.said("11:59:01.007 run 9e8f7a6c: 1 failed, 14 passed in 1.94s"));
}

}  // namespace
}  // namespace agent::evidence
