#pragma once

#include "base/report.hpp"
#include "loop/library.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace agent::loop {

/// True for the name of a tool that files an issue: create_issue, issue_write, jira_create_ticket, createIssue. Not for
/// those that list, read or comment on issues.
[[nodiscard]] bool files_an_issue(std::string_view tool);

/// What the model wanted to be filed, cut (title: 200 code points; body: 8,000) and redacted. Nothing: the arguments
/// have neither title nor body.
[[nodiscard]] std::optional<Proposal> proposal_of(const std::string& tool, const nlohmann::json& arguments,
                                                  const Library::Redact& redact);

}  // namespace agent::loop
