#include "sinks/pull_request.hpp"

#include "support/fake_forge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace agent::sinks {
namespace {

using test::FakeForge;
using test::ForgeWorld;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Parcel parcel(const std::string& cause, const std::string& job = {}, const std::string& at = {}) {
  Parcel made{.report = {}, .id = "1111111111111111"};
  made.report.fingerprint = "0123456789abcdef";
  made.report.verdict = Verdict::failing;
  made.report.cause = cause;
  made.report.created_at = at;
  if (!job.empty()) made.report.pipeline = PipelineRun{.name = job};
  return made;
}

class PullRequestComments : public testing::Test {
 protected:
  std::string message(const std::string& cause) { return message(parcel(cause)); }
  std::string message(const Parcel& sent) { return said(comment()->deliver(sent, {})); }
  std::string settled(const Parcel& passed) { return said(comment()->settle(passed, {})); }
  std::unique_ptr<Sink> comment() { return pull_request_comment(std::make_unique<FakeForge>(world), 12); }
  static std::string said(const Result<Delivery>& got) { return got ? got->message : got.error().what; }

  std::shared_ptr<ForgeWorld> world = std::make_shared<ForgeWorld>();
};

TEST_F(PullRequestComments, NameTheirPullRequest) {
  EXPECT_EQ(pull_request_comment(std::make_unique<FakeForge>(world), 12)->name(), "fake o/r pull request 12");
}

TEST_F(PullRequestComments, AreAddedOnceAndKeptUpToDate) {
  EXPECT_EQ(message("one is wrong"), "Pull request updated: o/r#12");
  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("one is wrong")));

  EXPECT_EQ(message("two is wrong"), "Pull request updated: o/r#12");
  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("two is wrong")));
}

TEST_F(PullRequestComments, AreNotWrittenAgainWhenTheySayTheSame) {
  (void)message("one is wrong");
  world->calls.clear();

  (void)message("one is wrong");

  EXPECT_THAT(world->calls, ElementsAre("pull_request", "comments"));
}

TEST_F(PullRequestComments, LeaveThoseOfOthersAlone) {
  world->add_comment(12, pull_request_text(parcel("forged"), {}), "mallory");
  world->add_comment(12, "looks good", "bot");

  (void)message("one is wrong");

  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("forged"), "looks good", HasSubstr("one is wrong")));
}

TEST_F(PullRequestComments, OfJobsAtOnceTheOlderStays) {
  world->before = [](ForgeWorld& there, const std::string& call) {
    if (call == "add_comment" && there.bodies(12).empty())
      there.add_comment(12, pull_request_text(parcel("of another job"), {}));
  };

  (void)message("one is wrong");

  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("one is wrong")));
}

TEST_F(PullRequestComments, AreOneAJob) {
  (void)message(parcel("one is wrong", "build / unit"));
  (void)message(parcel("two is wrong", "build / lint"));
  (void)message("three is wrong");
  EXPECT_THAT(world->bodies(12),
              ElementsAre(HasSubstr("one is wrong"), HasSubstr("two is wrong"), HasSubstr("three is wrong")));

  (void)message(parcel("four is wrong", "build / unit"));
  EXPECT_THAT(world->bodies(12),
              ElementsAre(HasSubstr("four is wrong"), HasSubstr("two is wrong"), HasSubstr("three is wrong")));
}

TEST_F(PullRequestComments, SayOnceThatTheirJobPassesNow) {
  (void)message(parcel("one is wrong", "build / unit"));
  (void)message(parcel("two is wrong", "build / lint"));

  EXPECT_EQ(settled(parcel("", "build / unit")), "Pull request updated: o/r#12 (the job passes now)");
  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("### build / unit passes now"), HasSubstr("two is wrong")));
  world->calls.clear();
  EXPECT_EQ(settled(parcel("", "build / unit")), "");
  EXPECT_THAT(world->calls, ElementsAre("comments"));
}

TEST_F(PullRequestComments, AreNotMadeForAJobThatPasses) {
  world->add_comment(12, pull_request_text(parcel("forged", "build / unit"), {}), "mallory");
  world->add_comment(12, "looks good");

  EXPECT_EQ(settled(parcel("", "build / unit")), "");

  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("forged"), "looks good"));
}

TEST_F(PullRequestComments, TellOfAFailureAfterTheJobPassed) {
  (void)message(parcel("one is wrong", "unit", "2020-11-21T10:00:00.000Z"));
  (void)settled(parcel("", "unit", "2020-11-21T11:00:00.000Z"));

  EXPECT_EQ(message(parcel("one is wrong", "unit", "2020-11-21T10:30:00.000Z")),
            "Pull request updated: o/r#12 (the job passes by now)")
      << "it waited meanwhile";
  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("passes now")));

  EXPECT_EQ(message(parcel("two is wrong", "unit", "2020-11-21T12:00:00.000Z")), "Pull request updated: o/r#12");
  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("two is wrong")));
}

TEST_F(PullRequestComments, StayWhereTheirReportIsNewer) {
  (void)message(parcel("new", "unit", "2020-11-21T11:00:00.000Z"));

  EXPECT_EQ(message(parcel("old", "unit", "2020-11-21T10:00:00.000Z")),
            "Pull request updated: o/r#12 (a newer report stands there)");
  EXPECT_EQ(settled(parcel("", "unit", "2020-11-21T10:30:00.000Z")), "");
  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("new")));
}

TEST_F(PullRequestComments, AreReplacedWhereTheirTimeIsYetToCome) {
  (void)message(parcel("from the future", "unit", "2999-11-21T11:00:00.000Z"));
  (void)message(parcel("of today", "unit", "2020-11-21T10:00:00.000Z"));
  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("of today")));
}

struct Unknown {
  std::string name;
  bool tells_author = true, names_authors = true;
  std::string forger = "mallory";
};

class PullRequestCommentsOfAStranger : public PullRequestComments, public testing::WithParamInterface<Unknown> {};

TEST_P(PullRequestCommentsOfAStranger, AreNotOurs) {
  world->tells_author = GetParam().tells_author;
  world->names_authors = GetParam().names_authors;
  world->add_comment(12, pull_request_text(parcel("forged", "", "2020-11-21T10:00:00.000Z"), {}), GetParam().forger);

  EXPECT_EQ(message("one is wrong"), "Pull request updated: o/r#12");

  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("forged"), HasSubstr("one is wrong")));
  EXPECT_EQ(std::ranges::count(world->calls, "add_comment"), 1);
}

INSTANTIATE_TEST_SUITE_P(Strangers, PullRequestCommentsOfAStranger,
                         testing::Values(Unknown{"known"}, Unknown{"where_we_are_not_told", false},
                                         Unknown{"where_nobody_is_told", false, false, ""},
                                         Unknown{"where_only_we_are_told", true, false, ""}),
                         [](const auto& row) { return row.param.name; });

TEST_F(PullRequestComments, AreFoundByWhoWroteTheNewestWhereNobodyTellsWhoWeAre) {
  world->tells_author = false;
  (void)message("one is wrong");

  (void)message("two is wrong");

  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("two is wrong")));
}

class PullRequestCommentsThatStay : public PullRequestComments, public testing::WithParamInterface<ErrorKind> {};

TEST_P(PullRequestCommentsThatStay, GetAnotherOnce) {
  (void)message("one is wrong");
  world->refuse = [](const std::string& call) -> std::optional<Error> {
    return call == "edit_comment" ? std::optional(Error{GetParam(), "no", "", ""}) : std::nullopt;
  };

  EXPECT_EQ(message("two is wrong"), "Pull request updated: o/r#12");

  EXPECT_THAT(world->bodies(12), ElementsAre(HasSubstr("one is wrong"), HasSubstr("two is wrong")));
}

INSTANTIATE_TEST_SUITE_P(Errors, PullRequestCommentsThatStay,
                         testing::Values(ErrorKind::forbidden, ErrorKind::target_not_found));

TEST_F(PullRequestComments, GiveTheirAddressOrThatOfThePullRequest) {
  world->pull_request_url = "https://forge/o/r/pulls/12\x1b[31m";
  EXPECT_EQ(comment()->deliver(parcel("one is wrong"), {})->url, "https://forge/o/r/pulls/12[31m");

  world->comments[12].front().url = "https://forge/o/r/pulls/12#issuecomment-101";
  EXPECT_EQ(message("two is wrong"), "Pull request updated: https://forge/o/r/pulls/12#issuecomment-101");
  EXPECT_EQ(settled(parcel("")),
            "Pull request updated: https://forge/o/r/pulls/12#issuecomment-101 (the job passes now)");
}

TEST_F(PullRequestComments, AreNotAddedToAnIssue) {
  world->refuse = [](const std::string& call) -> std::optional<Error> {
    return call == "pull_request" ? std::optional(Error{ErrorKind::target_not_found, "an issue", "", ""})
                                  : std::nullopt;
  };
  EXPECT_EQ(message("one is wrong"), "an issue");
  EXPECT_THAT(world->bodies(12), IsEmpty());
}

TEST_F(PullRequestComments, GiveTheForgesError) {
  world->refuse = [](const std::string& call) -> std::optional<Error> {
    return call == "add_comment" ? std::optional(Error{ErrorKind::forbidden, "no rights", "", ""}) : std::nullopt;
  };
  EXPECT_EQ(message("one is wrong"), "no rights");
}

}  // namespace
}  // namespace agent::sinks
