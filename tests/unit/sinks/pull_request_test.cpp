#include "sinks/pull_request.hpp"

#include "support/fake_forge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

using test::FakeForge;
using test::ForgeWorld;
using testing::ElementsAre;
using testing::HasSubstr;

Parcel parcel(const std::string& cause) {
  Parcel made{.report = {}, .id = "1111111111111111"};
  made.report.fingerprint = "0123456789abcdef";
  made.report.verdict = Verdict::failing;
  made.report.cause = cause;
  return made;
}

class PullRequestComments : public testing::Test {
 protected:
  std::string message(const std::string& cause) {
    const auto got = pull_request_comment(std::make_unique<FakeForge>(world), 12)->deliver(parcel(cause), {});
    return got ? got->message : got.error().what;
  }

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

  EXPECT_THAT(world->calls, ElementsAre("comments"));
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

TEST_F(PullRequestComments, GiveTheForgesError) {
  world->refuse = [](const std::string& call) -> std::optional<Error> {
    return call == "add_comment" ? std::optional(Error{ErrorKind::forbidden, "no rights", "", ""}) : std::nullopt;
  };
  EXPECT_EQ(message("one is wrong"), "no rights");
}

}  // namespace
}  // namespace agent::sinks
