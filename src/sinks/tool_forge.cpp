#include "sinks/tool_forge.hpp"

#include "base/text.hpp"
#include "sinks/forge_json.hpp"
#include "sinks/tool_forge_answer.hpp"
#include "sinks/tool_forge_dialect.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <set>
#include <string_view>
#include <utility>

namespace agent::sinks {
namespace {

using nlohmann::json;

constexpr std::uint64_t page_size = 50;  // what Gitea gives at most
constexpr int most_pages = 40, newest_pages = 6, newest_pages_with_labels = 2;
constexpr std::size_t most_read_alone = 50, few_rows = 10;
constexpr std::string_view our_marker = "<!-- agent:";
constexpr std::size_t marker_room = 1200;  // code points, for the marker's second place

/// What tells a row of a list from the others.
std::string key_of(const json& row) {
  for (const std::string_view key : {"id", "number", "index", "name"})
    if (const json& value = member(row, key); value.is_primitive() && !value.is_null())
      return value.dump(-1, ' ', true, json::error_handler_t::replace);
  return row.dump(-1, ' ', true, json::error_handler_t::replace);
}

class ToolForge final : public Forge {
 public:
  ToolForge(ToolForgeOptions options, const std::vector<std::shared_ptr<tools::Tool>>& tools)
      : options_(std::move(options)),
        list_(find_tool(tools, Ability::list_issues)),
        get_(find_tool(tools, Ability::get_issue)),
        create_(find_tool(tools, Ability::create_issue)),
        edit_(find_tool(tools, Ability::edit_issue)),
        comment_(find_tool(tools, Ability::add_comment)),
        comments_(find_tool(tools, Ability::list_comments)),
        edit_comment_(find_tool(tools, Ability::edit_comment)),
        delete_comment_(find_tool(tools, Ability::delete_comment)),
        labels_(find_tool(tools, Ability::list_labels)),
        make_label_(find_tool(tools, Ability::make_label)),
        delete_label_(find_tool(tools, Ability::delete_label)),
        who_am_i_(find_tool(tools, Ability::who_am_i)) {}

  /// "list issues, comment"; empty when all is there that can't be done without.
  [[nodiscard]] std::string missing() const;

  [[nodiscard]] std::string name() const override { return options_.name; }
  [[nodiscard]] std::string repository() const override { return options_.owner + "/" + options_.repository; }
  [[nodiscard]] ForgeLimits limits() const override;
  [[nodiscard]] std::string author(const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<ForgeIssue>> issues(const std::string& label, const std::stop_token& stop) override;
  [[nodiscard]] Result<ForgeIssue> create(const NewIssue& issue, const std::stop_token& stop) override;
  [[nodiscard]] Result<void> set_state(std::uint64_t number, IssueState state, const std::stop_token& stop) override;
  [[nodiscard]] Result<void> edit_body(std::uint64_t number, const std::string& body,
                                       const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<ForgeComment>> comments(std::uint64_t number, const std::stop_token& stop) override;
  [[nodiscard]] Result<ForgeComment> add_comment(std::uint64_t number, const std::string& body,
                                                 const std::stop_token& stop) override;
  [[nodiscard]] bool edits_comments() const override { return edit_comment_.has_value(); }
  [[nodiscard]] Result<void> edit_comment(std::uint64_t number, std::uint64_t comment, const std::string& body,
                                          const std::stop_token& stop) override;
  [[nodiscard]] Result<void> delete_comment(std::uint64_t number, std::uint64_t comment,
                                            const std::stop_token& stop) override;

 private:
  [[nodiscard]] bool hides_markers() const { return options_.name == "github"; }
  [[nodiscard]] std::string written(const std::string& body) const {
    return hides_markers() ? with_shown_marker(body) : body;
  }
  [[nodiscard]] std::string read(std::string body) const {
    return hides_markers() ? with_marker(std::move(body)) : body;
  }
  [[nodiscard]] std::string place(const MappedTool& tool) const {
    return "tool '" + quoted_words(tool.tool().name()) + "' for '" + repository() + "'";
  }
  [[nodiscard]] json arguments(const MappedTool& tool) const { return tool.base(options_.owner, options_.repository); }
  [[nodiscard]] Result<ToolAnswer> call(const MappedTool& tool, const json& arguments, std::string_view asked,
                                        const std::stop_token& stop) const {
    return read_answer(tool.tool().call(arguments, stop), asked, place(tool));
  }

  /// The rows of at most `pages` pages, each once.
  [[nodiscard]] Result<std::vector<json>> rows(const MappedTool& tool, json arguments, std::string_view asked,
                                               int pages, const std::stop_token& stop) const;
  [[nodiscard]] Result<std::vector<ForgeIssue>> list(const std::string& label, int pages,
                                                     const std::stop_token& stop) const;
  [[nodiscard]] Result<ForgeIssue> get(std::uint64_t number, const std::stop_token& stop) const;
  /// Reads what a list left out; issues that can't be read are left out.
  [[nodiscard]] Result<std::vector<ForgeIssue>> completed(std::vector<ForgeIssue> listed,
                                                          const std::stop_token& stop) const;
  [[nodiscard]] std::string url_of(const ForgeIssue& issue) const;

  [[nodiscard]] Result<json> label_values(const std::vector<std::string>& labels, const std::stop_token& stop) const;
  [[nodiscard]] Result<std::vector<std::uint64_t>> ids_of(const std::string& label, const std::stop_token& stop) const;
  [[nodiscard]] Result<std::uint64_t> label_id(const std::string& label, const std::stop_token& stop) const;
  [[nodiscard]] Result<json> label_ids(const std::vector<std::string>& labels, const std::stop_token& stop) const;
  std::uint64_t make_label(const std::string& label, const std::stop_token& stop) const;
  [[nodiscard]] bool can_label() const {
    return create_->label_form() != LabelForm::none && (make_label_ || hides_markers());
  }

  [[nodiscard]] std::unexpected<Error> lacks(std::string_view what) const {
    return fail(ErrorKind::delivery_failed, "the MCP server has no tool to " + std::string(what), repository(),
                "a newer MCP server, or " + options_.name + "'s API: a token for it, without the server");
  }

  ToolForgeOptions options_;
  std::string author_;  ///< Once it was asked.
  std::optional<MappedTool> list_, get_, create_, edit_, comment_, comments_, edit_comment_, delete_comment_, labels_,
      make_label_, delete_label_, who_am_i_;
};

std::string ToolForge::missing() const {
  std::string words;
  const auto note = [&](const std::optional<MappedTool>& tool, std::string_view what) {
    if (!tool) words += (words.empty() ? "" : ", ") + std::string(what);
  };
  note(list_, "list issues");
  note(create_, "create issues");
  note(edit_, "edit issues");
  note(comment_, "comment on issues");
  // Else an issue is not found again: nobody knows which of those that carry our marker are ours.
  if (!create_ || !can_label()) note(who_am_i_, "make labels or say who we are");
  return words;
}

ForgeLimits ToolForge::limits() const {
  ForgeLimits limits;
  if (hides_markers())
    limits = {.title_code_points = 256, .body_code_points = 65'536 - marker_room, .label_code_points = 50};
  return limits;
}

std::string ToolForge::author(const std::stop_token& stop) {
  if (!who_am_i_ || !author_.empty()) return author_;
  const auto answer = call(*who_am_i_, arguments(*who_am_i_), "say who we are", stop);
  if (!answer && answer.error().kind == ErrorKind::forbidden && hides_markers()) author_ = actions_bot;
  if (!answer) return author_;
  for (const std::string_view key : {"login", "username", "gitea_user"})
    if (author_.empty()) author_ = text_member(answer->value, key);
  return author_;
}

Result<std::vector<json>> ToolForge::rows(const MappedTool& tool, json arguments, std::string_view asked, int pages,
                                          const std::stop_token& stop) const {
  std::vector<json> all;
  std::set<std::string> seen;
  tool.put(arguments, Argument::page_size, tool.maximum(Argument::page_size, page_size));
  for (int page = 1; page <= pages; ++page) {
    if (page > 1 || !tool.takes(Argument::cursor)) tool.put(arguments, Argument::page, page);
    const auto answer = TRY(call(tool, arguments, asked, stop));
    auto listed = rows_of(answer.value);
    std::size_t fresh = 0;
    for (json& row : listed) {
      if (!seen.insert(key_of(row)).second) continue;
      ++fresh;
      all.push_back(std::move(row));
    }
    const std::string cursor = next_cursor(answer.value);
    if (!cursor.empty() && tool.takes(Argument::cursor)) {
      tool.put(arguments, Argument::cursor, cursor);
      continue;
    }
    // A page with pull requests left out may be short, and a server may have a limit of its own.
    const bool paged = tool.takes(Argument::page) && !tool.takes(Argument::cursor);
    if (!paged || fresh == 0 || listed.size() < few_rows) break;
  }
  return all;
}

std::string ToolForge::url_of(const ForgeIssue& issue) const {
  if (!issue.url.empty() || options_.web_url.empty()) return issue.url;
  return options_.web_url + "/" + repository() + "/issues/" + std::to_string(issue.number);
}

Result<std::vector<ForgeIssue>> ToolForge::list(const std::string& label, int pages,
                                                const std::stop_token& stop) const {
  json with = arguments(*list_);
  const auto states = list_->choices(Argument::state);
  // Where "all" is no word for it, both are given when none is asked for.
  if (states.empty() || std::ranges::find(states, "all") != states.end()) list_->put(with, Argument::state, "all");
  if (!label.empty()) list_->put(with, Argument::labels, json::array({label}));
  std::vector<ForgeIssue> listed;
  for (const json& row : TRY(rows(*list_, std::move(with), "list issues", pages, stop))) {
    ForgeIssue issue = told_issue(row);
    if (issue.number != 0) listed.push_back(std::move(issue));
  }
  return listed;
}

Result<ForgeIssue> ToolForge::get(std::uint64_t number, const std::stop_token& stop) const {
  json with = arguments(*get_);
  get_->put(with, Argument::number, number);
  const auto answer = TRY(call(*get_, with, "read issue " + std::to_string(number), stop));
  return told_issue(answer.value);
}

Result<std::vector<ForgeIssue>> ToolForge::completed(std::vector<ForgeIssue> listed,
                                                     const std::stop_token& stop) const {
  std::ranges::sort(listed, {}, &ForgeIssue::number);
  std::size_t alone = 0;
  for (ForgeIssue& issue : std::views::reverse(listed)) {  // the newest first
    const bool lacks_address = url_of(issue).empty() && read(issue.body).starts_with(our_marker);
    if ((issue.body.empty() || lacks_address) && get_ && alone++ < most_read_alone) {
      auto whole = get(issue.number, stop);
      if (!whole && whole.error().kind == ErrorKind::interrupted) return std::unexpected(whole.error());
      if (whole && whole->number == issue.number) issue = *std::move(whole);
    }
    issue.url = url_of(issue);
    issue.body = read(std::move(issue.body));
  }
  return listed;
}

Result<std::vector<ForgeIssue>> ToolForge::issues(const std::string& label, const std::stop_token& stop) {
  if (list_->takes(Argument::labels) && can_label()) {
    auto listed = TRY(list(label, most_pages, stop));
    // Forges that do not know a label may give issues that do not carry it.
    std::erase_if(listed, [&](const ForgeIssue& issue) {
      return std::ranges::none_of(issue.labels, [&](const std::string& one) { return lower(one) == lower(label); });
    });
    if (!listed.empty()) return completed(std::move(listed), stop);
  }
  auto newest = TRY(list("", can_label() ? newest_pages_with_labels : newest_pages, stop));
  // Each of those without its text costs a call; what another wrote is not ours.
  const std::string us = author(stop);
  std::erase_if(newest, [&](const ForgeIssue& issue) {
    return issue.body.empty() && !us.empty() && !issue.author.empty() && issue.author != us;
  });
  return completed(std::move(newest), stop);
}

std::uint64_t ToolForge::make_label(const std::string& label, const std::stop_token& stop) const {
  if (!make_label_) return 0;
  json with = arguments(*make_label_);
  make_label_->put(with, Argument::label_name, label);
  // Gitea's wants "#", GitHub's refuses it.
  make_label_->put(with, Argument::color, hides_markers() ? "b60205" : "#b60205");
  const auto answer = call(*make_label_, with, "make a label", stop);
  return answer ? number_member(answer->value, "id") : 0;
}

/// The ids of `label`, oldest first.
Result<std::vector<std::uint64_t>> ToolForge::ids_of(const std::string& label, const std::stop_token& stop) const {
  std::vector<std::uint64_t> ids;
  for (const json& one : TRY(rows(*labels_, arguments(*labels_), "list labels", most_pages, stop)))
    if (text_member(one, "name") == label && number_member(one, "id") != 0) ids.push_back(number_member(one, "id"));
  std::ranges::sort(ids);
  return ids;
}

/// Two runs may make a label of one name at once at Gitea, where a list by the name then has only issues with both: who
/// made the younger one deletes it before it is used. 0: there is none, and none can be made.
Result<std::uint64_t> ToolForge::label_id(const std::string& label, const std::stop_token& stop) const {
  auto ids = TRY(ids_of(label, stop));
  if (!ids.empty()) return ids.front();
  const auto made = make_label(label, stop);
  if (made == 0) return 0;
  ids = TRY(ids_of(label, stop));
  if (ids.empty() || ids.front() == made) return made;
  if (!delete_label_) return ids.front();
  json with = arguments(*delete_label_);
  delete_label_->put(with, Argument::label_id, made);
  TRY(call(*delete_label_, with, "delete a label", stop));
  return ids.front();
}

Result<json> ToolForge::label_ids(const std::vector<std::string>& labels, const std::stop_token& stop) const {
  json ids = json::array();
  if (!labels_) return ids;
  for (const std::string& label : labels)
    if (const auto id = TRY(label_id(label, stop)); id != 0) ids.push_back(id);
  return ids;
}

Result<json> ToolForge::label_values(const std::vector<std::string>& labels, const std::stop_token& stop) const {
  if (create_->label_form() == LabelForm::ids) return label_ids(labels, stop);
  // One that is there already is refused, which changes nothing.
  for (const std::string& label : labels) make_label(label, stop);
  return json(labels);
}

Result<ForgeIssue> ToolForge::create(const NewIssue& issue, const std::stop_token& stop) {
  json with = arguments(*create_);
  create_->put(with, Argument::title, issue.title);
  create_->put(with, Argument::body, written(issue.body));
  json labels = json::array();
  if (create_->label_form() != LabelForm::none) labels = TRY(label_values(issue.labels, stop));
  json assignees = issue.assignees;
  // What the forge refuses of it is left out: first assignees, then labels.
  for (;;) {
    json now = with;
    if (!labels.empty()) create_->put(now, Argument::labels, labels);
    if (!assignees.empty()) create_->put(now, Argument::assignees, assignees);
    const auto answer = call(*create_, now, "create an issue", stop);
    if (answer) {
      ForgeIssue made = told_issue(answer->value);
      // Words are not searched for a number: they may repeat the title, which has what a log says.
      if (made.number == 0)
        return fail(ErrorKind::unreadable, "the forge's MCP server does not say which issue it created",
                    place(*create_));
      made.url = url_of(made);
      made.title = issue.title;
      made.body = issue.body;
      made.open = true;
      return made;
    }
    const std::string words = lower(answer.error().what);
    const bool refused =
        answer.error().kind == ErrorKind::delivery_failed || answer.error().kind == ErrorKind::target_not_found;
    if (refused && !assignees.empty() && words.find("assignee") != std::string::npos)
      assignees.clear();
    else if (refused && !labels.empty() && words.find("label") != std::string::npos)
      labels.clear();
    else
      return std::unexpected(answer.error());
  }
}

Result<void> ToolForge::set_state(std::uint64_t number, IssueState state, const std::stop_token& stop) {
  json with = arguments(*edit_);
  edit_->put(with, Argument::number, number);
  edit_->put(with, Argument::state, state == IssueState::open ? "open" : "closed");
  // github-mcp-server takes "duplicate" only with the number of the other issue.
  if (state == IssueState::duplicate) edit_->put(with, Argument::state_reason, "not_planned");
  TRY(call(*edit_, with, "change issue " + std::to_string(number), stop));
  return {};
}

Result<void> ToolForge::edit_body(std::uint64_t number, const std::string& body, const std::stop_token& stop) {
  if (!edit_->takes(Argument::body)) return lacks("edit an issue's text");
  json with = arguments(*edit_);
  edit_->put(with, Argument::number, number);
  edit_->put(with, Argument::body, written(body));
  TRY(call(*edit_, with, "edit issue " + std::to_string(number), stop));
  return {};
}

Result<std::vector<ForgeComment>> ToolForge::comments(std::uint64_t number, const std::stop_token& stop) {
  // The PyPI gitea-mcp gives the comments with the issue.
  const auto& tool = comments_ ? comments_ : get_;
  if (!tool) return lacks("read comments");
  json with = arguments(*tool);
  tool->put(with, Argument::number, number);
  const std::string asked = "read the comments of " + std::to_string(number);
  std::vector<ForgeComment> comments;
  for (const json& row : TRY(rows(*tool, std::move(with), asked, most_pages, stop))) {
    ForgeComment comment = told_comment(row);
    comment.body = read(std::move(comment.body));
    comments.push_back(std::move(comment));
  }
  std::ranges::sort(comments, {}, &ForgeComment::id);
  return comments;
}

Result<ForgeComment> ToolForge::add_comment(std::uint64_t number, const std::string& body,
                                            const std::stop_token& stop) {
  json with = arguments(*comment_);
  comment_->put(with, Argument::number, number);
  comment_->put(with, Argument::body, written(body));
  const auto answer = TRY(call(*comment_, with, "comment on issue " + std::to_string(number), stop));
  ForgeComment comment = told_comment(answer.value);
  comment.body = body;
  if ((author_.empty() || author_ == actions_bot) && !comment.author.empty()) author_ = comment.author;
  return comment;
}

Result<void> ToolForge::edit_comment(std::uint64_t number, std::uint64_t comment, const std::string& body,
                                     const std::stop_token& stop) {
  if (!edit_comment_) return lacks("edit a comment");
  json with = arguments(*edit_comment_);
  edit_comment_->put(with, Argument::number, number);
  edit_comment_->put(with, Argument::comment_id, comment);
  edit_comment_->put(with, Argument::body, written(body));
  TRY(call(*edit_comment_, with, "edit a comment on issue " + std::to_string(number), stop));
  return {};
}

Result<void> ToolForge::delete_comment(std::uint64_t number, std::uint64_t comment, const std::stop_token& stop) {
  if (!delete_comment_) return edit_comment(number, comment, "Counted in the comment above.", stop);
  json with = arguments(*delete_comment_);
  delete_comment_->put(with, Argument::number, number);
  delete_comment_->put(with, Argument::comment_id, comment);
  TRY(call(*delete_comment_, with, "delete a comment on issue " + std::to_string(number), stop));
  return {};
}

}  // namespace

Result<std::unique_ptr<Forge>> tool_forge(const std::vector<std::shared_ptr<tools::Tool>>& tools,
                                          ToolForgeOptions options) {
  const std::string name = options.name;
  auto forge = std::make_unique<ToolForge>(std::move(options), tools);
  if (const std::string missing = forge->missing(); !missing.empty())
    return fail(ErrorKind::settings, "the MCP server has no tool to " + missing, name,
                "a server whose token may write issues, not started as read-only; or " + name + "'s API");
  return forge;
}

}  // namespace agent::sinks
