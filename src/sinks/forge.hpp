#pragma once

#include "base/error.hpp"
#include "sinks/issue_text.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::sinks {

/// An issue as its forge tells of it.
struct ForgeIssue {
  std::uint64_t number = 0;
  std::string url;  ///< For a browser; empty: not told, or none to repeat (web_address()).
  std::string title, body;
  bool open = true;
  std::vector<std::string> labels;
  std::string author = {};  ///< Login; empty: not told.
  /// Of an issue that was just made: assignees that were asked for and that it does not have.
  std::vector<std::string> unassigned = {};
};

struct ForgeComment {
  std::uint64_t id = 0;
  std::string body;
  std::string author;      ///< Login; empty: not told.
  std::string updated_at;  ///< RFC 3339; empty: not told.
  std::string url = {};    ///< For a browser; empty: not told.
};

struct NewIssue {
  std::string title, body;
  std::vector<std::string> labels, assignees;
};

/// Whom GitHub Actions' own token writes as. It may not ask who it is:
/// https://docs.github.com/en/rest/users/users#get-the-authenticated-user
inline constexpr const char* actions_bot = "github-actions[bot]";

enum class IssueState {
  open,
  closed,
  duplicate,  ///< Closed; with that as the reason where the forge has reasons.
};

/// The issues of one repository, of a forge's API or of an MCP server's tools. Pull requests are issues to
/// comments(), add_comment() and edit_comment(). Errors: `unauthorised` (the token), `forbidden` (its rights, with the
/// one that is missing), `target_not_found` (repository, or one that the token can't see), `delivery_failed` (rate
/// limited, with the time of the next try; refused, with the forge's words, cleaned and cut; issues turned off),
/// `unreachable`, `unreadable`, `deadline`, `interrupted`. None holds a token.
class Forge {
 public:
  virtual ~Forge() = default;
  [[nodiscard]] virtual std::string name() const = 0;        ///< "gitea"
  [[nodiscard]] virtual std::string repository() const = 0;  ///< "owner/name"
  [[nodiscard]] virtual ForgeLimits limits() const = 0;
  /// Who we are there; empty where that can't be known, at least before add_comment() was answered.
  [[nodiscard]] virtual std::string author(const std::stop_token& stop) = 0;

  /// All issues, open and closed, that carry `label`, which need not exist; lowest number first. Listed, not searched.
  /// Where there are none, and we may not label: the newest few hundred, whatever they carry. A body that is not ours
  /// may be left out. Also `unreadable`: more than 32 MiB.
  [[nodiscard]] virtual Result<std::vector<ForgeIssue>> issues(const std::string& label,
                                                               const std::stop_token& stop) = 0;
  /// Labels that do not exist are made first. An assignee that the forge does not know is left out,
  /// and told.
  [[nodiscard]] virtual Result<ForgeIssue> create(const NewIssue& issue, const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<void> set_state(std::uint64_t number, IssueState state, const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<void> edit_body(std::uint64_t number, const std::string& body,
                                               const std::stop_token& stop) = 0;
  /// The address of pull request `number` for a browser; empty where that is not told. Errors: `target_not_found` also
  /// when there is none of that number, as when it is an issue's.
  [[nodiscard]] virtual Result<std::string> pull_request(std::uint64_t /*number*/, const std::stop_token& /*stop*/) {
    return std::string();
  }
  /// All comments, oldest first. A body that is not ours may be left out. Also `unreadable`: more than 32 MiB.
  [[nodiscard]] virtual Result<std::vector<ForgeComment>> comments(std::uint64_t number,
                                                                   const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<ForgeComment> add_comment(std::uint64_t number, const std::string& body,
                                                         const std::stop_token& stop) = 0;
  /// False of an MCP server that has no tool for it: edit_comment() and delete_comment() fail, and what was said in a
  /// comment stays.
  [[nodiscard]] virtual bool edits_comments() const { return true; }
  [[nodiscard]] virtual Result<void> edit_comment(std::uint64_t number, std::uint64_t comment, const std::string& body,
                                                  const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<void> delete_comment(std::uint64_t number, std::uint64_t comment,
                                                    const std::stop_token& stop) = 0;
};

}  // namespace agent::sinks
