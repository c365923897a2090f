#include "loop/filing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::loop {
namespace {

using nlohmann::json;

struct NameCase {
  std::string tool;
  bool files;
};

class FilesAnIssue : public testing::TestWithParam<NameCase> {};

TEST_P(FilesAnIssue, IsToldByTheName) { EXPECT_EQ(files_an_issue(GetParam().tool), GetParam().files); }

INSTANTIATE_TEST_SUITE_P(Names, FilesAnIssue,
                         testing::Values(NameCase{"create_issue", true}, NameCase{"issue_write", true},
                                         NameCase{"create_or_update_issue", true}, NameCase{"gitea_create_issue", true},
                                         NameCase{"createIssue", true}, NameCase{"jira-create-ticket", true},
                                         NameCase{"issues_create", true}, NameCase{"open_issue", true},
                                         NameCase{"file_bug", true}, NameCase{"CREATE_ISSUE", true},
                                         NameCase{"create_issue_2", true}, NameCase{"list_issues", false},
                                         NameCase{"issue_read", false}, NameCase{"get_issue", false},
                                         NameCase{"search_issues", false}, NameCase{"add_issue_comment", false},
                                         NameCase{"issue_add_labels", false}, NameCase{"create_file", false},
                                         NameCase{"pods_log", false}, NameCase{"tissue_create", false},
                                         NameCase{"", false}),
                         [](const auto& info) {
                           std::string name = info.param.tool.empty() ? "nothing" : info.param.tool;
                           for (char& letter : name) letter = letter == '-' ? '_' : letter;
                           return name + (info.param.tool == "CREATE_ISSUE" ? "_in_capitals" : "");
                         });

TEST(ProposalOf, TakesTitleAndBody) {
  const auto proposal = proposal_of("create_issue", {{"title", "db is down"}, {"body", "since\nmonday"}}, {});

  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->tool, "create_issue");
  EXPECT_EQ(proposal->title, "db is down");
  EXPECT_EQ(proposal->body, "since\nmonday");
}

TEST(ProposalOf, RedactsBeforeItCuts) {
  const auto hide = [](std::string_view text) {
    return text.find("hunter2") == std::string_view::npos ? std::string(text) : "[REDACTED:password#1]";
  };

  const auto proposal =
      proposal_of("create_issue", {{"title", "t"}, {"body", std::string(7'997, 'x') + "hunter2"}}, hide);

  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->body, "[REDACTED:password#1]");
}

TEST(ProposalOf, CutsWhatIsTooLong) {
  const auto proposal =
      proposal_of("create_issue", {{"title", std::string(300, 't')}, {"body", std::string(9'000, 'b')}}, {});

  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->title, std::string(199, 't') + "…");
  EXPECT_EQ(proposal->body, std::string(7'999, 'b') + "…");
}

TEST(ProposalOf, NeedsATitleOrABody) {
  EXPECT_FALSE(proposal_of("create_issue", json::object(), {}));
  EXPECT_FALSE(proposal_of("create_issue", {{"title", 7}}, {}));
  EXPECT_FALSE(proposal_of("create_issue", "title", {}));
  EXPECT_TRUE(proposal_of("create_ticket", {{"summary", "db is down"}}, {}));
}

}  // namespace
}  // namespace agent::loop
