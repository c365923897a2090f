#include "sinks/issue_tracker.hpp"

#include "sinks/repeats.hpp"
#include "support/fake_forge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

using namespace std::chrono_literals;
using test::FakeForge;
using test::ForgeWorld;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const std::string fingerprint = "0123456789abcdef";
const std::string label = label_of(fingerprint);
const std::string first = "1111111111111111", second = "2222222222222222", third = "3333333333333333";

class SetClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return at; }
  std::chrono::steady_clock::time_point ticks() const override { return {}; }
  std::chrono::system_clock::time_point at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);
};

Parcel parcel(const std::string& id) {
  Parcel made{.report = {}, .id = id};
  made.report.fingerprint = fingerprint;
  made.report.verdict = Verdict::failing;
  made.report.cause = "the test 'adds' fails";
  made.report.target = "log build.log";
  made.report.created_at = "2026-11-21T00:00:00.000Z";
  return made;
}

std::string body_of(const std::string& id, const std::string& of = fingerprint, bool explained = false) {
  return to_line({.of = Marker::Of::issue, .fingerprint = of, .parcels = {id}, .explained = explained}) + "\n\ntext";
}

std::string repeats_of(std::vector<std::string> ids, int times, const std::string& at = "2026-11-20T00:00:00.000Z") {
  return to_line({.of = Marker::Of::repeats,
                  .fingerprint = fingerprint,
                  .parcels = std::move(ids),
                  .times = times,
                  .first_at = at,
                  .last_at = at}) +
         "\n\ntext";
}

class Tracking : public testing::Test {
 protected:
  Result<Delivery> deliver(const std::string& id) { return deliver(parcel(id)); }
  Result<Delivery> deliver(const Parcel& sent) { return tracker()->deliver(sent, {}); }

  std::unique_ptr<Tracker> tracker() {
    return issue_tracker(std::make_unique<FakeForge>(world), {.labels = {"ci"},
                                                              .assignees = assignees,
                                                              .closed = closed,
                                                              .update_every = 1min,
                                                              .settle_wait = 2ms,
                                                              .clock = clock});
  }

  std::string message(const std::string& id) { return said(deliver(id)); }
  static std::string said(const Result<Delivery>& got) { return got ? got->message : describe(got.error()); }

  std::shared_ptr<ForgeWorld> world = std::make_shared<ForgeWorld>();
  ClosedIssue closed = ClosedIssue::reopen;
  std::vector<std::string> assignees = {};
  SetClock clock;
};

TEST_F(Tracking, FilesAnIssueWithMarkerAndLabels) {
  const auto got = deliver(first);

  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->message, "Issue created: https://forge/o/r/issues/1");
  EXPECT_EQ(got->url, "https://forge/o/r/issues/1");
  ASSERT_THAT(world->issues, SizeIs(1));
  const auto marker = read_marker(world->issue(1).body);
  ASSERT_TRUE(marker);
  EXPECT_EQ(marker->fingerprint, fingerprint);
  EXPECT_THAT(marker->parcels, ElementsAre(first));
  EXPECT_THAT(world->issue(1).labels, ElementsAre(label, "ci"));
}

TEST_F(Tracking, TellsWhomAnIssueCouldNotBeAssignedTo) {
  assignees = {"kim", "nobody8", "nobody\x1b[31m9"};
  EXPECT_EQ(
      message(first),
      "Issue created: https://forge/o/r/issues/1 (not assigned to 'nobody8', 'nobody[31m9', who is not known there "
      "or can't be assigned)");
}

TEST_F(Tracking, HasAStableNameAndKnowsParcels) {
  EXPECT_EQ(tracker()->name(), "fake o/r");
  EXPECT_TRUE(tracker()->knows_parcels());
}

TEST_F(Tracking, FindsWhatItFiled) {
  EXPECT_FALSE(*tracker()->find(fingerprint, {}));
  (void)message(first);

  const auto found = tracker()->find(fingerprint, {});

  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, "1");
  EXPECT_EQ((*found)->url, "https://forge/o/r/issues/1");
  EXPECT_TRUE((*found)->open);
  EXPECT_FALSE((*found)->explained);
}

TEST_F(Tracking, FindsTheOpenOneBeforeTheClosedAndTheLowestFirst) {
  world->add(body_of(first), {label}, false);
  world->add(body_of(second), {label});
  world->add(body_of(third, fingerprint, true), {label});

  const auto found = tracker()->find(fingerprint, {});

  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, "2");
}

TEST_F(Tracking, TellsThatAnIssueIsExplained) {
  world->add(body_of(first, fingerprint, true), {label});
  EXPECT_TRUE((*tracker()->find(fingerprint, {}))->explained);
}

// What others write must not be taken for ours.

struct Foreign {
  std::string name, body;
  std::vector<std::string> labels;
  std::string author = "bot";
};

class ForeignIssue : public Tracking, public testing::WithParamInterface<Foreign> {};

TEST_P(ForeignIssue, IsNotTakenForOurs) {
  world->labels = false;  // all issues are listed
  world->add(GetParam().body, GetParam().labels, true, GetParam().author);
  EXPECT_FALSE(*tracker()->find(fingerprint, {}));
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, ForeignIssue,
    testing::Values(Foreign{"without_a_marker", "text", {label}},
                    Foreign{"marker_in_the_second_line", "text\n" + body_of(first), {label}},
                    Foreign{"another_fingerprint", body_of(first, "fedcba9876543210"), {label}},
                    Foreign{"marker_of_repeats", repeats_of({first}, 1), {label}},
                    Foreign{"marker_by_another_author_without_the_label", body_of(first), {}, "mallory"},
                    Foreign{"empty", "", {label}},
                    Foreign{"half_a_marker", "<!-- agent:issue fingerprint=" + fingerprint, {label}},
                    Foreign{"huge", std::string(300'000, 'x'), {label}}),
    [](const auto& row) { return row.param.name; });

TEST_F(Tracking, FindsItsOwnIssueWhereItMayNotLabel) {
  world->labels = false;
  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");
  EXPECT_EQ(message(second), "Issue updated: https://forge/o/r/issues/1");
  EXPECT_THAT(world->issues, SizeIs(1));
}

// Repeats.

TEST_F(Tracking, CountsARepeatInOneComment) {
  (void)message(first);

  EXPECT_EQ(message(second), "Issue updated: https://forge/o/r/issues/1");

  ASSERT_THAT(world->bodies(1), SizeIs(1));
  const auto marker = read_marker(world->bodies(1).front());
  ASSERT_TRUE(marker);
  EXPECT_EQ(marker->of, Marker::Of::repeats);
  EXPECT_EQ(marker->times, 1);
  EXPECT_THAT(marker->parcels, ElementsAre(second));
  EXPECT_EQ(marker->first_at, "2026-11-21T00:00:00.000Z");
}

TEST_F(Tracking, EditsTheCommentInPlaceAMinuteLater) {
  (void)message(first);
  (void)message(second);
  clock.at += 61s;

  EXPECT_EQ(message(third), "Issue updated: https://forge/o/r/issues/1");

  ASSERT_THAT(world->bodies(1), SizeIs(1));
  const auto marker = read_marker(world->bodies(1).front());
  ASSERT_TRUE(marker);
  EXPECT_EQ(marker->times, 2);
  EXPECT_THAT(marker->parcels, ElementsAre(third, second));
  EXPECT_EQ(marker->first_at, "2026-11-21T00:00:00.000Z");
  EXPECT_EQ(marker->last_at, "2026-11-21T00:01:01.000Z");
}

TEST_F(Tracking, WritesNothingWithinTheMinuteAndSaysSo) {
  (void)message(first);
  (void)message(second);
  clock.at += 59s;
  world->calls.clear();

  EXPECT_EQ(message(third), "Issue known: https://forge/o/r/issues/1 (its repeats are counted once in 60 s at most)");

  EXPECT_THAT(world->calls, ElementsAre("issues", "comments"));
}

TEST_F(Tracking, CountsWhatIsSentAgainLateWithinTheMinute) {
  (void)message(first);
  clock.at += 61s;
  (void)message(second);
  clock.at += 1s;

  EXPECT_EQ(message(third), "Issue updated: https://forge/o/r/issues/1");
  EXPECT_EQ(read_marker(world->bodies(1).front())->times, 2);
}

// A list without what was added: it lags behind, or has more pages than are read.
TEST_F(Tracking, AddsOneCommentToAListThatDoesNotShowIt) {
  world->add(body_of(first), {label});
  world->hides_comments = true;

  EXPECT_EQ(message(second), "Issue updated: https://forge/o/r/issues/1");
  EXPECT_THAT(world->bodies(1), SizeIs(1));
}

TEST_F(Tracking, IsNotStoppedByATimeThatIsYetToCome) {
  world->add(body_of(first), {label});
  world->add_comment(1, repeats_of({second}, 1, "2999-01-01T00:00:00.000Z"));

  EXPECT_THAT(message(third), StartsWith("Issue updated"));
  EXPECT_EQ(read_marker(world->bodies(1).front())->times, 2);
}

TEST_F(Tracking, LeavesCommentsOfOthersAlone) {
  world->add(body_of(first), {label});
  world->add_comment(1, repeats_of({third}, 1'000'000), "mallory");

  EXPECT_THAT(message(second), StartsWith("Issue updated"));

  ASSERT_THAT(world->bodies(1), SizeIs(2));
  EXPECT_EQ(read_marker(world->bodies(1).back())->times, 1);
}

TEST_F(Tracking, LinksRunsOfItsOwnCiOnly) {
  world->add(body_of(first), {label});
  world->add_comment(1, to_line({.of = Marker::Of::repeats,
                                 .fingerprint = fingerprint,
                                 .parcels = {third},
                                 .runs = {"https://ci.example/1", "https://ci.example.evil.example/2"}}));
  Parcel sent = parcel(second);
  sent.report.pipeline = PipelineRun{.url = "https://ci.example/3"};

  EXPECT_THAT(said(deliver(sent)), StartsWith("Issue updated"));

  EXPECT_THAT(read_marker(world->bodies(1).front())->runs, ElementsAre("https://ci.example/3", "https://ci.example/1"));
  EXPECT_THAT(world->bodies(1).front(), Not(HasSubstr("evil")));
}

struct Stranger {
  std::string name;
  bool tells_author = true, names_authors = true;
  std::string issue_author = "bot", comment_author = "mallory";
};

class RepeatsOfAStranger : public Tracking, public testing::WithParamInterface<Stranger> {};

TEST_P(RepeatsOfAStranger, AreNotCountedOn) {
  world->tells_author = GetParam().tells_author;
  world->names_authors = GetParam().names_authors;
  world->add(body_of(first), {label}, true, GetParam().issue_author);
  world->add_comment(1, repeats_of({third}, 999'999), GetParam().comment_author);

  EXPECT_THAT(message(second), StartsWith("Issue updated"));

  ASSERT_THAT(world->bodies(1), SizeIs(2));
  EXPECT_EQ(read_marker(world->bodies(1).front())->times, 999'999);
  EXPECT_EQ(read_marker(world->bodies(1).back())->times, 1);
}

INSTANTIATE_TEST_SUITE_P(Strangers, RepeatsOfAStranger,
                         testing::Values(Stranger{"known"}, Stranger{"where_we_are_not_told", false},
                                         Stranger{"where_nobody_is_told", false, false, "", ""},
                                         Stranger{"where_only_we_are_told", true, false, "", ""}),
                         [](const auto& row) { return row.param.name; });

TEST_F(Tracking, CountsInItsOwnCommentWhereItIsNotToldWhoItIs) {
  world->tells_author = false;
  world->add(body_of(first), {label});
  world->add_comment(1, repeats_of({third}, 7));

  EXPECT_THAT(message(second), StartsWith("Issue updated"));
  ASSERT_THAT(world->bodies(1), SizeIs(1));
  EXPECT_EQ(read_marker(world->bodies(1).front())->times, 8);
}

TEST_F(Tracking, AddsItsOwnCommentWhereItMayNotEditWhatMayBeItsOwn) {
  world->tells_author = false;
  world->add(body_of(first), {label}, true, "mallory");
  world->add_comment(1, repeats_of({third}, 7), "mallory");
  world->refuse = [](const std::string& call) -> std::optional<Error> {
    return call == "edit_comment" ? std::optional(Error{ErrorKind::forbidden, "no", "", ""}) : std::nullopt;
  };

  EXPECT_THAT(message(second), StartsWith("Issue updated"));
  EXPECT_THAT(world->bodies(1), SizeIs(2));
}

TEST_F(Tracking, PutsAnExplanationIntoAnIssueThatHasNone) {
  world->add(body_of(first), {label});
  Parcel explained = parcel(second);
  explained.report.explanation = Explanation{};

  EXPECT_THAT(said(deliver(explained)), StartsWith("Issue updated"));

  const auto marker = read_marker(world->issue(1).body);
  ASSERT_TRUE(marker);
  EXPECT_TRUE(marker->explained);
  EXPECT_THAT(marker->parcels, ElementsAre(first)) << "the one it was made by";
  EXPECT_THAT(world->issue(1).body, HasSubstr("the test 'adds' fails"));
  world->calls.clear();
  EXPECT_THAT(said(deliver(explained)), StartsWith("Issue updated"));
  EXPECT_THAT(world->calls, Not(Contains("edit_body 1")));
}

// Closed issues.

TEST_F(Tracking, ReopensAClosedIssueAndCountsTheRepeatAtOnce) {
  (void)message(first);
  (void)message(second);
  world->issue(1).open = false;

  EXPECT_EQ(message(third), "Issue reopened: https://forge/o/r/issues/1");

  EXPECT_TRUE(world->issue(1).open);
  EXPECT_EQ(read_marker(world->bodies(1).front())->times, 2);
}

TEST_F(Tracking, LinksAClosedIssueFromANewOne) {
  closed = ClosedIssue::link;
  world->add(body_of(first), {label}, false);

  EXPECT_EQ(message(second), "Issue created: https://forge/o/r/issues/2");

  EXPECT_FALSE(world->issue(1).open);
  EXPECT_THAT(world->issue(2).body, HasSubstr(" -->\n\nFailed before: #1\n\n### Error summary\n"));
}

TEST_F(Tracking, KeepsTheClosedIssuesInABodyThatIsExplained) {
  closed = ClosedIssue::link;
  world->add(body_of(first), {label}, false);
  world->add(body_of(second), {label}, false);
  (void)message(third);
  Parcel explained = parcel("4444444444444444");
  explained.report.explanation = Explanation{};

  EXPECT_EQ(said(deliver(explained)), "Issue updated: https://forge/o/r/issues/3");

  EXPECT_THAT(world->issue(3).body, HasSubstr(" explained -->\n\nFailed before: #2, #1\n\n### Error summary\n"));
}

TEST_F(Tracking, DoesNotReopenForARepeatThatWasCounted) {
  (void)message(first);
  (void)message(second);
  world->issue(1).open = false;

  EXPECT_EQ(message(second), "Issue updated: https://forge/o/r/issues/1");
  EXPECT_FALSE(world->issue(1).open);
}

// A parcel that comes again.

TEST_F(Tracking, FilesAParcelOnce) {
  (void)message(first);
  world->calls.clear();

  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");
  EXPECT_THAT(world->calls, ElementsAre("issues", "issues"));
}

TEST_F(Tracking, CountsAParcelOnce) {
  (void)message(first);
  (void)message(second);
  clock.at += 1h;

  EXPECT_EQ(message(second), "Issue updated: https://forge/o/r/issues/1");
  EXPECT_EQ(read_marker(world->bodies(1).front())->times, 1);
}

TEST_F(Tracking, ClosesItsDuplicateWhenItIsSentAgain) {
  world->add(body_of(first), {label});
  world->add(body_of(second), {label});

  EXPECT_THAT(message(second), StartsWith("Issue updated: https://forge/o/r/issues/1 ("));
  EXPECT_THAT(world->open(), ElementsAre(1));
}

TEST_F(Tracking, NamesTheIssueThatStayedWhenADuplicateIsSentAgain) {
  world->add(body_of(first), {label});
  world->add(body_of(second), {label}, false);

  EXPECT_EQ(message(second), "Issue updated: https://forge/o/r/issues/1");
  EXPECT_THAT(world->bodies(1), IsEmpty());
}

TEST_F(Tracking, DoesNotReopenForTheParcelThatMadeTheIssue) {
  world->add(body_of(first), {label}, false);

  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");
  EXPECT_FALSE(world->issue(1).open);
}

// Two runs at once.

TEST_F(Tracking, ClosesItsIssueWhenAnOlderOneIsThereAfterAll) {
  world->before = [](ForgeWorld& there, const std::string& call) {
    if (call == "create" && there.issues.empty()) there.add(body_of(second), {label});
  };

  EXPECT_EQ(message(first),
            "Issue updated: https://forge/o/r/issues/1 (https://forge/o/r/issues/2 was made at once, and closed as its "
            "duplicate)");

  EXPECT_THAT(world->open(), ElementsAre(1));
  EXPECT_THAT(world->calls, Contains("set_state 2 duplicate"));
  EXPECT_THAT(world->bodies(2), ElementsAre(HasSubstr("Duplicate of #1")));
}

TEST_F(Tracking, ClosesNoIssueThatAnAnswerNamesWrongly) {
  world->before = [](ForgeWorld& there, const std::string& call) {
    if (call != "create" || !there.issues.empty()) return;
    there.add(body_of(second), {label});
    there.add("another's", {});
  };
  world->misnamed = 2;

  EXPECT_THAT(message(first), StartsWith("Issue updated: https://forge/o/r/issues/1 (https://forge/o/r/issues/3 was"));

  EXPECT_THAT(world->open(), ElementsAre(1, 2));
  EXPECT_THAT(world->bodies(2), IsEmpty());
}

TEST_F(Tracking, ClosesNothingBeforeTheForgeShowsItsIssue) {
  world->before = [](ForgeWorld& there, const std::string& call) {
    if (call == "create" && there.issues.empty()) there.add(body_of(second), {label});
    if (call == "issues" && there.issues.size() == 2) there.issue(2).labels.clear();
  };
  world->tells_author = false;

  EXPECT_EQ(message(first),
            "Issue created: https://forge/o/r/issues/2 (https://forge/o/r/issues/1 tells of the same failure)");

  EXPECT_THAT(world->open(), ElementsAre(1, 2));
  EXPECT_THAT(world->bodies(2), IsEmpty());
}

TEST_F(Tracking, WaitsForTheYoungerOneToBeClosedByItsMaker) {
  int lists = 0;
  world->before = [&](ForgeWorld& there, const std::string& call) {
    if (call != "issues") return;
    if (++lists == 2) there.add(body_of(second), {label});
    if (lists == 4) there.issue(2).open = false;
  };

  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");

  EXPECT_THAT(world->open(), ElementsAre(1));
  EXPECT_THAT(world->bodies(2), IsEmpty()) << "not by us";
}

TEST_F(Tracking, ClosesTheYoungerOneWhoseMakerIsGone) {
  world->before = [](ForgeWorld& there, const std::string& call) {
    if (call == "issues" && there.issues.size() == 1) there.add(body_of(second), {label});
  };

  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");
  EXPECT_THAT(world->open(), ElementsAre(1));
}

TEST_F(Tracking, LooksAgainWhileTheListIsOlderThanItsIssue) {
  int lists = 0;
  world->before = [&](ForgeWorld& there, const std::string& call) {
    if (call != "issues") return;
    ++lists;
    // The list lags behind: our issue has no label yet, and an older one of another run is not listed before long.
    if (lists == 2) there.issue(1).labels.clear();
    if (lists == 4) there.issue(1).labels = {label};
  };

  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");
  EXPECT_EQ(lists, 4);
}

TEST_F(Tracking, SaysThatAnIssueWillNotBeFoundAgain) {
  world->labels = false;
  world->tells_author = false;

  EXPECT_THAT(message(first), StartsWith("Issue created: https://forge/o/r/issues/1 (it can't be found again"));
}

TEST_F(Tracking, MergesTheCommentOfARunAtOnceIntoTheOlder) {
  world->add(body_of(first), {label});
  world->before = [](ForgeWorld& there, const std::string& call) {
    if (call == "add_comment" && there.bodies(1).empty()) there.add_comment(1, repeats_of({third}, 1));
  };

  EXPECT_THAT(message(second), StartsWith("Issue updated"));

  ASSERT_THAT(world->bodies(1), SizeIs(1));
  const auto marker = read_marker(world->bodies(1).front());
  EXPECT_EQ(marker->times, 2);
  EXPECT_THAT(marker->parcels, ElementsAre(second, third));
}

TEST_F(Tracking, WritesAgainWhatAnotherRunOverwrote) {
  world->add(body_of(first), {label});
  world->add_comment(1, repeats_of({first}, 1));
  bool overwritten = false;
  bool edited = false;
  world->before = [&](ForgeWorld& there, const std::string& call) {
    if (edited && !overwritten && call == "comments") {
      there.comments[1].front().body = repeats_of({third, first}, 2);
      overwritten = true;
    }
    edited |= call == "edit_comment";
  };

  EXPECT_THAT(message(second), StartsWith("Issue updated"));

  const auto marker = read_marker(world->bodies(1).front());
  EXPECT_EQ(marker->times, 3);
  EXPECT_THAT(marker->parcels, ElementsAre(second, third, first));
}

TEST_F(Tracking, GivesUpWritingAfterSomeTries) {
  world->add(body_of(first), {label});
  world->add_comment(1, repeats_of({first}, 1));
  world->before = [&](ForgeWorld& there, const std::string& call) {
    if (call == "comments") there.comments[1].front().body = repeats_of({third, first}, 2);
  };

  EXPECT_THAT(message(second), StartsWith("Issue updated"));
  EXPECT_EQ(std::ranges::count(world->calls, "edit_comment"), 8);
}

TEST_F(Tracking, AddsACommentForOneThatWasDeletedMeanwhile) {
  world->add(body_of(first), {label});
  world->add_comment(1, repeats_of({first}, 1));
  world->before = [&](ForgeWorld& there, const std::string& call) {
    if (call == "edit_comment") there.comments[1].clear();
  };

  EXPECT_THAT(message(second), StartsWith("Issue updated"));
  EXPECT_THAT(world->bodies(1), SizeIs(1));
}

// Forges that break down half-way; what is sent again makes one issue.

struct Breakdown {
  std::string name;
  std::string call;   ///< The first of these …
  bool done = false;  ///< … whether it was done all the same
  ErrorKind kind = ErrorKind::unreachable;
  bool told = true;  ///< … is an error to the caller.
};

class ForgeBreaksDown : public Tracking, public testing::WithParamInterface<Breakdown> {};

TEST_P(ForgeBreaksDown, IsSentAgainOnce) {
  int left = 1;
  const auto once = [&](const std::string& call) -> std::optional<Error> {
    if (call != GetParam().call || left-- != 1) return {};
    return Error{GetParam().kind, "broken", "", ""};
  };
  (GetParam().done ? world->lose : world->refuse) = once;

  const auto got = deliver(first);

  EXPECT_EQ(got.has_value(), !GetParam().told);
  if (!got) EXPECT_EQ(traits(got.error().kind).name, traits(GetParam().kind).name);
  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");
  EXPECT_THAT(world->open(), ElementsAre(1));
  EXPECT_THAT(world->issues, SizeIs(1));
  EXPECT_THAT(world->bodies(1), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Calls, ForgeBreaksDown,
    testing::Values(Breakdown{"before_the_list", "issues"}, Breakdown{"before_the_issue", "create"},
                    Breakdown{"with_the_issue_made", "create", true, ErrorKind::unreachable, false},
                    Breakdown{"a_server_error_with_the_issue_made", "create", true, ErrorKind::delivery_failed, false},
                    Breakdown{"its_body_cut_with_the_issue_made", "create", true, ErrorKind::unreadable, false},
                    Breakdown{"without_rights", "create", false, ErrorKind::forbidden},
                    Breakdown{"without_a_token", "issues", false, ErrorKind::unauthorised},
                    Breakdown{"rate_limited", "create", false, ErrorKind::delivery_failed}),
    [](const auto& row) { return row.param.name; });

TEST_F(Tracking, TellsOfASecondListThatFailsAndIsSentAgain) {
  int lists = 0;
  world->refuse = [&](const std::string& call) -> std::optional<Error> {
    if (call != "issues" || ++lists != 2) return {};
    return Error{ErrorKind::unreachable, "broken", "", ""};
  };

  EXPECT_FALSE(deliver(first));
  EXPECT_EQ(message(first), "Issue created: https://forge/o/r/issues/1");
  EXPECT_THAT(world->issues, SizeIs(1));
}

TEST_F(Tracking, CountsARepeatOnceWhenItsAnswerWasLost) {
  world->add(body_of(first), {label});
  int left = 1;
  world->lose = [&](const std::string& call) -> std::optional<Error> {
    if (call != "add_comment" || left-- != 1) return {};
    return Error{ErrorKind::unreachable, "broken", "", ""};
  };

  EXPECT_FALSE(deliver(second));
  EXPECT_EQ(message(second), "Issue updated: https://forge/o/r/issues/1");
  ASSERT_THAT(world->bodies(1), SizeIs(1));
  EXPECT_EQ(read_marker(world->bodies(1).front())->times, 1);
}

TEST_F(Tracking, GivesTheForgesErrorUnchanged) {
  world->refuse = [](const std::string& /*call*/) -> std::optional<Error> {
    return Error{ErrorKind::forbidden, "the token may not", "GET x: 403", "give it rights"};
  };

  const auto got = deliver(first);

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().what, "the token may not");
  EXPECT_EQ(got.error().fix, "give it rights");
}

TEST_F(Tracking, EndsItsWaitsWhenAStopIsAskedFor) {
  std::stop_source stop;
  world->before = [&](ForgeWorld& there, const std::string& call) {
    if (call == "issues" && there.issues.size() == 1) {
      there.add(body_of(second), {label});
      stop.request_stop();
    }
  };

  const auto got = tracker()->deliver(parcel(first), stop.get_token());

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::interrupted);
}

struct Merge {
  std::string name;
  std::vector<std::string> a;
  int a_times;
  std::vector<std::string> b;
  int b_times;
  int times;
};

class MergedRepeats : public testing::TestWithParam<Merge> {};

TEST_P(MergedRepeats, CountEachParcelOnce) {
  const Marker a{.of = Marker::Of::repeats, .parcels = GetParam().a, .times = GetParam().a_times};
  const Marker b{.of = Marker::Of::repeats, .parcels = GetParam().b, .times = GetParam().b_times};
  EXPECT_EQ(merged(a, b).times, GetParam().times);
}

INSTANTIATE_TEST_SUITE_P(Markers, MergedRepeats,
                         testing::Values(Merge{"nothing_in_both", {"a"}, 1, {"b"}, 1, 2},
                                         Merge{"the_same", {"a"}, 1, {"a"}, 1, 1},
                                         Merge{"one_in_both", {"b", "a"}, 2, {"c", "a"}, 2, 3},
                                         Merge{"more_than_are_named", {"a"}, 40, {"b"}, 40, 80},
                                         Merge{"fewer_than_are_named", {"a"}, 1, {"b", "c"}, 0, 3},
                                         Merge{"negative", {"a"}, 1, {}, -5, 1}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace agent::sinks
