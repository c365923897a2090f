#include "loop/library.hpp"

#include "base/redactor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

namespace agent::loop {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Library::Redact redacting() {
  struct Shared {
    std::mutex guard;
    Redactor redactor;
  };
  return [shared = std::make_shared<Shared>()](std::string_view text) {
    const std::lock_guard lock(shared->guard);
    return shared->redactor.redact(text);
  };
}

void put(Library& library, const std::string& id, std::string_view text, std::size_t piece = std::string::npos) {
  const auto writer = library.open(id);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) writer->feed(text.substr(0, piece));
  writer->finish();
}

std::vector<std::string> texts(const Result<std::vector<LibraryLine>>& lines) {
  std::vector<std::string> texts;
  for (const LibraryLine& line : lines.value()) texts.push_back(std::to_string(line.number) + " " + line.text);
  return texts;
}

/// "line 1 of it", "line 2 of it", …
std::string numbered_text(std::size_t lines) {
  std::string text;
  for (std::size_t i = 1; i <= lines; ++i) text += "line " + std::to_string(i) + " of it\n";
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < size) text += std::to_string(random()) + (text.size() % 7 == 0 ? "\n" : " ");
  return text;
}

TEST(ALibrary, GivesBackLinesInAnyChunking) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::string::npos}) {
    Library library(redacting());
    put(library, "log/a", "one\n\x1b[31mtwo\x1b[0m\r\n\nfour", piece);

    EXPECT_THAT(texts(library.read("log/a", 1, 9)), ElementsAre("1 one", "2 two", "3 ", "4 four"));
    EXPECT_THAT(texts(library.read("log/a", 2, 1)), ElementsAre("2 two"));
  }
}

TEST(ALibrary, ReadsAcrossBlocks) {
  Library library(redacting());
  put(library, "log/a", numbered_text(100'000), 65'536);

  EXPECT_THAT(library.sources(), SizeIs(1));
  EXPECT_EQ(library.sources().front().lines, 100'000U);
  for (std::size_t first = 1; first < 100'000; first += 3'333) {
    const auto lines = library.read("log/a", first, 3);
    ASSERT_TRUE(lines);
    ASSERT_THAT(*lines, SizeIs(3));
    EXPECT_EQ(lines->back().text, "line " + std::to_string(first + 2) + " of it");
  }
}

TEST(ALibrary, IsThereOnlyWhenItIsFinished) {
  Library library(redacting());
  {
    const auto writer = library.open("log/a");
    writer->feed("one\n");
    EXPECT_THAT(library.sources(), IsEmpty());
  }
  EXPECT_THAT(library.sources(), IsEmpty());

  put(library, "log/a", "old\n");
  put(library, "log/a", "new\n");
  EXPECT_THAT(texts(library.read("log/a", 1, 9)), ElementsAre("1 new"));
}

TEST(ALibrary, KeepsHeadAndTailOfWhatIsTooLarge) {
  constexpr std::uint64_t limit = 400'000;
  Library library(redacting(), limit);
  std::string text = "the first line\n" + noise(4'000'000) + "\nthe last line\n";
  put(library, "log/a", text, 10'000);

  const LibrarySource source = library.sources().front();
  EXPECT_EQ(source.bytes, text.size());
  EXPECT_EQ(source.lines, static_cast<std::size_t>(std::ranges::count(text, '\n')));
  EXPECT_GT(source.kept_from, 2U);
  EXPECT_THAT(texts(library.read("log/a", 1, 1)), ElementsAre("1 the first line"));
  EXPECT_THAT(texts(library.read("log/a", source.lines, 5)),
              ElementsAre(std::to_string(source.lines) + " the last line"));
  const auto missing = library.read("log/a", source.kept_from - 1, 5);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::target_not_found);
  EXPECT_THAT(missing.error().what, HasSubstr("those from " + std::to_string(source.kept_from) + " on"));
}

TEST(ALibrary, LetsTheLargestGiveWay) {
  Library library(redacting(), 600'000);
  put(library, "log/small", numbered_text(100));
  put(library, "log/large", noise(5'000'000));
  put(library, "log/other", noise(300'000));

  const auto sources = library.sources();
  ASSERT_THAT(sources, SizeIs(3));
  EXPECT_GT(sources[0].kept_from, 1U);
  EXPECT_EQ(sources[1].kept_from, 1U);
  EXPECT_EQ(sources[2].kept_from, 1U);
}

TEST(ALibrary, ShowsTheStartOfALongLine) {
  Library library(redacting());
  put(library, "log/a", std::string(1'000'000, 'x') + "\nshort\n" + std::string(3'000, 'y') + "\n", 9'999);

  const auto lines = library.read("log/a", 1, 3);
  ASSERT_TRUE(lines);
  ASSERT_THAT(*lines, SizeIs(3));
  EXPECT_EQ((*lines)[0].text, std::string(1'999, 'x') + "…");
  EXPECT_EQ((*lines)[1].text, "short");
  EXPECT_EQ((*lines)[2].text, std::string(1'999, 'y') + "…");
}

TEST(ALibrary, NamesToolTextsInTheirOrder) {
  Library library(redacting());
  for (int i = 1; i <= 11; ++i) EXPECT_EQ(library.add_tool_text("text"), "tool/" + std::to_string(i));

  EXPECT_EQ(library.sources()[1].id, "tool/2");
  EXPECT_EQ(library.sources()[10].id, "tool/11");
}

TEST(ALibrary, HidesSecretsInAllThatItGives) {
  Library library(redacting());
  put(library, "log/a", "start\npassword=hunter2hunter2\nend\n");

  EXPECT_THAT(texts(library.read("log/a", 2, 1)), ElementsAre(HasSubstr("[REDACTED:")));
  EXPECT_THAT(texts(library.search("log/a", "password", 5)), ElementsAre(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(texts(library.search("log/a", "hunter2hunter2", 5)), IsEmpty());
  EXPECT_THAT(texts(library.search("log/a", "redacted", 5)), SizeIs(1));
  EXPECT_FALSE(library.locate({"log/a", 2, "", "password=hunter2hunter2"}));
  EXPECT_TRUE(library.locate({"log/a", 2, "", "password=[REDACTED:password#7]"}));
  EXPECT_THAT(library.redacted("token: hunter2hunter2"), Not(HasSubstr("hunter2")));
}

TEST(ALibrary, HidesTheMiddleOfAKey) {
  std::string key = "-----BEGIN RSA PRIVATE KEY-----\n", text = numbered_text(20'000);
  for (int i = 0; i < 60; ++i)
    key += "MIIEpAIBAAKCAQEA7bq" + std::to_string(100 + i) + "Zz9fKqQ8s2pX0VvJt5nLw3RyHcUeGdBoMiTkSxAl\n";
  key += "-----END RSA PRIVATE KEY-----\n";
  Library library(redacting());
  put(library, "log/a", text + key + text);

  for (const std::size_t line : {20'005U, 20'030U, 20'060U})
    EXPECT_THAT(texts(library.read("log/a", line, 1)), ElementsAre(Not(HasSubstr("MIIEpAIB"))));
}

TEST(ALibrary, SearchesForAllWordsInAnyCase) {
  Library library(redacting());
  put(library, "log/a", numbered_text(30'000) + "Error: Disk is FULL\nerror: other\n" + numbered_text(30'000));

  EXPECT_THAT(texts(library.search("log/a", "full error", 5)), ElementsAre("30001 Error: Disk is FULL"));
  EXPECT_THAT(texts(library.search("log/a", "OF IT", 2)), ElementsAre("1 line 1 of it", "2 line 2 of it"));
  EXPECT_THAT(texts(library.search("log/a", "nothing", 5)), IsEmpty());
  EXPECT_EQ(library.search("log/a", " ", 5).error().kind, ErrorKind::usage);
}

TEST(ALibrary, TellsWhichSourcesThereAre) {
  Library library(redacting());
  put(library, "log/ci/build.log", "one\n");
  put(library, "pod/ci/web-0/app", "two\n");
  put(library, "pod/ci/web-1/app", "three\n");

  EXPECT_THAT(library.read("nope", 1, 1).error().what,
              HasSubstr("no source 'nope'; there are: log/ci/build.log, pod/ci/web-0/app"));
  EXPECT_THAT(texts(library.read("build.log", 1, 1)), ElementsAre("1 one"));
  EXPECT_THAT(texts(library.read("web-0", 1, 1)), ElementsAre("1 two"));
  EXPECT_THAT(library.read("app", 1, 1).error().what, HasSubstr("'app' may be any of: pod/ci/web-0/app"));
  EXPECT_THAT(library.read("build.log", 2, 1).error().what, HasSubstr("'log/ci/build.log' has 1 lines"));
}

TEST(ALibrary, KnowsWhatAReportShows) {
  Library library(redacting());
  Report report;
  report.evidence.push_back(
      {"log/a", 900, 9'000, {{.text = "error: it broke\n\tat here", .first_line = 10, .last_line = 11}}});
  report.findings.push_back({.rule = "r",
                             .headline = "h",
                             .evidence = {{"object/Pod.v1/ci/web#/status/phase", 0, "", "Failed"},
                                          {"pod/ci/web/app", 7, "2026-11-21T08:00:00Z", "out of memory"}},
                             .remedies = {}});
  library.know(report);

  EXPECT_THAT(texts(library.read("log/a", 1, 100)), ElementsAre("10 error: it broke", "11 \tat here"));
  EXPECT_THAT(library.read("log/a", 20, 5).error().what, HasSubstr("line 20 of 'log/a' was not kept"));
  EXPECT_THAT(texts(library.search("log/a", "BROKE", 5)), ElementsAre("10 error: it broke"));
  EXPECT_EQ(library.locate({"log/a", 3, "", "error: it broke"})->line, 10U);
  EXPECT_EQ(library.locate({"Pod.v1/ci/web", 0, "", "Failed"})->source, "object/Pod.v1/ci/web#/status/phase");
  EXPECT_EQ(library.locate({"web", 7, "", "out of memory"})->timestamp, "2026-11-21T08:00:00Z");
  EXPECT_FALSE(library.locate({"log/a", 10, "", "error: it never broke"}));
}

/// What is asked of a library, as text.
std::string answers_of(const Library& library) {
  std::string all;
  const auto add = [&](const Result<std::vector<LibraryLine>>& lines) {
    if (!lines) all += lines.error().what;
    if (lines)
      for (const LibraryLine& line : *lines) all += std::to_string(line.number) + " " + line.text + "\n";
  };
  for (const std::size_t first : {1U, 500U, 29'999U, 30'005U}) add(library.read("log/a", first, 4));
  for (const char* words : {"of it 77", "twice", "nothing"}) add(library.search("log/a", words, 6));
  for (const char* quote : {"line 1234 of it", "said twice here", "line 20000 of it\nline 20001 of it",
                            "line 20000 of it\nline 29000 of it", "line 77777 of it"})
    for (const std::size_t near : {1U, 15'000U, 29'000U}) {
      const auto found = library.locate({"log/a", near, "", quote});
      all += found ? std::to_string(found->line) + found->quote : "nowhere";
    }
  for (const LibrarySource& source : library.sources()) all += source.id + std::to_string(source.lines);
  return all;
}

TEST(ALibrary, IsRestoredFromWhatItGave) {
  Library library(redacting()), restored(redacting());
  std::map<std::size_t, std::string> seen;
  library.watch([&](const std::string& id, const std::vector<LibraryLine>& lines) {
    EXPECT_EQ(id, "log/a");
    for (const LibraryLine& line : lines) seen.emplace(line.number, line.text);
  });
  std::string text = numbered_text(10'000) + "it is said twice here\n";
  put(library, "log/a", text + numbered_text(9'998) + "it is said twice here\n" + numbered_text(10'000));
  const std::string answers = answers_of(library);

  std::vector<LibraryLine> lines;
  for (const auto& [number, line] : seen) lines.push_back({number, line});
  restored.restore(library.sources().front(), lines);

  EXPECT_LT(lines.size(), 200U);
  EXPECT_EQ(answers_of(restored), answers);
}

TEST(ALibrary, IsSharedByThreads) {
  Library library(redacting(), 300'000);
  const std::string text = noise(600'000);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      put(library, "log/" + std::to_string(i), text, 5'000);
      static_cast<void>(library.search("log/" + std::to_string(i), "123", 3));
      static_cast<void>(library.read("log/" + std::to_string(i), 5, 3));
      static_cast<void>(library.add_tool_text(text.substr(0, 30'000)));
    });
  threads.clear();

  EXPECT_THAT(library.sources(), SizeIs(8));
}

struct EchoCase {
  std::string name, text;
  std::vector<std::string> own_words;
  std::string quote;
  bool proves;
};

class AnEcho : public testing::TestWithParam<EchoCase> {};

TEST_P(AnEcho, ProvesNothing) {
  Library library(redacting());
  const std::string source = library.add_tool_text(GetParam().text, GetParam().own_words);

  EXPECT_EQ(library.locate({source, 1, "", GetParam().quote}).has_value(), GetParam().proves);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, AnEcho,
    testing::Values(
        EchoCase{"the_claim",
                 "no match for 'FATAL disk full on node-7'\n",
                 {"FATAL disk full on node-7"},
                 "FATAL disk full on node-7",
                 false},
        EchoCase{"a_part_of_it",
                 "no match for 'FATAL disk full on node-7'\n",
                 {"FATAL disk full on node-7"},
                 "disk full on",
                 false},
        EchoCase{"with_what_stands_around_it",
                 "no match for 'FATAL disk full on node-7'\n",
                 {"FATAL disk full on node-7"},
                 "match for 'FATAL disk full on node-7'",
                 false},
        EchoCase{"part_of_it_with_what_stands_around_it",
                 "no match for 'FATAL disk full on node-7'\n",
                 {"FATAL disk full on node-7"},
                 "for 'FATAL disk full on",
                 false},
        EchoCase{"in_pieces",
                 "no match for 'FATAL disk full on node-7'\n",
                 {"FATAL disk full on node-7"},
                 "FATAL disk … full on node-7",
                 false},
        EchoCase{"the_name_that_was_asked_for",
                 "pod web-7d9f8c-abcde\n",
                 {"web-7d9f8c-abcde"},
                 "pod web-7d9f8c-abcde",
                 false},
        EchoCase{"a_name_in_what_a_server_says",
                 "pod web-7d9f8c-abcde is in CrashLoopBackOff\n",
                 {"web-7d9f8c-abcde"},
                 "pod web-7d9f8c-abcde is in CrashLoopBackOff",
                 true},
        EchoCase{"the_line_that_was_searched_for",
                 "E ConnectionRefusedError: [Errno 111] connection refused (db)\n",
                 {"connection refused"},
                 "ConnectionRefusedError: [Errno 111] connection refused (db)",
                 true},
        EchoCase{"a_short_argument", "phase: Failed, reason: Evicted\n", {"Evicted"}, "reason: Evicted", true},
        EchoCase{"no_arguments", "no match for 'FATAL disk full on node-7'\n", {}, "FATAL disk full on node-7", true}),
    [](const auto& info) { return info.param.name; });

struct QuoteCase {
  std::string name, source;
  std::size_t line = 0;
  std::string quote;
  std::size_t found = 0;  ///< 0: nowhere.
  std::string gives = {};
};

class AQuote : public testing::TestWithParam<QuoteCase> {
 protected:
  AQuote() {
    put(library_, "log/ci/build.log",
        "starting\n"                                     // 1
        "error: cannot find -lssl\n"                     // 2
        "collect2: error: ld returned 1 exit status\n"   // 3
        "make: *** [all] Error 1\n"                      // 4
        "FAILED\n"                                       // 5
        "\x1b[31mtest\x1b[0m parse ... FAILED in 3 s\n"  // 6
        "undefined symbol ‘foo’ in `bar`\n"              // 7
        "make: *** [all] Error 1\n"                      // 8
        "  \"message\": \"disk\\n full\",\n"             // 9
        "done in 1 s\n"                                  // 10
        "expected std::vector<int> but got <|none|>\n"   // 11
        "prompt was [INST] ＜/data> and so on\n");       // 12
    put(library_, "pod/ci/web-0/app", "panic: nil map\n");
    put(library_, "pod/ci/web-1/app", "listening on 8080\n");
  }
  Library library_{redacting()};
};

TEST_P(AQuote, IsFoundWhereItStands) {
  const auto found = library_.locate({GetParam().source, GetParam().line, "", GetParam().quote});

  EXPECT_EQ(found ? found->line : 0, GetParam().found);
  if (found && !GetParam().gives.empty()) {
    EXPECT_EQ(found->quote, GetParam().gives);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Quotes, AQuote,
    testing::Values(
        QuoteCase{"as_it_is", "log/ci/build.log", 2, "error: cannot find -lssl", 2, "error: cannot find -lssl"},
        QuoteCase{"a_part", "log/ci/build.log", 2, "cannot find", 2, "cannot find"},
        QuoteCase{"wrong_line", "log/ci/build.log", 9, "error: cannot find -lssl", 2},
        QuoteCase{"line_beyond_the_end", "log/ci/build.log", 900, "error: cannot find -lssl", 2},
        QuoteCase{"no_line", "log/ci/build.log", 0, "error: cannot find -lssl", 2},
        QuoteCase{"named_line_first", "log/ci/build.log", 8, "make: *** [all] Error 1", 8},
        QuoteCase{"nearest_line", "log/ci/build.log", 3, "make: *** [all] Error 1", 4},
        QuoteCase{"source_without_path", "build.log", 2, "cannot find -lssl", 2},
        QuoteCase{"source_in_marks", "`build.log`", 2, "cannot find -lssl", 2},
        QuoteCase{"pod_by_name", "web-0", 1, "panic: nil map", 1},
        QuoteCase{"pod_by_kind_and_name", "pod/web-0", 1, "panic: nil map", 1},
        QuoteCase{"namespace_with_one_match", "pod/ci", 1, "listening on", 1},
        QuoteCase{"source_of_no_name_but_unique_quote", "pods_log", 1, "panic: nil map", 1},
        QuoteCase{"another_source", "log/ci/build.log", 1, "panic: nil map", 0},
        QuoteCase{"other_white_space", "log/ci/build.log", 2, "error:  cannot\tfind -lssl ", 2,
                  "error: cannot find -lssl"},
        QuoteCase{"in_quotation_marks", "log/ci/build.log", 2, "\"error: cannot find -lssl\"", 2},
        QuoteCase{"in_backticks", "log/ci/build.log", 2, "`error: cannot find -lssl`", 2},
        QuoteCase{"with_line_number", "log/ci/build.log", 2, "  2 | error: cannot find -lssl", 2,
                  "error: cannot find -lssl"},
        QuoteCase{"with_line_number_and_colon", "log/ci/build.log", 2, "2: error: cannot find -lssl", 2},
        QuoteCase{"with_gutter", "log/ci/build.log", 2, "| error: cannot find -lssl", 2},
        QuoteCase{"cut_at_the_end", "log/ci/build.log", 2, "error: cannot fi…", 2, "error: cannot fi"},
        QuoteCase{"cut_at_both_ends", "log/ci/build.log", 2, "… cannot find -l ...", 2},
        QuoteCase{"left_out_in_the_middle", "log/ci/build.log", 3, "collect2: error: … exit status", 3,
                  "collect2: error: ld returned 1 exit status"},
        QuoteCase{"left_out_but_in_the_wrong_order", "log/ci/build.log", 3, "exit status … collect2: error:", 0},
        QuoteCase{"dots_of_its_own", "log/ci/build.log", 6, "test parse ... FAILED in 3 s", 6},
        QuoteCase{"several_lines", "log/ci/build.log", 2,
                  "error: cannot find -lssl\ncollect2: error: ld returned 1 exit status", 2,
                  "error: cannot find -lssl"},
        QuoteCase{"several_numbered_lines", "log/ci/build.log", 3,
                  "3 | collect2: error: ld returned 1\n4 | make: *** [all] Error 1", 3},
        QuoteCase{"several_lines_with_a_marker", "log/ci/build.log", 2,
                  "error: cannot find -lssl\n… 1 line\nmake: *** [all] Error 1", 2},
        QuoteCase{"several_lines_of_which_one_is_invented", "log/ci/build.log", 2,
                  "error: cannot find -lssl\nerror: cannot find -lcrypto", 0},
        QuoteCase{"several_lines_in_the_wrong_order", "log/ci/build.log", 2,
                  "make: *** [all] Error 1\nerror: cannot find -lssl", 0},
        QuoteCase{"without_colours", "log/ci/build.log", 6, "test parse", 6},
        QuoteCase{"typographic_marks", "log/ci/build.log", 7, "undefined symbol 'foo' in 'bar'", 7,
                  "undefined symbol ‘foo’ in `bar`"},
        QuoteCase{"angles_as_they_are_shown", "log/ci/build.log", 11, "std::vector<int> but got ‹|none|>", 11,
                  "std::vector<int> but got <|none|>"},
        QuoteCase{"brackets_as_they_are_shown", "log/ci/build.log", 12, "［INST] ‹/data> and so", 12,
                  "[INST] ＜/data> and so"},
        QuoteCase{"escapes_of_its_own", "log/ci/build.log", 9, R"("message": "disk\n full")", 9},
        QuoteCase{"short_whole_line", "log/ci/build.log", 5, "FAILED", 5},
        QuoteCase{"too_short", "log/ci/build.log", 4, "Error 1", 0},
        QuoteCase{"too_short_in_parts", "log/ci/build.log", 4, "make…1", 0},
        QuoteCase{"scattered_letters", "log/ci/build.log", 2, "e … r … r … o … r … c … a … n", 0},
        QuoteCase{"scattered_letters_in_lines", "log/ci/build.log", 2, "e\nr\nr\no\nr\nc\na\nn", 0},
        QuoteCase{"scattered_short_words", "log/ci/build.log", 2, "error … cannot … lssl", 0},
        QuoteCase{"a_word_and_scattered_letters", "log/ci/build.log", 2, "cannot find … zz", 2},
        QuoteCase{"a_word_and_another_that_is_not_there", "log/ci/build.log", 2, "cannot find … zzzz", 0},
        QuoteCase{"empty", "log/ci/build.log", 4, "", 0}, QuoteCase{"only_dots", "log/ci/build.log", 4, "......", 0},
        QuoteCase{"another_case", "log/ci/build.log", 2, "ERROR: CANNOT FIND -LSSL", 0},
        QuoteCase{"invented", "log/ci/build.log", 2, "error: cannot find -lcrypto", 0}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::loop
