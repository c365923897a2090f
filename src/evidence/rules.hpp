#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// What is known of a rule, for `agent rules list`.
struct RuleInfo {
  std::string id, tool, title;
  Category category = Category::unknown;
  int weight = 0;               ///< The finding with the greatest weight is the cause.
  std::string origin;           ///< "built in", or the file's path.
  std::string remedy, command;  ///< As in the file: {name} stands for what the line says.
};

/// One log's evidence as the rules see it: redacted, cleaned lines with their numbers.
struct JudgedLine {
  std::size_t number = 0;
  std::string_view text;
  bool known = false;  ///< A passing run of the same job said it, too: no cause.
};

/// How a log ends.
enum class Ending {
  open,          ///< Nothing says that it went well, or something denies it.
  perhaps_well,  ///< A line says that some part of it went well, and no failure follows.
  well           ///< A tool chain or the CI system says that all went well, and nothing denies it.
};

/// The line that says how a log ends.
struct LogEnd {
  Ending ending = Ending::open;
  std::size_t line = 0;
  std::string words;
};

/// What the rules say of one log.
struct LogVerdict {
  std::vector<Finding> findings;  ///< As those of RuleSet::judge().
  LogEnd end;
};

/// One line that a rule knows, for `agent rules test`.
struct RuleMatch {
  std::size_t line = 0;  ///< Its number in the log.
  std::string rule;
  std::string headline;  ///< What the rule says of this line alone.
};

/// The log rules: what a line of a tool chain means, as data (src/evidence/rules/*.toml; form: src/evidence/README.md).
class RuleSet {
 public:
  /// The built-in rules. Parsed at the first use of the process, compiled as lines ask for them.
  [[nodiscard]] static RuleSet built_in();

  RuleSet();
  ~RuleSet();
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;

  /// Adds rules in the same form; one with a known id replaces it. `path` is for errors.
  /// Errors: `settings`, with file and line, and the nearest known key.
  [[nodiscard]] Result<void> add(std::string_view toml, const std::string& path);

  [[nodiscard]] std::vector<RuleInfo> list() const;

  /// What the lines mean: the cause first, then by severity and weight; repeats of a rule joined with their count.
  /// `source` is the source id that citations carry. Nothing recognised: empty.
  [[nodiscard]] std::vector<Finding> judge(const std::string& source, std::span<const JudgedLine> lines,
                                           std::optional<int> exit_code) const;

  /// The same with how the log ends. `tail`: its last lines, all of them.
  [[nodiscard]] LogVerdict judge_log(const std::string& source, std::span<const JudgedLine> lines,
                                     std::span<const JudgedLine> tail, std::optional<int> exit_code) const;

  /// Each line that a rule knows, by line; lines that say the same as an earlier one are left out, and more than 200 of
  /// one rule.
  [[nodiscard]] std::vector<RuleMatch> matches(std::span<const JudgedLine> lines) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::evidence
