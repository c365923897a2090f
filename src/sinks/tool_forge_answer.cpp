#include "sinks/tool_forge_answer.hpp"

#include "base/text.hpp"
#include "sinks/forge_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace agent::sinks {
namespace {

using nlohmann::json;

struct Meaning {
  std::string_view words;
  ErrorKind kind;
};

// The first that fits holds. Words of Gitea 1.26, GitHub's API and GraphQL, gitea-mcp, github-mcp-server.
constexpr std::array meanings{
    Meaning{"rate limit", ErrorKind::delivery_failed},
    Meaning{"too many requests", ErrorKind::delivery_failed},
    Meaning{"bad credentials", ErrorKind::unauthorised},
    Meaning{"unauthorized", ErrorKind::unauthorised},
    Meaning{"requires authentication", ErrorKind::unauthorised},
    Meaning{"token is required", ErrorKind::unauthorised},
    Meaning{"invalid username, password or token", ErrorKind::unauthorised},
    Meaning{"user does not exist [uid: 0, name: ]", ErrorKind::unauthorised},
    Meaning{"resource not accessible", ErrorKind::forbidden},
    Meaning{"required scope", ErrorKind::forbidden},
    Meaning{"forbidden", ErrorKind::forbidden},
    Meaning{"must have admin", ErrorKind::forbidden},
    Meaning{"must have push", ErrorKind::forbidden},
    Meaning{"permission", ErrorKind::forbidden},
    Meaning{"could not resolve to a", ErrorKind::target_not_found},
    Meaning{"couldn't be found", ErrorKind::target_not_found},
};

// Status codes as clients print them: "404 Not Found", "] 404: …".
constexpr std::array codes{
    Meaning{"401", ErrorKind::unauthorised},     Meaning{"403", ErrorKind::forbidden},
    Meaning{"404", ErrorKind::target_not_found}, Meaning{"410", ErrorKind::delivery_failed},
    Meaning{"422", ErrorKind::delivery_failed},  Meaning{"429", ErrorKind::delivery_failed},
    Meaning{"500", ErrorKind::delivery_failed},  Meaning{"502", ErrorKind::delivery_failed},
    Meaning{"503", ErrorKind::delivery_failed},
};

// How a text begins that tells of a failure.
constexpr std::array<std::string_view, 19> failures{
    "error",     "failed",       "failure",   "cannot",    "can't",   "could not",     "couldn't",
    "unable to", "unauthorized", "forbidden", "not found", "invalid", "access denied", "permission denied",
    "missing",   "unknown tool", "exception", "traceback", "label",
};

bool is_word_byte(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '#' || c == '/'; }

/// Not a part of a number, an address or a reference to an issue.
bool has_code(std::string_view text, std::string_view code) {
  for (auto at = text.find(code); at != std::string_view::npos; at = text.find(code, at + 1)) {
    const bool begins = at == 0 || !is_word_byte(text[at - 1]);
    const auto end = at + code.size();
    if (begins && (end == text.size() || !is_word_byte(text[end]))) return true;
  }
  return false;
}

ErrorKind meaning_of(const std::string& text) {
  const std::string words = lower(std::string_view(text).substr(0, 4096));
  for (const auto& one : meanings)
    if (words.find(one.words) != std::string::npos) return one.kind;
  for (const auto& one : codes)
    if (has_code(words, one.words)) return one.kind;
  return words.find("not found") != std::string::npos ? ErrorKind::target_not_found : ErrorKind::delivery_failed;
}

std::string fix_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unauthorised: return "a valid token for the MCP server";
    case ErrorKind::forbidden: return "a token with the right to write issues, for the MCP server";
    case ErrorKind::target_not_found: return "owner and repository; the MCP server's token must see it";
    default: return "";
  }
}

Error error_of(const std::string& told, std::string_view asked, const std::string& where) {
  const ErrorKind kind = meaning_of(told);
  const std::string words = quoted_words(trim(told));
  return {kind, "the forge's MCP server can't " + std::string(asked) + (words.empty() ? "" : ": " + words), where,
          fix_of(kind)};
}

/// What stands in the way of the value itself: {"result": …}, {"data": …}, JSON as a text.
json unwrapped(json value) {
  constexpr int most_wraps = 4;
  constexpr std::array<std::string_view, 5> wraps{"result", "Result", "data", "Data", "response"};
  for (int i = 0; i < most_wraps; ++i) {
    if (value.is_string()) {
      auto inner = parse_foreign(value.get_ref<const std::string&>());
      if (!inner || inner->is_primitive()) break;
      value = *std::move(inner);
    }
    if (!value.is_object() || value.contains("number") || value.contains("id")) break;
    const auto wrap = std::ranges::find_if(wraps, [&](std::string_view one) {
      const json& inner = member(value, one);
      return inner.is_structured() || inner.is_string() ||
             (inner.is_null() && value.size() == 1 && value.contains(one));
    });
    if (wrap == wraps.end()) break;
    json inner = std::move(value[std::string(*wrap)]);
    value = std::move(inner);
  }
  return value;
}

/// JSON, or objects one after the other, which is how a list comes in content blocks.
json json_of(std::string_view text) {
  if (auto value = parse_foreign(text)) return unwrapped(*std::move(value));
  if (text.empty() || text.front() != '{') return {};
  std::string listed = "[";
  for (std::size_t from = 0; from < text.size();) {
    const auto at = std::min(text.find("}\n{", from), text.size());
    listed += text.substr(from, at - from);
    if (at != text.size()) listed += "},";
    from = at == text.size() ? at : at + 2;
  }
  auto value = parse_foreign(listed + "]");
  return value ? *std::move(value) : json();
}

bool is_said(const json& value) { return value.is_string() || (value.is_structured() && !value.empty()); }

/// What an object says that is an error instead of a result; empty for others.
std::string failure_in(const json& value) {
  if (!value.is_object() || value.contains("number") || value.contains("id") || value.contains("body")) return "";
  for (const std::string_view key : {"error", "errors", "Error"})
    if (const json& told = member(value, key); is_said(told))
      return told.is_string() ? told.get<std::string>() : value.dump(-1, ' ', false, json::error_handler_t::replace);
  const bool lost = member(value, "success") == false || member(value, "ok") == false ||
                    value.contains("documentation_url") || value.contains("status_code");
  return lost ? text_member(value, "message") + " " : "";
}

bool reads_as_failure(std::string_view text) {
  const auto begin = text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz[");
  if (begin == std::string_view::npos) return false;
  const std::string words = lower(text.substr(begin, 400));
  const bool begins = std::ranges::any_of(failures, [&](std::string_view one) {
    return words.starts_with(one) && (one != "label" || words.find("not found") != std::string::npos);
  });
  return begins || words.starts_with("[post") || words.starts_with("[get") || words.starts_with("[patch");
}

/// Digits at the end of an address' path: "…/issues/5#note".
std::uint64_t number_in(std::string_view url, std::string_view before) {
  const auto at = url.rfind(before);
  if (at == std::string_view::npos) return 0;
  const std::string_view digits = url.substr(at + before.size());
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() ? number : 0;
}

std::string first_text(const json& value, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    if (std::string text = text_member(value, key); !text.empty()) return text;
  return "";
}

std::string login_of(const json& value) {
  for (const std::string_view key : {"user", "author", "poster"}) {
    const json& user = member(value, key);
    if (user.is_string()) return user.get<std::string>();
    if (std::string login = first_text(user, {"login", "username", "name"}); !login.empty()) return login;
  }
  return "";
}

/// An address for a browser, not of an API.
std::string address_of(const json& value) {
  for (const std::string_view key : {"html_url", "web_url", "htmlUrl", "url"}) {
    std::string url = web_address(text_member(value, key));
    if (!url.empty() && url.find("/repos/") == std::string::npos) return url;
  }
  return "";
}

std::vector<std::string> label_names(const json& labels) {
  std::vector<std::string> names;
  const json& nodes = labels.is_object() ? member(labels, "nodes") : labels;
  if (!nodes.is_array()) return names;
  for (const json& label : nodes) {
    std::string name = label.is_string() ? label.get<std::string>() : first_text(label, {"name", "title"});
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

bool is_pull_request(const json& value) {
  return member(value, "pull_request").is_object() || member(value, "is_pull") == true;
}

constexpr std::string_view comment_begin = "<!-- ", comment_end = " -->", ours = "agent:";

/// "agent:… " of a line that is `before`, it, and `after`; empty of other lines.
std::string_view marker_in(std::string_view line, std::string_view before, std::string_view after) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  line = trim(line);
  if (!line.starts_with(before) || !line.ends_with(after) || line.size() < before.size() + after.size()) return {};
  line = line.substr(before.size(), line.size() - before.size() - after.size());
  return line.starts_with(ours) && line.find_first_of("<>`") == std::string_view::npos ? line : std::string_view{};
}

}  // namespace

Result<ToolAnswer> read_answer(const tools::ToolResult& result, std::string_view asked, const std::string& where) {
  if (result.failure)
    return fail(result.failure->kind,
                "the forge's MCP server can't be asked to " + std::string(asked) + ": " + result.failure->what, where,
                result.failure->fix);
  if (result.status == tools::ToolStatus::timeout)
    return fail(ErrorKind::unreachable, "the forge's MCP server does not " + std::string(asked) + " in time", where);
  if (result.status != tools::ToolStatus::ok) return std::unexpected(error_of(result.text, asked, where));
  ToolAnswer answer{.value = result.structured ? unwrapped(*result.structured) : json(), .text = result.text};
  if (!is_said(answer.value) && !answer.value.is_array()) answer.value = json_of(result.text);
  if (std::string told = failure_in(answer.value); !told.empty()) return std::unexpected(error_of(told, asked, where));
  if (answer.value.is_string()) answer.text = answer.value.get<std::string>();
  if (!answer.value.is_structured()) {
    answer.value = json();
    if (reads_as_failure(answer.text)) return std::unexpected(error_of(answer.text, asked, where));
  }
  return answer;
}

std::vector<json> rows_of(const json& value) {
  const json* list = &value;
  for (const std::string_view key : {"issues", "items", "comments", "comments_list", "labels", "nodes", "results"}) {
    if (list->is_array() || (key == "labels" && list->contains("title"))) break;
    if (const json& inner = member(*list, key); inner.is_structured()) list = &inner;
  }
  std::vector<json> rows;
  if (!list->is_array()) return rows;
  std::ranges::copy_if(*list, std::back_inserter(rows),
                       [](const json& row) { return row.is_object() && !is_pull_request(row); });
  return rows;
}

std::string next_cursor(const json& value) {
  const json& direct = member(value, "pageInfo");
  const json& page = direct.is_object() ? direct : member(member(value, "issues"), "pageInfo");
  return member(page, "hasNextPage") == true ? text_member(page, "endCursor") : "";
}

ForgeIssue told_issue(const json& value) {
  const json& inner = member(value, "issue");
  const json& told = inner.is_object() ? inner : value;
  ForgeIssue issue{.url = address_of(told),
                   .title = text_member(told, "title"),
                   .body = first_text(told, {"body", "content", "description"}),
                   .labels = label_names(member(told, "labels")),
                   .author = login_of(told)};
  for (const std::string_view key : {"number", "index", "issue_number", "iid"})
    if (issue.number == 0) issue.number = number_member(told, key);
  if (issue.number == 0) issue.number = number_in(text_member(told, "url") + " " + issue.url, "/issues/");
  issue.open = lower(text_member(told, "state")) != "closed" && !member(told, "closed_at").is_string();
  return issue;
}

ForgeComment told_comment(const json& value) {
  const json& inner = member(value, "comment");
  const json& told = inner.is_object() ? inner : value;
  ForgeComment comment{.id = number_member(told, "id"),
                       .body = first_text(told, {"body", "content", "text"}),
                       .author = login_of(told),
                       .updated_at = first_text(told, {"updated_at", "updatedAt", "updated", "created_at"})};
  if (comment.id == 0) comment.id = number_in(first_text(told, {"html_url", "url"}), "#issuecomment-");
  return comment;
}

std::string with_marker(std::string body) {
  const std::string_view text = body;
  const std::string_view first = text.substr(0, std::min(text.find('\n'), text.size()));
  if (!marker_in(first, comment_begin, comment_end).empty()) return body;
  std::string_view marker = marker_in(first, "&lt;!-- ", " --&gt;");
  if (marker.empty()) marker = marker_in(first, "&lt;!-- ", comment_end);
  if (!marker.empty())
    return std::string(comment_begin) + std::string(marker) + std::string(comment_end) +
           std::string(text.substr(first.size()));
  const auto end = text.find_last_not_of(" \r\n");
  if (end == std::string_view::npos) return body;
  const auto begin = text.rfind('\n', end);
  const auto last = begin == std::string_view::npos ? 0 : begin + 1;
  marker = marker_in(text.substr(last, end + 1 - last), "`", "`");
  if (marker.empty()) return body;
  return std::string(comment_begin) + std::string(marker) + std::string(comment_end) + "\n" + body;
}

std::string with_shown_marker(const std::string& body) {
  const std::string_view marker =
      marker_in(std::string_view(body).substr(0, body.find('\n')), comment_begin, comment_end);
  return marker.empty() ? body : body + "\n\n`" + std::string(marker) + "`\n";
}

}  // namespace agent::sinks
