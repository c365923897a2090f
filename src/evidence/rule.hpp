#pragma once

#include "base/report.hpp"
#include "evidence/rule_pattern.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// One log rule: which lines it knows, and what it says of them. Form of the file: src/evidence/README.md, "Log rules".
struct Rule {
  std::string id, tool, title;
  Category category = Category::unknown;
  Severity severity = Severity::error;
  int weight = 50;               ///< 0 to 100: how much it explains.
  bool consequence = false;      ///< Only says that something failed; the cause when nothing else was found.
  bool transient = false;        ///< Often survived (a retry, an ignored cache): counts only when nothing fails later.
  bool marked = false;           ///< Only lines that the CI system itself marked as errors.
  bool ends_step = false;        ///< A step of the CI job ends with this line.
  bool caseless = false;         ///< `any` is compared without case (ASCII).
  std::vector<std::string> any;  ///< The line holds one of these; empty: any line.
  std::vector<Pattern> match;    ///< The first that is found counts; none: a rule over exit codes alone.
  std::optional<Pattern> unless, total;
  std::vector<Pattern> follow, back;
  std::size_t within = 12;           ///< How many lines of evidence `follow` and `back` may look at.
  std::vector<std::string> needs;    ///< Groups that a hit must have in the end.
  std::vector<std::string> echo_of;  ///< Ids, or starts of ids, of rules whose findings make this one an echo.
  std::vector<int> exit;             ///< Exit codes that it knows without any line.
  std::string headline, many;        ///< Templates; `many` for more than one hit.
  std::string remedy, command;       ///< Templates.
  std::string origin;                ///< "built in", or a path.
};

/// True when `rule` may be the cause of a failure rather than an echo of it.
[[nodiscard]] inline bool is_root(const Rule& rule) { return !rule.consequence; }

}  // namespace agent::evidence
