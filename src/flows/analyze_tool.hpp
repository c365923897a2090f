#pragma once

#include "base/clock.hpp"
#include "evidence/rules.hpp"
#include "flows/shared_redactor.hpp"
#include "kube/source.hpp"
#include "tools/tool.hpp"

#include <memory>
#include <string>

namespace agent::flows {

/// What the tool works with. References outlive it.
struct AnalyzeToolParts {
  const evidence::RuleSet& rules;
  const Clock& clock;
  SharedRedactor& redactor;
  std::shared_ptr<kube::Source> source;  ///< Null: it explains logs alone.
  std::string name_space;                ///< Where a call names none.
};

/// analyze_cluster() and analyze() as the tool `analyze`: explains a target of a cluster (`target`, `namespace`,
/// `container`), all that fails in a namespace, or the text of a log (`log`, `exit_code`). It reads no file: whoever
/// may call it may not see what we can. The report is the text, as a person reads it, and the structured content, in
/// the form of its schema. What can't be looked at is an error of the tool.
[[nodiscard]] std::shared_ptr<tools::Tool> analyze_tool(AnalyzeToolParts parts);

}  // namespace agent::flows
