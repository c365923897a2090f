#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "evidence/rules.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// What is known of a word: a reason of Kubernetes or Tekton, an exit code, a signal, a category, a log rule.
/// One [[explanation]] of src/evidence/explanations/*.toml has these keys; `try` is an array of {text, command}.
struct Explanation {
  std::string word;  ///< As its makers write it: "OOMKilled", "137".
  std::string kind;  ///< "container reason", "exit code", "signal", "log rule", …
  std::string means;
  std::vector<std::string> causes;   ///< The usual ones, commonest first.
  std::vector<Remedy> remedies;      ///< `try`: what to do, in order.
  std::vector<std::string> see;      ///< Words that have an explanation too.
  std::string source;                ///< Where this can be read: an address, or a file of this project.
  std::vector<std::string> aliases;  ///< Other words for it; compared without case, as `word` is.
  int number = 0;                    ///< Of a signal.
};

/// The explanations of one file. Errors: `settings`, with "PATH:LINE".
[[nodiscard]] Result<std::vector<Explanation>> read_explanations(std::string_view toml, const std::string& path);

/// The built-in explanations. Parsed at the first use of the process.
[[nodiscard]] std::span<const Explanation> built_in_explanations();

/// All that `word` may mean; without case, and with or without "exit code", "signal" or "SIG" in front. Every number
/// from 0 to 255 is known as an exit code: what has no entry of its own is explained by the signal it stands for.
/// Empty: unknown.
[[nodiscard]] std::vector<Explanation> explain(std::string_view word, std::span<const RuleInfo> rules);

/// The known word that is nearest to `word`; empty when none is near.
[[nodiscard]] std::string nearest_explained(std::string_view word, std::span<const RuleInfo> rules);

}  // namespace agent::evidence
