#include "sinks/tool_forge.hpp"

#include "sinks/issue_tracker.hpp"
#include "sinks/tool_forge_answer.hpp"
#include "support/fake_tool.hpp"
#include "support/forge_tools.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace agent::sinks {
namespace {

using nlohmann::json;
using test::ForgeWorld;
using World = std::shared_ptr<ForgeWorld>;

const std::string label = "agent/0123456789abcdef";
const std::string marker = "<!-- agent:issue fingerprint=0123456789abcdef parcels=a times=1 -->";

struct Dialect {
  std::string name, forge;
  test::Tools (*tools)(const World&) = nullptr;
  bool labels = true, edits_comments = true;
};

class Dialects : public testing::TestWithParam<Dialect> {
 protected:
  std::unique_ptr<Forge> open() {
    auto made =
        tool_forge(GetParam().tools(world),
                   {.name = GetParam().forge, .owner = "o", .repository = "r", .web_url = "https://forge.example"});
    if (!made) throw std::runtime_error(describe(made.error()));
    return *std::move(made);
  }

  /// `count` issues with nothing of ours, and a pull request.
  void fill(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      world->issues.push_back({.number = world->issues.size() + 1, .title = "other", .body = "text", .author = "eve"});
  }

  World world = std::make_shared<ForgeWorld>();
};

TEST_P(Dialects, CreateAnIssueThatIsFoundAgain) {
  fill(3);
  const auto forge = open();

  const auto made =
      forge->create({.title = "test: it broke", .body = marker + "\n\nText", .labels = {label, "ci"}}, {});
  const auto found = forge->issues(label, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->number, 4U);
  EXPECT_EQ(made->url, "https://forge.example/o/r/issues/4");
  EXPECT_TRUE(made->open);
  ASSERT_TRUE(found) << describe(found.error());
  const auto ours = std::ranges::find(*found, 4U, &ForgeIssue::number);
  ASSERT_NE(ours, found->end());
  EXPECT_EQ(ours->title, "test: it broke");
  EXPECT_EQ(ours->url, "https://forge.example/o/r/issues/4");
  EXPECT_EQ(ours->body.substr(0, ours->body.find('\n')), marker);
  EXPECT_EQ(ours->author, "bot");
  EXPECT_TRUE(ours->open);
  EXPECT_TRUE(std::ranges::is_sorted(*found, {}, &ForgeIssue::number));
  if (GetParam().labels) {
    EXPECT_EQ(found->size(), 1U);
    EXPECT_EQ(world->issues.back().labels, (std::vector<std::string>{label, "ci"}));
  }
}

TEST_P(Dialects, FindALabelledIssueOnALaterPage) {
  fill(5);
  world->labels = {label};
  world->issues.push_back({.number = 6, .title = "ours", .body = marker, .open = false, .labels = {label}});
  fill(120);
  const auto forge = open();

  const auto found = forge->issues(label, {});

  ASSERT_TRUE(found) << describe(found.error());
  const auto ours = std::ranges::find(*found, 6U, &ForgeIssue::number);
  ASSERT_NE(ours, found->end());
  EXPECT_FALSE(ours->open);
}

TEST_P(Dialects, GiveTheNewestWhenNothingIsLabelled) {
  fill(20);
  world->issues.push_back({.number = 21, .title = "ours", .body = marker});
  const auto forge = open();

  const auto found = forge->issues(label, {});

  ASSERT_TRUE(found) << describe(found.error());
  const auto ours = std::ranges::find(*found, 21U, &ForgeIssue::number);
  ASSERT_NE(ours, found->end());
  EXPECT_TRUE(ours->body.starts_with(marker) || GetParam().name == "github");
}

TEST_P(Dialects, CloseReopenAndEdit) {
  fill(2);
  const auto forge = open();

  ASSERT_TRUE(forge->set_state(2, IssueState::closed, {}));
  EXPECT_FALSE(world->issues[1].open);
  ASSERT_TRUE(forge->set_state(2, IssueState::open, {}));
  EXPECT_TRUE(world->issues[1].open);
  ASSERT_TRUE(forge->set_state(1, IssueState::duplicate, {}));
  EXPECT_FALSE(world->issues[0].open);
  EXPECT_EQ(world->state_reason, GetParam().name == "github" ? "not_planned" : "");
  ASSERT_TRUE(forge->edit_body(1, "new text", {}));
  EXPECT_EQ(world->issues[0].body, "new text");
  EXPECT_EQ(world->issues[0].title, "other");
}

TEST_P(Dialects, Comment) {
  fill(2);
  const auto forge = open();
  const std::string body = "<!-- agent:repeats fingerprint=0123456789abcdef times=2 -->\nAgain";

  const auto first = forge->add_comment(2, body, {});
  const auto second = forge->add_comment(2, "second", {});
  const auto read = forge->comments(2, {});

  ASSERT_TRUE(first) << describe(first.error());
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(first->id, 900U);
  ASSERT_TRUE(read) << describe(read.error());
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].id, 900U);
  EXPECT_EQ((*read)[0].author, "bot");
  EXPECT_EQ((*read)[0].updated_at, "2026-11-21T10:00:00Z");
  EXPECT_EQ((*read)[0].body.substr(0, body.find('\n')), body.substr(0, body.find('\n')));
  EXPECT_EQ((*read)[1].body, "second");
}

TEST_P(Dialects, EditACommentWhereThereIsAToolForIt) {
  fill(1);
  const auto forge = open();
  ASSERT_TRUE(forge->add_comment(1, "first", {}));

  const auto edited = forge->edit_comment(1, 900, "edited", {});

  EXPECT_EQ(forge->edits_comments(), GetParam().edits_comments);
  EXPECT_EQ(edited.has_value(), GetParam().edits_comments);
  EXPECT_EQ(world->comments[0].body, GetParam().edits_comments ? "edited" : "first");
  if (!edited) EXPECT_EQ(edited.error().what, "the MCP server has no tool to edit a comment");
  const auto deleted = forge->delete_comment(1, 900, {});
  EXPECT_EQ(deleted.has_value(), GetParam().edits_comments);
  if (deleted) EXPECT_EQ(world->comments[0].body, "Counted in the comment above.");
}

TEST_P(Dialects, LeaveOutAnAssigneeThatTheForgeDoesNotKnow) {
  const auto forge = open();

  const auto made = forge->create({.title = "t", .body = "b", .labels = {label}, .assignees = {"nobody"}}, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(world->issues.size(), 1U);
  EXPECT_TRUE(world->issues[0].assignees.empty());
  EXPECT_EQ(world->issues[0].labels.empty(), !GetParam().labels);
}

Parcel parcel(std::string id) {
  Parcel made{.id = std::move(id)};
  made.report.fingerprint = "0123456789abcdef";
  made.report.cause = "it broke";
  made.report.verdict = Verdict::failing;
  return made;
}

TEST_P(Dialects, CarryATracker) {
  fill(3);
  const auto tracker = issue_tracker(
      open(), {.update_every = std::chrono::milliseconds(0), .settle_wait = std::chrono::milliseconds(1)});

  const auto created = tracker->deliver(parcel("00000000000000aa"), {});
  const auto sent_again = tracker->deliver(parcel("00000000000000aa"), {});
  const auto updated = tracker->deliver(parcel("00000000000000bb"), {});
  const auto again = tracker->deliver(parcel("00000000000000cc"), {});

  ASSERT_TRUE(created) << describe(created.error());
  EXPECT_EQ(created->message, "Issue created: https://forge.example/o/r/issues/4");
  ASSERT_TRUE(sent_again) << describe(sent_again.error());
  EXPECT_EQ(sent_again->message, created->message);
  ASSERT_TRUE(updated) << describe(updated.error());
  EXPECT_EQ(updated->message, "Issue updated: https://forge.example/o/r/issues/4");
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(again->message, GetParam().edits_comments
                                ? updated->message
                                : "Issue known: https://forge.example/o/r/issues/4 (its repeats are not counted: the "
                                  "MCP server can't edit a comment)");
  EXPECT_EQ(world->issues.size(), 4U);
  EXPECT_EQ(world->comments.size(), 1U);
}

TEST_P(Dialects, SayWhoWeAre) {
  const auto forge = open();

  EXPECT_EQ(forge->author({}), "bot");
  EXPECT_EQ(forge->name(), GetParam().forge);
  EXPECT_EQ(forge->repository(), "o/r");
}

INSTANTIATE_TEST_SUITE_P(Servers, Dialects,
                         testing::Values(Dialect{"old_gitea", "gitea", test::old_gitea, false, true},
                                         Dialect{"gitea", "gitea", test::gitea, true, true},
                                         Dialect{"pypi_gitea", "gitea", test::pypi_gitea, false, false},
                                         Dialect{"old_github", "github", test::old_github, true, false},
                                         Dialect{"github", "github", test::github, true, false}),
                         [](const auto& info) { return info.param.name; });

TEST(ToolForge, ReadsNoIssueOfAnotherByItself) {
  const auto world = std::make_shared<ForgeWorld>();
  world->issues = {{.number = 1, .body = "x", .author = "eve"}, {.number = 2, .body = marker, .author = "bot"}};
  const auto forge = tool_forge(test::gitea(world), {.name = "gitea", .owner = "o", .repository = "r"});

  const auto found = (*forge)->issues(label, {});

  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].body, marker);
  EXPECT_EQ(std::ranges::count_if(world->calls, [](const auto& call) { return call.starts_with("issue_read"); }), 1);
}

TEST(ToolForge, DeletesItsLabelWhenAnotherRunMadeTheSame) {
  const auto world = std::make_shared<ForgeWorld>();
  world->rival_makes_label = true;
  const auto forge = tool_forge(test::gitea(world), {.name = "gitea", .owner = "o", .repository = "r"});

  const auto made = (*forge)->create({.title = "t", .body = "b", .labels = {label}}, {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(world->labels, std::vector<std::string>{label});
  EXPECT_EQ(world->issues[0].labels, std::vector<std::string>{label});
}

/// Another tool, whose success it tells in words.
class InWords final : public tools::Tool {
 public:
  InWords(std::shared_ptr<tools::Tool> tool, std::string words) : tool_(std::move(tool)), words_(std::move(words)) {}
  std::string name() const override { return tool_->name(); }
  std::string description() const override { return tool_->description(); }
  json input_schema() const override { return tool_->input_schema(); }
  tools::ToolEffect effect() const override { return tool_->effect(); }
  tools::ToolResult call(const json& arguments, std::stop_token stop) override {
    const auto done = tool_->call(arguments, stop);
    return done.status == tools::ToolStatus::ok ? tools::ToolResult{.text = words_} : done;
  }

 private:
  std::shared_ptr<tools::Tool> tool_;
  std::string words_;
};

class WordsOfACreation : public testing::TestWithParam<std::string> {};

TEST_P(WordsOfACreation, AreNotBelieved) {
  const auto world = std::make_shared<ForgeWorld>();
  world->issues = {{.number = 1, .title = "other", .body = "text", .author = "eve"}};
  auto tools = test::old_github(world);
  for (auto& tool : tools)
    if (tool->name() == "create_issue") tool = std::make_shared<InWords>(tool, GetParam());
  auto forge = tool_forge(tools, {.name = "github", .owner = "o", .repository = "r"});
  ASSERT_TRUE(forge) << describe(forge.error());
  const auto tracker = issue_tracker(*std::move(forge), {.settle_wait = std::chrono::milliseconds(1)});

  const auto created = tracker->deliver(parcel("00000000000000aa"), {});

  ASSERT_TRUE(created) << describe(created.error());
  EXPECT_EQ(created->message, "Issue created: https://forge.example/o/r/issues/2");
  EXPECT_EQ(created->url, "https://forge.example/o/r/issues/2");
  EXPECT_TRUE(world->issues[0].open);
  EXPECT_TRUE(world->comments.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Answers, WordsOfACreation,
    testing::Values("Created issue https://forge.example/o/r/issues/2 with title 'GET /o/r/issues/1'",
                    "Created 'see #1'", "Created issue #1: https://forge.example/o/r/issues/1",
                    R"({"result": "Created /issues/2: '/issues/1'"})", ""));

TEST(ToolForge, LeavesPullRequestsOut) {
  const auto world = std::make_shared<ForgeWorld>();
  world->issues = {{.number = 1, .body = marker, .labels = {label}, .pull_request = true},
                   {.number = 2, .body = marker, .labels = {label}}};
  const auto forge = tool_forge(test::old_github(world), {.name = "github", .owner = "o", .repository = "r"});

  const auto found = (*forge)->issues(label, {});

  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].number, 2U);
}

TEST(ToolForge, SaysWhichToolsAreMissing) {
  const auto forge = tool_forge({test::saying("list_issues", "[]"), test::saying("create_issue", "")},
                                {.name = "gitea", .owner = "o", .repository = "r"});

  ASSERT_FALSE(forge);
  EXPECT_EQ(forge.error().kind, ErrorKind::settings);
  EXPECT_EQ(
      forge.error().what,
      "the MCP server has no tool to list issues, create issues, edit issues, comment on issues, make labels or say "
      "who we are");
}

/// A tool with a schema whose answer is fixed.
class Fixed final : public tools::Tool {
 public:
  Fixed(std::string name, json properties, json required, tools::ToolResult result)
      : name_(std::move(name)),
        schema_{{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}},
        result_(std::move(result)) {}
  std::string name() const override { return name_; }
  std::string description() const override { return ""; }
  json input_schema() const override { return schema_; }
  tools::ToolEffect effect() const override { return tools::ToolEffect::changes; }
  tools::ToolResult call(const json& arguments, std::stop_token) override {
    asked = arguments;
    return result_;
  }
  json asked;

 private:
  std::string name_;
  json schema_;
  tools::ToolResult result_;
};

/// A server with other words, behind a prefix.
struct Renamed {
  explicit Renamed(const tools::ToolResult& created) {
    const json text = {{"type", "string"}};
    const auto tool = [&](const std::string& name, json properties, const json& required,
                          const tools::ToolResult& result) {
      properties.update({{"repository", text}});
      all.push_back(std::make_shared<Fixed>("forgejo-" + name, properties, required, result));
      return std::static_pointer_cast<Fixed>(all.back());
    };
    tool("list-issues", {{"labels", text}}, {"repository"}, {.text = "No issues found"});
    create =
        tool("create-issue", {{"title", text}, {"content", text}, {"labels", text}}, {"repository", "title"}, created);
    edit = tool("update_issue", {{"id", text}, {"status", {{"type", "string"}, {"enum", {"Open", "Closed"}}}}},
                {"repository", "id"}, {.text = "Updated."});
    tool("get_me", json::object(), json::array(), {.text = R"({"login":"bot"})"});
    tool("add_comment", {{"id", text}, {"text", text}}, {"repository", "id", "text"}, {.text = "Commented."});
  }
  [[nodiscard]] Result<std::unique_ptr<Forge>> open() const {
    return tool_forge(all, {.name = "gitea", .owner = "o", .repository = "r"});
  }
  test::Tools all;
  std::shared_ptr<Fixed> create, edit;
};

TEST(ToolForge, FillsArgumentsAsTheSchemaHasThem) {
  const Renamed server({.text = R"({"url":"https://f.example/o/r/issues/5"})"});
  const auto forge = server.open();
  ASSERT_TRUE(forge) << describe(forge.error());

  const auto made = (*forge)->create({.title = "t", .body = "b", .labels = {"x", "y"}}, {});
  const auto closed = (*forge)->set_state(5, IssueState::closed, {});
  const auto found = (*forge)->issues("x", {});

  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->number, 5U);
  EXPECT_EQ(made->url, "https://f.example/o/r/issues/5");
  EXPECT_EQ(server.create->asked, json({{"repository", "o/r"}, {"title", "t"}, {"content", "b"}, {"labels", "x,y"}}));
  ASSERT_TRUE(closed) << describe(closed.error());
  EXPECT_EQ(server.edit->asked, json({{"repository", "o/r"}, {"id", "5"}, {"status", "Closed"}}));
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_TRUE(found->empty());
}

TEST(ToolForge, TakesNoToolThatWantsMoreThanItCanGive) {
  Renamed server({});
  server.all.push_back(std::make_shared<Fixed>("create_issue",
                                               json({{"repo", {{"type", "string"}}},
                                                     {"title", {{"type", "string"}}},
                                                     {"body", {{"type", "string"}}},
                                                     {"team_id", {{"type", "string"}}}}),
                                               json({"repo", "title", "team_id"}),
                                               tools::ToolResult{.text = "wrong tool"}));
  server.all.erase(server.all.begin() + 1);

  const auto forge = server.open();

  ASSERT_FALSE(forge);
  EXPECT_EQ(forge.error().what, "the MCP server has no tool to create issues");
}

struct FailureCase {
  std::string name;
  tools::ToolResult result;
  ErrorKind kind = ErrorKind::bug;
  std::string what;
};

class Failures : public testing::TestWithParam<FailureCase> {};

TEST_P(Failures, AreToldByTheirWords) {
  const Renamed server(GetParam().result);
  const auto forge = server.open();
  ASSERT_TRUE(forge) << describe(forge.error());

  const auto made = (*forge)->create({.title = "t", .body = "b"}, {});

  ASSERT_FALSE(made);
  EXPECT_EQ(traits(made.error().kind).name, traits(GetParam().kind).name);
  EXPECT_EQ(made.error().what, GetParam().what);
  EXPECT_EQ(made.error().where, "tool 'forgejo-create-issue' for 'o/r'");
}

tools::ToolResult refused(std::string words) { return {.status = tools::ToolStatus::error, .text = std::move(words)}; }

constexpr const char* cannot = "the forge's MCP server can't create an issue: ";

INSTANTIATE_TEST_SUITE_P(
    Answers, Failures,
    testing::Values(
        FailureCase{"github_401",
                    refused("failed to create issue: POST https://api.github.com/repos/o/r/issues: 401 "
                            "Bad credentials []"),
                    ErrorKind::unauthorised,
                    std::string(cannot) +
                        "failed to create issue: POST https://api.github.com/repos/o/r/issues: 401 Bad credentials []"},
        FailureCase{"github_403", refused("403 Resource not accessible by personal access token []"),
                    ErrorKind::forbidden,
                    std::string(cannot) + "403 Resource not accessible by personal access token []"},
        FailureCase{"github_secondary_limit", refused("403 You have exceeded a secondary rate limit"),
                    ErrorKind::delivery_failed, std::string(cannot) + "403 You have exceeded a secondary rate limit"},
        FailureCase{"gitea_404", refused("create o/r/issue err: The target couldn't be found."),
                    ErrorKind::target_not_found,
                    std::string(cannot) + "create o/r/issue err: The target couldn't be found."},
        FailureCase{"pypi_403", refused("Error executing tool create_issue: [POST https://f/issues] 403: {}"),
                    ErrorKind::forbidden,
                    std::string(cannot) + "Error executing tool create_issue: [POST https://f/issues] 403: {}"},
        FailureCase{"issue_404_is_no_status", refused("issue #404 is locked"), ErrorKind::delivery_failed,
                    std::string(cannot) + "issue #404 is locked"},
        FailureCase{"a_text_that_reads_as_success",
                    {.text = "Error: 401 Unauthorized"},
                    ErrorKind::unauthorised,
                    std::string(cannot) + "Error: 401 Unauthorized"},
        FailureCase{"json_that_reads_as_success",
                    {.text = R"({"message":"Not Found","documentation_url":"x"})"},
                    ErrorKind::target_not_found,
                    std::string(cannot) + "Not Found"},
        FailureCase{"structured_error",
                    {.text = "ok", .structured = json{{"error", "forbidden"}}},
                    ErrorKind::forbidden,
                    std::string(cannot) + "forbidden"},
        FailureCase{"no_number",
                    {.text = "Thanks!"},
                    ErrorKind::unreadable,
                    "the forge's MCP server does not say which issue it created"},
        FailureCase{"escapes", refused("\x1b[31mboom\n::error::x"), ErrorKind::delivery_failed,
                    std::string(cannot) + "[31mboom ::error::x"},
        FailureCase{"time_out",
                    {.status = tools::ToolStatus::timeout},
                    ErrorKind::unreachable,
                    "the forge's MCP server does not create an issue in time"},
        FailureCase{"server_gone",
                    {.status = tools::ToolStatus::error, .failure = Error{ErrorKind::unreachable, "gone", "", ""}},
                    ErrorKind::unreachable,
                    "the forge's MCP server can't be asked to create an issue: gone"}),
    [](const auto& info) { return info.param.name; });

struct ShapeCase {
  std::string name;
  tools::ToolResult result;
  std::uint64_t number = 0;
};

class Shapes : public testing::TestWithParam<ShapeCase> {};

TEST_P(Shapes, OfAnIssueAreRead) {
  const auto answer = read_answer(GetParam().result, "read an issue", "tool 'x'");

  ASSERT_TRUE(answer) << describe(answer.error());
  const auto rows = rows_of(answer->value);
  const ForgeIssue issue = rows.empty() ? told_issue(answer->value) : told_issue(rows[0]);
  EXPECT_EQ(issue.number, GetParam().number);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, Shapes,
    testing::Values(ShapeCase{"an_array", {.text = R"([{"number":5}])"}, 5},
                    ShapeCase{"an_object", {.text = R"({"number":5,"labels":[{"id":7,"name":"x"}],"title":"t"})"}, 5},
                    ShapeCase{"issues", {.text = R"({"issues":[{"index":5}]})"}, 5},
                    ShapeCase{"data_in_data", {.text = R"({"data":{"data":[{"issue_number":"5"}]}})"}, 5},
                    ShapeCase{"nodes", {.text = R"({"issues":{"nodes":[{"number":5}],"pageInfo":{}}})"}, 5},
                    ShapeCase{"json_in_a_text", {.text = "", .structured = json{{"result", R"({"number":5})"}}}, 5},
                    ShapeCase{"blocks", {.text = "{\n \"number\": 5\n}\n{\n \"number\": 6\n}"}, 5},
                    ShapeCase{"address_alone", {.text = R"({"id":"99","url":"https://h/o/r/issues/5"})"}, 5},
                    ShapeCase{"words", {.text = "Issue created: http://h/o/r/issues/5\nThank you"}, 0},
                    ShapeCase{"inner_issue", {.text = R"({"issue":{"number":5},"message":"created"})"}, 5},
                    ShapeCase{"null", {.text = "null"}, 0}, ShapeCase{"empty", {.text = ""}, 0},
                    ShapeCase{
                        "other_types", {.text = R"([{"number":-5,"title":[],"labels":7,"user":false,"state":{}}])"}, 0},
                    ShapeCase{"number_too_large", {.text = R"({"number":99999999999999999999999})"}, 0},
                    ShapeCase{"brackets_without_end", {.text = std::string(200'000, '[')}, 0},
                    ShapeCase{"wraps_without_end",
                              {.text =
                                   [] {
                                     std::string text;
                                     for (int i = 0; i < 90; ++i) text += R"({"data":)";
                                     return text + "1" + std::string(90, '}');
                                   }()},
                              0}),
    [](const auto& info) { return info.param.name; });

TEST(ShownMarker, IsPutBackWhereAServerTookItAway) {
  const std::string body = marker + "\n\ntext";
  const std::string twice = with_shown_marker(body);

  EXPECT_EQ(with_marker(twice), twice);
  EXPECT_EQ(with_marker(twice.substr(marker.size())).substr(0, marker.size() + 1), marker + "\n");
  EXPECT_EQ(with_marker("&lt;" + body.substr(1)), body);
  EXPECT_EQ(with_marker("text\n`agent:x`\nmore"), "text\n`agent:x`\nmore");
  EXPECT_EQ(with_marker(""), "");
  EXPECT_EQ(with_shown_marker("no marker"), "no marker");
}

}  // namespace
}  // namespace agent::sinks
