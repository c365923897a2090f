#include "sinks/gitea.hpp"

#include "unit/sinks/forge_server.hpp"

#include <map>

namespace agent::sinks {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string label = "agent/0123456789abcdef";

/// Answers by what a request begins with: the longest wins.
ForgeServer answering(std::map<std::string, Reply> replies) {
  return ForgeServer([replies = std::move(replies)](const std::string& asked, const auto& /*request*/) -> Reply {
    const Reply* found = nullptr;
    std::size_t length = 0;
    for (const auto& [begin, reply] : replies)
      if (asked.starts_with(begin) && begin.size() >= length) {
        found = &reply;
        length = begin.size();
      }
    return found == nullptr ? Reply{404, R"({"message":"The target couldn't be found."})"} : *found;
  });
}

const std::string list = "GET /api/v1/repos/o/r/issues?", any = "GET /api/v1/repos/issues/search?",
                  about = "GET /api/v1/repos/o/r", labels = "GET /api/v1/repos/o/r/labels?",
                  make = "POST /api/v1/repos/o/r/issues", make_label = "POST /api/v1/repos/o/r/labels";
const std::string labelled = label_json(3, label);

TEST(Gitea, ListsIssuesOfALabel) {
  const auto server = answering({{list, {200, "[" + issue_json(4, labelled) + "," + issue_json(2, labelled) + "]"}}});

  const auto issues = gitea_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues) << describe(issues.error());
  ASSERT_THAT(*issues, SizeIs(2));
  EXPECT_EQ(issues->front().number, 2U);
  EXPECT_THAT(server.asked(), SizeIs(1));
  EXPECT_THAT(server.asked().front(), HasSubstr("type=issues"));
  EXPECT_THAT(server.asked().front(), HasSubstr("state=all"));
  EXPECT_EQ(server.seen().front().header("authorization"), "token sesame-0123456789");
}

TEST(Gitea, TakesItsAddressWithTheApisPathToo) {
  const auto server = answering({{list, {200, "[" + issue_json(4, labelled) + "]"}}});
  auto access = server.access();
  access.api_url += "/api/v1/";
  EXPECT_TRUE(gitea_forge(access)->issues(label, {}));
}

TEST(Gitea, FindsNoneWhenTheLabelDoesNotExistAndAllIssuesCome) {
  const Reply all{200,
                  "[" + issue_json(4) + "," + issue_json(2, label_json(1, "bug")) + "]",
                  {{"Link", R"(<http://x>; rel="next")"}}};
  const auto server = answering({{list, all}, {about, {200, R"({"permissions":{"push":true}})"}}});

  const auto issues = gitea_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues);
  EXPECT_THAT(*issues, IsEmpty());
  EXPECT_THAT(server.asked(), SizeIs(2)) << "not page after page";
}

TEST(Gitea, FindsIssuesOfAnyOfTwoLabelsOfOneName) {
  const auto mine = [](int number, const std::string& repository) {
    return issue_json(number, labelled, R"(,"repository":{"full_name":")" + repository + "\"}");
  };
  const auto server =
      answering({{list, {200, "[]"}}, {any, {200, "[" + mine(4, "o/other") + "," + mine(2, "O/R") + "]"}}});

  const auto issues = gitea_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues);
  ASSERT_THAT(*issues, SizeIs(1)) << "of this repository";
  EXPECT_EQ(issues->front().number, 2U);
}

TEST(Gitea, ListsTheNewestIssuesWhereItMayNotLabel) {
  const auto server = answering({{list, {200, "[" + issue_json(4) + "]"}},
                                 {any, {200, "[]"}},
                                 {about, {200, R"({"permissions":{"push":false}})"}}});

  const auto issues = gitea_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues);
  EXPECT_THAT(*issues, SizeIs(1));
}

TEST(Gitea, MakesTheLabelsThatAreMissing) {
  int lists = 0;
  const ForgeServer server([&](const std::string& asked, const auto& /*request*/) -> Reply {
    if (asked.starts_with(labels))
      return {200, ++lists < 2 ? "[" + label_json(1, "ci") + "]" : "[" + label_json(1, "ci") + "," + labelled + "]"};
    if (asked.starts_with(make_label)) return {201, labelled};
    return {201, issue_json(4, labelled)};
  });

  const auto made = gitea_forge(server.access())->create({"title", "body", {label, "ci"}, {}}, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(nlohmann::json::parse(server.seen().back().body)["labels"], nlohmann::json({3, 1}));
  EXPECT_THAT(server.seen()[1].body, HasSubstr(R"("description":"One failure: agent finds its issue again)"));
}

TEST(Gitea, TakesTheOlderOfTwoLabelsThatWereMadeAtOnce) {
  int lists = 0;
  const ForgeServer server([&](const std::string& asked, const auto& /*request*/) -> Reply {
    if (asked.starts_with(labels)) return {200, ++lists < 2 ? "[]" : "[" + label_json(7, label) + "," + labelled + "]"};
    if (asked.starts_with(make_label)) return {201, label_json(7, label)};
    if (asked.starts_with("DELETE")) return {204, ""};
    return {201, issue_json(4, labelled)};
  });

  ASSERT_TRUE(gitea_forge(server.access())->create({"title", "body", {label}, {}}, {}));

  EXPECT_EQ(nlohmann::json::parse(server.seen().back().body)["labels"], nlohmann::json({3}));
  EXPECT_THAT(server.asked(), testing::Contains("DELETE /api/v1/repos/o/r/labels/7"));
}

TEST(Gitea, GoesOnWithoutALabelThatItMayNotMake) {
  const auto server = answering({{labels, {200, "[]"}}, {make_label, {403, "{}"}}, {make, {201, issue_json(4)}}});

  const auto made = gitea_forge(server.access())->create({"title", "body", {label}, {}}, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_THAT(made->labels, IsEmpty());
}

TEST(Gitea, LeavesOutAnAssigneeThatIsNotKnown) {
  const ForgeServer server([](const std::string& /*asked*/, const auto& request) -> Reply {
    if (request.body.find("assignees") == std::string::npos) return {201, issue_json(4)};
    return {422, R"({"message":"Assignee does not exist: [name: user does not exist [uid: 0, name: nobody]]"})"};
  });
  EXPECT_THAT(gitea_forge(server.access())->create({"title", "body", {}, {"nobody"}}, {})->unassigned,
              testing::ElementsAre("nobody"));
}

TEST(Gitea, KeepsTheAssigneesThatAreKnown) {
  const ForgeServer server([](const std::string& asked, const auto& request) -> Reply {
    if (asked.starts_with("GET /api/v1/repos/o/r/assignees")) return {200, R"([{"login":"Kim"},{"login":7},{}])"};
    if (request.body.find("nobody") == std::string::npos)
      return {201, issue_json(4, "", R"(,"assignees":[{"login":"Kim"}])")};
    return {422, R"({"message":"Assignee does not exist: [name: nobody]"})"};
  });

  const auto made = gitea_forge(server.access())->create({"title", "body", {}, {"nobody", "kim"}}, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_THAT(made->unassigned, testing::ElementsAre("nobody"));
  EXPECT_EQ(nlohmann::json::parse(server.seen().back().body)["assignees"], nlohmann::json::array({"kim"}));
}

TEST(Gitea, TellsOfAssigneesThatAreLeftOutWithoutAWord) {
  const auto server = answering({{make, {201, issue_json(4, "", R"(,"assignees":[])")}}});
  EXPECT_THAT(gitea_forge(server.access())->create({"title", "body", {}, {"kim"}}, {})->unassigned,
              testing::ElementsAre("kim"));
}

TEST(Gitea, ClosesAndOpens) {
  const auto server = answering({{"PATCH", {201, issue_json(4)}}});
  const auto forge = gitea_forge(server.access());
  EXPECT_TRUE(forge->set_state(4, IssueState::duplicate, {}));
  EXPECT_TRUE(forge->set_state(4, IssueState::open, {}));
  EXPECT_EQ(server.seen().front().body, R"({"state":"closed"})");
  EXPECT_EQ(server.seen().back().body, R"({"state":"open"})");
}

TEST(Gitea, ReadsCommentsThatComeAllAtOnce) {
  std::string many = "[";
  for (int id = 1; id <= 120; ++id)
    many += (id == 1 ? "" : ",") + (R"({"id":)" + std::to_string(id) + R"(,"body":"b"})");
  many += "]";
  const auto server = answering({{"GET /api/v1/repos/o/r/issues/4/comments", {200, many, {{"X-Total-Count", "120"}}}}});

  const auto comments = gitea_forge(server.access())->comments(4, {});

  ASSERT_TRUE(comments);
  EXPECT_THAT(*comments, SizeIs(120));
  EXPECT_THAT(server.asked(), SizeIs(1)) << "it has no pages of them";
}

TEST(Gitea, ReadsOnWhereAServerGivesSmallerPages) {
  const ForgeServer server([](const std::string& asked, const auto& /*request*/) -> Reply {
    if (asked.starts_with(list))
      return {200,
              "[" + issue_json(asked.ends_with("page=2") ? 1 : 2, labelled) + "]",
              {{"Link", asked.ends_with("page=1") ? R"(<http://x>; rel="next")" : R"(<http://x>; rel="first")"}}};
    return {404, ""};
  });

  const auto issues = gitea_forge(server.access())->issues(label, {});

  ASSERT_TRUE(issues);
  EXPECT_THAT(*issues, SizeIs(2));
}

TEST(Gitea, SaysThatIssuesAreTurnedOff) {
  const auto server = answering({{list, {404, "{}"}}, {about, {200, R"({"has_issues":false})"}}});

  const auto got = gitea_forge(server.access())->issues(label, {});

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::delivery_failed);
  EXPECT_EQ(got.error().what, "issues are turned off in 'o/r'");
}

TEST(Gitea, LearnsWhoItIsFromItsOwnIssuesWhereItMayNotAsk) {
  std::string made = "[]";
  const ForgeServer server([&](const std::string& asked, const auto& /*request*/) -> Reply {
    if (asked == "GET /api/v1/user") return {403, R"({"message":"required=[read:user]"})"};
    EXPECT_THAT(asked, HasSubstr("/repos/issues/search?created=true"));
    return {200, made};
  });
  const auto forge = gitea_forge(server.access());

  EXPECT_EQ(forge->author({}), "") << "there is none yet";
  made = "[" + issue_json(4) + "," + issue_json(2) + "]";
  EXPECT_EQ(forge->author({}), "bot");
  made = "[]";
  EXPECT_EQ(forge->author({}), "bot");
  EXPECT_THAT(server.asked(), SizeIs(3)) << "told once is enough";
}

TEST(Gitea, IsNobodyWhereIssuesOfSeveralCome) {
  const std::string other = R"({"number":5,"user":{"login":"mallory"}})";
  const auto server =
      answering({{"GET /api/v1/user", {403, "{}"}}, {any, {200, "[" + issue_json(4) + "," + other + "]"}}});
  EXPECT_EQ(gitea_forge(server.access())->author({}), "");
}

class GiteaRefuses : public testing::TestWithParam<Refused> {};

TEST_P(GiteaRefuses, AndItIsSaidWhy) {
  const auto server =
      ForgeServer([](const std::string& /*asked*/, const auto& /*request*/) { return GetParam().reply; });

  const auto got = gitea_forge(server.access())->issues(label, {});

  ASSERT_FALSE(got);
  expect_refused(GetParam(), got.error());
  EXPECT_GE(server.asked().size(), GetParam().requests);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, GiteaRefuses,
    testing::Values(
        Refused{"a_wrong_token",
                {401, R"({"message":"invalid username, password or token"})"},
                ErrorKind::unauthorised,
                "gitea does not accept the token",
                "THE_TOKEN"},
        Refused{
            "a_token_of_few_rights",
            {403,
             R"({"message":"token does not have at least one of required scope(s), required=[write:issue], token scope=read:issue"})"},
            ErrorKind::forbidden,
            "gitea refuses this to the token",
            "the right 'write:issue'"},
        Refused{"a_right_that_is_none",
                {403, R"({"message":"required=[\u001b[31mevil`<b>]"})"},
                ErrorKind::forbidden,
                "gitea refuses this to the token",
                "check what the token"},
        Refused{"a_missing_repository",
                {404, R"({"message":"The target couldn't be found."})"},
                ErrorKind::target_not_found,
                "the repository 'o/r' does not exist at gitea"},
        Refused{"an_archived_repository",
                {423, R"({"message":"o/r is archived"})"},
                ErrorKind::delivery_failed,
                "'o/r' takes no changes"},
        Refused{"a_server_error", {500, R"({"message":""})"}, ErrorKind::delivery_failed, "gitea fails", "", 4},
        Refused{"another_page", {200, R"({"hello":1})"}, ErrorKind::unreadable, "something else than a list"},
        Refused{"a_cut_body", {0, R"([{"number":)", {}, Reply::Fault::cut_within}, ErrorKind::unreadable, "", "", 4},
        Refused{"a_login_page", {200, "<html>"}, ErrorKind::unreadable, "something else than a list"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace agent::sinks
