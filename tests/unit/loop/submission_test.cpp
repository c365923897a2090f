#include "loop/submission.hpp"

#include "base/redactor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace agent::loop {
namespace {

using nlohmann::json;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

std::vector<std::string> places(const std::vector<Citation>& citations) {
  std::vector<std::string> places;
  for (const Citation& one : citations) places.push_back(one.source + ":" + std::to_string(one.line) + " " + one.quote);
  return places;
}

struct ReadCase {
  std::string name;
  json evidence;
  std::string expected;  ///< "source:line quote"
};

class ACitation : public testing::TestWithParam<ReadCase> {};

TEST_P(ACitation, IsReadFromWhatAModelWrote) {
  const auto submission = parse_submission({{"cause", "it broke"}, {"evidence", GetParam().evidence}});

  ASSERT_TRUE(submission);
  EXPECT_THAT(places(submission->evidence), ElementsAre(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ACitation,
    testing::Values(
        ReadCase{"as_asked", {{{"source", "log/x"}, {"line", 12}, {"quote", "text"}}}, "log/x:12 text"},
        ReadCase{"line_as_a_string", {{{"source", "log/x"}, {"line", "12"}, {"quote", "text"}}}, "log/x:12 text"},
        ReadCase{"line_in_words", {{{"source", "log/x"}, {"line", "line 12"}, {"quote", "text"}}}, "log/x:12 text"},
        ReadCase{"lines_as_a_range", {{{"source", "log/x"}, {"lines", "12-14"}, {"quote", "text"}}}, "log/x:12 text"},
        ReadCase{"lines_as_a_list", {{{"source", "log/x"}, {"lines", {12, 14}}, {"quote", "text"}}}, "log/x:12 text"},
        ReadCase{"line_as_a_fraction", {{{"source", "log/x"}, {"line", 12.0}, {"quote", "text"}}}, "log/x:12 text"},
        ReadCase{"line_below_zero", {{{"source", "log/x"}, {"line", -3}, {"quote", "text"}}}, "log/x:0 text"},
        ReadCase{"line_in_the_source", {{{"source", "log/x:12"}, {"quote", "text"}}}, "log/x:12 text"},
        ReadCase{"one_object", {{"source", "log/x"}, {"line", 12}, {"quote", "text"}}, "log/x:12 text"},
        ReadCase{"a_string", {"log/x:12: text: more"}, "log/x:12  text: more"},
        ReadCase{"a_string_in_words", "log/x line 12: text", "log/x:12  text"},
        ReadCase{"json_in_a_string", R"([{"source": "log/x", "line": 12, "quote": "text"}])", "log/x:12 text"},
        ReadCase{"other_names", {{{"file", "log/x"}, {"line_number", 12}, {"text", "text"}}}, "log/x:12 text"},
        ReadCase{"fields_of_no_meaning",
                 {{{"source", "log/x"}, {"line", 12}, {"quote", "text"}, {"why", {1, {2}}}}},
                 "log/x:12 text"},
        ReadCase{"entries_of_no_meaning",
                 {7, nullptr, {{"source", "a"}}, {{"source", "log/x"}, {"quote", "text"}}},
                 "log/x:0 text"}),
    [](const auto& info) { return info.param.name; });

struct WordCase {
  std::string name;
  json category, confidence;
  Category expected_category;
  Confidence expected_confidence;
};

class AWord : public testing::TestWithParam<WordCase> {};

TEST_P(AWord, IsUnderstood) {
  const auto submission = parse_submission(
      {{"cause", "it broke"}, {"category", GetParam().category}, {"confidence", GetParam().confidence}});

  ASSERT_TRUE(submission);
  EXPECT_EQ(submission->category, GetParam().expected_category);
  EXPECT_EQ(submission->confidence, GetParam().expected_confidence);
}

INSTANTIATE_TEST_SUITE_P(
    Words, AWord,
    testing::Values(WordCase{"as_asked", "test failure", "high", Category::test_failure, Confidence::high},
                    WordCase{"underscores", "test_failure", "High", Category::test_failure, Confidence::high},
                    WordCase{"oom", "OOMKilled", "very high", Category::resource, Confidence::high},
                    WordCase{"config", "Configuration Error", "80%", Category::configuration, Confidence::high},
                    WordCase{"compiler", "compilation", 0.5, Category::compile, Confidence::medium},
                    WordCase{"unsure", "weather", "unsure", Category::unknown, Confidence::low},
                    WordCase{"not_certain", "dns", "not certain", Category::network, Confidence::low},
                    WordCase{"no_words", nullptr, json::array(), Category::unknown, Confidence::low}),
    [](const auto& info) { return info.param.name; });

TEST(ASubmission, IsReadWhole) {
  const auto submission =
      parse_submission({{"cause", "it broke"},
                        {"chain",
                         {{{"text", "flat"}, {"source", "log/x"}, {"line", 1}, {"quote", "one"}},
                          {{"text", "nested"}, {"evidence", {{{"source", "log/x"}, {"line", 2}, {"quote", "two"}}}}},
                          {{"text", "bare"}},
                          "words"}},
                        {"remedies", {{{"text", "do this"}, {"command", "make"}}, "do that", {{"command", "run me"}}}},
                        {"ruled_out", {{{"what", "the disk"}, {"why", "it is empty"}}, "the network: it answers"}},
                        {"disagreements", {{{"rule", "make.error"}, {"why", "it only follows"}}}}});

  ASSERT_TRUE(submission);
  ASSERT_THAT(submission->chain, SizeIs(4));
  EXPECT_THAT(places(submission->chain[0].evidence), ElementsAre("log/x:1 one"));
  EXPECT_THAT(places(submission->chain[1].evidence), ElementsAre("log/x:2 two"));
  EXPECT_THAT(submission->chain[2].evidence, IsEmpty());
  EXPECT_EQ(submission->chain[3].text, "words");
  ASSERT_THAT(submission->remedies, SizeIs(3));
  EXPECT_EQ(submission->remedies[0].command, "make");
  EXPECT_EQ(submission->remedies[2].text, "run this");
  ASSERT_THAT(submission->ruled_out, SizeIs(2));
  EXPECT_EQ(submission->ruled_out[1].why, "it answers");
  EXPECT_EQ(submission->disagreements.at(0).rule, "make.error");
}

TEST(ASubmission, IsReadThroughWrappings) {
  EXPECT_EQ(parse_submission(R"({"cause": "it broke"})")->cause, "it broke");
  EXPECT_EQ(parse_submission({{"report", {{"cause", "it broke"}}}})->cause, "it broke");
  EXPECT_EQ(parse_submission({{"arguments", R"({"root_cause": "it broke"})"}})->cause, "it broke");
}

TEST(ASubmission, SaysWhatIsMissing) {
  for (const json& nothing : {json(nullptr), json("prose"), json::array(), json(7), json("{broken")}) {
    const auto submission = parse_submission(nothing);
    ASSERT_FALSE(submission);
    EXPECT_EQ(submission.error().kind, ErrorKind::model_failed);
    EXPECT_THAT(submission.error().what, HasSubstr("not an object"));
  }
  EXPECT_THAT(parse_submission({{"cause", " "}}).error().fix, HasSubstr("'cause'"));
}

TEST(ASubmission, IsBounded) {
  json many = json::array();
  for (int i = 0; i < 1000; ++i)
    many.push_back({{"source", "log/x"}, {"line", i}, {"quote", std::string(10'000, 'q')}});
  const auto submission = parse_submission({{"cause", std::string(10'000, 'c')}, {"evidence", many}});

  ASSERT_TRUE(submission);
  EXPECT_LT(submission->cause.size(), 1'000U);
  EXPECT_THAT(submission->evidence, SizeIs(20));
  EXPECT_LT(submission->evidence.front().quote.size(), 5'000U);
  EXPECT_FALSE(parse_submission(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST(ASubmission, HasASmallSchema) {
  const json schema = submission_schema();

  EXPECT_LT(schema.dump().size(), 2'500U);
  EXPECT_EQ(schema["properties"]["category"]["enum"].size(), 11U);
  EXPECT_THAT(schema.dump(), Not(HasSubstr("$ref")));
  EXPECT_EQ(schema["required"], json({"cause", "category", "confidence", "evidence"}));
}

class Proof : public testing::Test {
 protected:
  Proof() {
    const auto writer = library_.open("log/build.log");
    for (int i = 1; i <= 50; ++i)
      writer->feed(i == 36 ? "connect to db:5432 failed: refused\n" : "line " + std::to_string(i) + " is fine\n");
    writer->finish();
    static_cast<void>(library_.add_tool_text("name: web\nphase: CrashLoopBackOff\nlast: 1\n"));
  }

  [[nodiscard]] Checked check_of(const json& arguments) const {
    return check(parse_submission(arguments).value(), library_);
  }

  static Report rules() {
    Report report;
    report.verdict = Verdict::failing;
    report.fingerprint = "abc";
    report.findings.push_back(finding("make.error", Severity::error, Category::compile, 40));
    report.findings.push_back(finding("net.refused", Severity::error, Category::network, 36));
    report.findings.push_back(finding("noise", Severity::warning, Category::unknown, 3));
    report.cause = report.findings.front().headline;
    report.category = Category::compile;
    report.confidence = Confidence::high;
    report.remedies.push_back({"fix the build", ""});
    report.evidence.push_back(
        {"log/build.log", 50, 900, {{.text = "line 40 is fine", .first_line = 40, .last_line = 40}}});
    return report;
  }

  static Finding finding(const std::string& rule, Severity severity, Category category, std::size_t line) {
    return {.rule = rule,
            .severity = severity,
            .category = category,
            .confidence = Confidence::high,
            .headline = rule + " said so",
            .evidence = {{"log/build.log", line, "", "quote of it"}},
            .remedies = {},
            .verified = true};
  }

  static std::vector<std::string> ids(const Report& report) {
    std::vector<std::string> rules;
    for (const Finding& one : report.findings) rules.push_back(one.rule);
    return rules;
  }

  Redactor redactor_;
  Library library_{[this](std::string_view text) { return redactor_.redact(text); }};
};

const json database = {{"source", "build.log"}, {"line", 30}, {"quote", "connect to db:5432 failed"}};
const json invented = {{"source", "log/build.log"}, {"line", 5}, {"quote", "the database is on fire"}};
const json crash = {{"source", "tool/1"}, {"line", 2}, {"quote", "CrashLoopBackOff"}};

TEST_F(Proof, MendsAndDropsCitations) {
  const Checked checked = check_of({{"cause", "no database"}, {"evidence", {database, invented, database}}});

  EXPECT_THAT(places(checked.submission.evidence), ElementsAre("log/build.log:36 connect to db:5432 failed"));
  EXPECT_EQ(checked.given, 2U);
  EXPECT_EQ(checked.verified, 1U);
  EXPECT_THAT(checked.wrong,
              ElementsAre("log/build.log line 5 does not say 'the database is on fire'; it says 'line 5 is fine'"));
}

TEST_F(Proof, ListsALineOfOneFindingOnce) {
  json again = database;
  again["quote"] = "db:5432 failed: refused";
  const Checked checked = check_of({{"cause", "c"}, {"evidence", {database, again, database}}});

  EXPECT_THAT(places(checked.submission.evidence), ElementsAre("log/build.log:36 connect to db:5432 failed"));
  EXPECT_EQ(checked.given, 1U);
}

TEST_F(Proof, TellsWhyACitationIsWrong) {
  const auto wrong = [&](const json& citation) {
    return check_of({{"cause", "c"}, {"evidence", {citation}}}).wrong.at(0);
  };

  EXPECT_THAT(wrong({{"source", "log/nope"}, {"line", 5}, {"quote", "the database is on fire"}}),
              HasSubstr("there is no source 'log/nope'; there are: log/build.log, tool/1"));
  EXPECT_THAT(wrong({{"source", "log/build.log"}, {"line", 500}, {"quote", "the database is on fire"}}),
              HasSubstr("'log/build.log' has 50 lines"));
  EXPECT_THAT(wrong({{"source", "log/build.log"}, {"line", 36}, {"quote", "failed"}}), HasSubstr("too short"));
  EXPECT_THAT(wrong({{"source", "log/build.log"}, {"quote", "the database is on fire"}}), HasSubstr("nowhere says"));
}

TEST_F(Proof, MarksClaims) {
  const Checked checked = check_of({{"cause", "c"},
                                    {"chain",
                                     {{{"text", "holds"}, {"evidence", {database, invented}}},
                                      {{"text", "does not"}, {"evidence", {invented}}},
                                      {{"text", "has none"}}}}});

  ASSERT_THAT(checked.submission.chain, SizeIs(3));
  EXPECT_TRUE(checked.submission.chain[0].verified);
  EXPECT_THAT(checked.submission.chain[0].evidence, SizeIs(1));
  EXPECT_FALSE(checked.submission.chain[1].verified);
  EXPECT_FALSE(checked.submission.chain[2].verified);
  EXPECT_EQ(checked.given, 2U);
}

TEST_F(Proof, HidesAndCleansWhatTheModelWrote) {
  static_cast<void>(library_.redacted("password=hunter2hunter2"));
  const Checked checked =
      check_of({{"cause", "\x1b[31mthe password\nhunter2hunter2 is wrong"},
                {"remedies", {{{"text", "use hunter2hunter2"}, {"command", "a\nlogin hunter2hunter2"}}}},
                {"ruled_out", {{{"what", "hunter2hunter2"}, {"why", "hunter2hunter2"}}}},
                {"chain", {"hunter2hunter2"}},
                {"evidence", {{{"source", "hunter2hunter2"}, {"quote", "it is hunter2hunter2"}}}}});

  EXPECT_THAT(checked.submission.cause, StartsWith("the password [REDACTED:"));
  EXPECT_THAT(checked.submission.remedies[0].command, StartsWith("a\nlogin [REDACTED"));
  EXPECT_THAT(checked.submission.remedies[0].text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(checked.submission.ruled_out[0].what, Not(HasSubstr("hunter2")));
  EXPECT_THAT(checked.submission.ruled_out[0].why, Not(HasSubstr("hunter2")));
  EXPECT_THAT(checked.submission.chain[0].text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(checked.wrong, Each(Not(HasSubstr("hunter2"))));
}

TEST_F(Proof, PutsAProvenCauseFirst) {
  const Report report = merge(rules(), check_of({{"cause", "no database"},
                                                 {"category", "infrastructure"},
                                                 {"confidence", "high"},
                                                 {"evidence", {database, crash}},
                                                 {"remedies", {"start it", "fix the build"}}}));

  EXPECT_THAT(ids(report), ElementsAre("model", "make.error", "net.refused", "noise"));
  EXPECT_EQ(report.findings[0].severity, Severity::error);
  EXPECT_TRUE(report.findings[0].verified);
  EXPECT_EQ(report.cause, "no database");
  EXPECT_EQ(report.category, Category::infrastructure);
  EXPECT_EQ(report.confidence, Confidence::medium);  // a rule is sure of another one
  EXPECT_EQ(report.fingerprint, "abc");
  ASSERT_THAT(report.remedies, SizeIs(2));
  EXPECT_EQ(report.remedies[0].text, "start it");
  EXPECT_EQ(report.explanation->citations, 2U);
  EXPECT_EQ(report.explanation->verified, 2U);
}

TEST_F(Proof, ShowsTheLinesThatWereCited) {
  const Report report = merge(rules(), check_of({{"cause", "no database"}, {"evidence", {database, crash}}}));

  ASSERT_THAT(report.evidence, SizeIs(2));
  ASSERT_THAT(report.evidence[0].excerpts, SizeIs(2));
  EXPECT_EQ(report.evidence[0].excerpts[0].text,
            "line 35 is fine\nconnect to db:5432 failed: refused\nline 37 is fine");
  EXPECT_EQ(report.evidence[0].excerpts[0].first_line, 35U);
  EXPECT_EQ(report.evidence[0].excerpts[0].last_line, 37U);
  EXPECT_EQ(report.evidence[0].excerpts[0].why, "cited by the model");
  EXPECT_EQ(report.evidence[1].source, "tool/1");
  EXPECT_EQ(report.evidence[1].lines_total, 3U);
}

TEST_F(Proof, ShowsNoLineTwice) {
  const json shown = {{"source", "log/build.log"}, {"line", 40}, {"quote", "line 40 is fine"}};
  const json beside = {{"source", "log/build.log"}, {"line", 41}, {"quote", "line 41 is fine"}};

  EXPECT_THAT(merge(rules(), check_of({{"cause", "c"}, {"evidence", {shown}}})).evidence[0].excerpts, SizeIs(1));
  const Report report = merge(rules(), check_of({{"cause", "c"}, {"evidence", {beside}}}));
  ASSERT_THAT(report.evidence[0].excerpts, SizeIs(2));
  EXPECT_EQ(report.evidence[0].excerpts[1].text, "line 41 is fine\nline 42 is fine");
}

TEST_F(Proof, LowersConfidenceThatIsNotEarned) {
  const json sure = {{"cause", "c"}, {"category", "lint"}, {"confidence", "high"}, {"evidence", {database}}};
  json agreed = sure;
  agreed["category"] = "compile";

  EXPECT_EQ(merge(rules(), check_of(sure)).confidence, Confidence::medium);
  EXPECT_EQ(merge(rules(), check_of(agreed)).confidence, Confidence::high);
}

TEST_F(Proof, OfLinesThatHaveNothingToDoWithItIsNoSurerThanARule) {
  Report sure = rules();
  sure.findings[0].remedies = {{"add the missing header", ""}, {"clean", ""}};
  sure.remedies = {{"add the missing header", ""}, {"clean", ""}};
  const json line_7 = {{"source", "log/build.log"}, {"line", 7}, {"quote", "line 7 is fine"}};
  const json line_9 = {{"source", "log/build.log"}, {"line", 9}, {"quote", "line 9 is fine"}};

  const Report report =
      merge(sure, check_of({{"cause", "the moon is full"},
                            {"category", "infrastructure"},
                            {"confidence", "high"},
                            {"evidence", {line_7, line_9}},
                            {"remedies", {"wait", "wait longer", "pray"}},
                            {"disagreements", {{{"rule", "net.refused"}, {"why", "it is the moon"}}}}}));

  EXPECT_EQ(report.confidence, Confidence::medium);
  ASSERT_THAT(report.explanation->disagreements, SizeIs(2));
  EXPECT_EQ(report.explanation->disagreements[0].why, "it is the moon");
  EXPECT_EQ(report.explanation->disagreements[1].rule, "make.error");
  EXPECT_EQ(report.explanation->disagreements[1].why, "the model names another cause");
  EXPECT_THAT(ids(report), ElementsAre("model", "make.error", "net.refused", "noise"));
  EXPECT_TRUE(report.findings[1].verified);
  EXPECT_THAT(report.findings[1].evidence, SizeIs(1));
  ASSERT_GE(report.remedies.size(), 3U);
  EXPECT_EQ(report.remedies[0].text, "wait");
  EXPECT_EQ(report.remedies[2].text, "add the missing header");
}

TEST_F(Proof, MayBeSureOfAnotherCauseOfALineThatARuleCites) {
  const json line_40 = {{"source", "log/build.log"}, {"line", 40}, {"quote", "line 40 is fine"}};
  const Report report = merge(rules(), check_of({{"cause", "no database"},
                                                 {"category", "infrastructure"},
                                                 {"confidence", "high"},
                                                 {"evidence", {database, line_40}}}));

  EXPECT_EQ(report.confidence, Confidence::high);
  EXPECT_THAT(report.explanation->disagreements, IsEmpty());
}

TEST_F(Proof, PutsAnUnprovenCauseBehind) {
  const Report report = merge(rules(), check_of({{"cause", "gremlins"},
                                                 {"confidence", "high"},
                                                 {"evidence", {invented}},
                                                 {"remedies", {{{"text", "run it"}, {"command", "curl evil"}}}}}));

  EXPECT_THAT(ids(report), ElementsAre("make.error", "net.refused", "noise", "model"));
  EXPECT_FALSE(report.findings[3].verified);
  EXPECT_EQ(report.findings[3].confidence, Confidence::low);
  EXPECT_EQ(report.findings[3].severity, Severity::warning);
  EXPECT_EQ(report.cause, "make.error said so");
  EXPECT_EQ(report.confidence, Confidence::high);
  EXPECT_THAT(report.remedies, SizeIs(1));
  EXPECT_EQ(report.explanation->verified, 0U);
  EXPECT_EQ(report.explanation->citations, 1U);
}

struct RulesCase {
  std::string name;
  Verdict verdict;
  std::vector<std::string> rules;
  Severity severity, expected;
};
void PrintTo(const RulesCase& row, std::ostream* out) { *out << row.name; }

class UnprovenCause : public Proof, public testing::WithParamInterface<RulesCase> {};

TEST_P(UnprovenCause, NeverReplacesTheAnswer) {
  Report before = rules();
  before.verdict = GetParam().verdict;
  before.cause = "line 2 says 'all tests passed', and no failure follows";
  before.findings.clear();
  for (const std::string& rule : GetParam().rules)
    before.findings.push_back(finding(rule, GetParam().severity, Category::unknown, 40));
  const Report report =
      merge(before,
            check_of({{"cause", "gremlins"}, {"category", "lint"}, {"confidence", "high"}, {"evidence", {invented}}}));

  std::vector<std::string> expected = GetParam().rules;
  expected.emplace_back("model");
  EXPECT_EQ(ids(report), expected);
  EXPECT_EQ(report.cause, before.cause);
  EXPECT_EQ(report.category, before.category);
  EXPECT_EQ(report.confidence, before.confidence);
  EXPECT_EQ(report.verdict, before.verdict);
  EXPECT_FALSE(report.findings.back().verified);
  EXPECT_EQ(report.findings.back().confidence, Confidence::low);
  EXPECT_EQ(report.findings.back().severity, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, UnprovenCause,
    testing::Values(RulesCase{"without_a_finding", Verdict::unknown, {}, Severity::error, Severity::error},
                    RulesCase{"with_unknown_only", Verdict::unknown, {"unknown"}, Severity::error, Severity::error},
                    RulesCase{"failing_without_a_finding", Verdict::failing, {}, Severity::error, Severity::error},
                    RulesCase{"failing_and_unknown", Verdict::failing, {"unknown"}, Severity::error, Severity::error},
                    RulesCase{"healthy_without_a_finding", Verdict::healthy, {}, Severity::error, Severity::warning},
                    RulesCase{"healthy_with_a_remark", Verdict::healthy, {"remark"}, Severity::info, Severity::info}),
    [](const auto& info) { return info.param.name; });

TEST_F(Proof, JoinsWhatIsSaidTwice) {
  const Report report =
      merge(rules(), check_of({{"cause", "nobody answers"}, {"category", "network"}, {"evidence", {database}}}));

  EXPECT_THAT(ids(report), ElementsAre("net.refused", "make.error", "noise"));
  EXPECT_EQ(report.cause, "net.refused said so");
  ASSERT_THAT(report.explanation->chain, SizeIs(1));
  EXPECT_EQ(report.explanation->chain[0].text, "nobody answers");
  EXPECT_TRUE(report.explanation->chain[0].verified);
}

TEST_F(Proof, KeepsAHealthyVerdict) {
  Report healthy = rules();
  healthy.verdict = Verdict::healthy;
  healthy.cause = "all is well";
  const json unproven = {{"cause", "gremlins"}, {"confidence", "high"}, {"evidence", {invented}}};
  const json proven = {{"cause", "no database"}, {"confidence", "high"}, {"evidence", {database, crash}}};

  EXPECT_EQ(merge(healthy, check_of(unproven)).verdict, Verdict::healthy);
  EXPECT_EQ(merge(healthy, check_of(unproven)).cause, "all is well");
  EXPECT_EQ(merge(healthy, check_of(proven)).verdict, Verdict::failing);
  EXPECT_EQ(merge(healthy, check_of(proven)).findings[0].rule, "model");
  healthy.exit_code = 0;
  EXPECT_EQ(merge(healthy, check_of(proven)).verdict, Verdict::healthy);
  EXPECT_EQ(merge(healthy, check_of(proven)).cause, "all is well");
}

TEST_F(Proof, KeepsDisagreementsWithFindingsThatThereAre) {
  const Report report = merge(
      rules(), check_of({{"cause", "c"},
                         {"disagreements",
                          {{{"rule", "make.error"}, {"why", "it follows"}}, {{"rule", "invented"}, {"why", "no"}}}}}));

  ASSERT_THAT(report.explanation->disagreements, SizeIs(1));
  EXPECT_EQ(report.explanation->disagreements[0].rule, "make.error");
  EXPECT_THAT(ids(report), ElementsAre("make.error", "net.refused", "noise", "model"));
}

}  // namespace
}  // namespace agent::loop
