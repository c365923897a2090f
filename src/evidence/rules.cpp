#include "evidence/rules.hpp"

#include "base/tokens.hpp"
#include "evidence/rule.hpp"
#include "evidence/rule_command.hpp"
#include "evidence/rule_ending.hpp"
#include "evidence/rule_file.hpp"
#include "evidence/rule_headline.hpp"
#include "evidence/rule_line.hpp"
#include "evidence/rule_match.hpp"
#include "evidence/rule_rank.hpp"
#include "evidence/rule_table.hpp"
#include "evidence/rule_template.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace agent::embedded {
extern const std::string_view rules_table;
}

namespace agent::evidence {
namespace {

using Rules = std::vector<std::shared_ptr<const Rule>>;

constexpr std::size_t max_findings = 10;
constexpr std::size_t max_citations = 4;  // of one finding
constexpr std::string_view built_in_origin = "built in";

Rules unpack_built_in() {
  Rules rules;
  for (Rule& rule : unpack_rules(embedded::rules_table)) {
    rule.origin = built_in_origin;
    rules.push_back(std::make_shared<const Rule>(std::move(rule)));
  }
  return rules;
}

const Rules& built_in_rules() {
  static const Rules rules = unpack_built_in();
  return rules;
}

std::vector<Citation> cite(const Matched& matched, const std::string& source, std::span<const JudgedLine> lines) {
  std::vector<Citation> citations;
  for (const Hit& hit : matched.hits)
    for (std::size_t at : hit.proof)
      if (citations.size() < max_citations)
        citations.push_back({source, lines[at].number, "", quote_of(lines[at].text)});
  return citations;
}

Confidence confidence(const Rule& rule, bool survived) {
  if (rule.consequence || survived) return Confidence::low;
  return rule.weight >= 60 ? Confidence::high : Confidence::medium;
}

/// The finding of `rule` with its templates filled from `hits`.
Finding say(const Rule& rule, std::span<const Groups> hits, std::size_t count) {
  Finding finding;
  finding.rule = rule.id;
  finding.severity = rule.severity;
  finding.category = rule.category;
  const bool plural = count > 1 && !rule.many.empty();
  finding.headline = shortened(expand(plural ? rule.many : rule.headline, hits), headline_limit);
  finding.remedies.push_back({expand(rule.remedy, hits), expand_command(rule.command, hits)});
  return finding;
}

std::vector<BareLine> bare_lines(std::span<const JudgedLine> lines) {
  std::vector<BareLine> bare;
  bare.reserve(lines.size());
  for (const JudgedLine& line : lines) {
    bare.push_back(bare_line(line.number, line.text));
    bare.back().known = line.known;
  }
  mark_scripts(bare);
  return bare;
}

/// The first hit that has most groups: of lines that all say the same, the one with the address is the best.
std::vector<Groups>::iterator most_told(std::vector<Groups>& hits) {
  return std::ranges::max_element(hits, {}, &Groups::size);
}

Finding finding_of(const Ranked& ranked, const std::string& source, std::span<const JudgedLine> lines,
                   std::optional<int> exit_code) {
  const Matched& matched = ranked.matched;
  std::vector<Groups> hits;
  for (const Hit& hit : matched.hits) hits.push_back(hit.groups);
  if (matched.rule->many.empty()) std::swap(hits.front(), *most_told(hits));
  hits.front().insert_or_assign("count", std::to_string(matched.count));
  hits.front().try_emplace("tool", matched.rule->tool);
  if (exit_code) hits.front().try_emplace("exit", std::to_string(*exit_code));
  Finding finding = say(*matched.rule, hits, matched.count);
  finding.confidence = confidence(*matched.rule, ranked.survived);
  if (ranked.survived) finding.severity = std::max(finding.severity, Severity::warning);
  finding.evidence = cite(matched, source, lines);
  return finding;
}

/// A rule over the exit code itself: what is known when no line explains it.
std::optional<Finding> finding_of_exit(const Rules& rules, int exit_code) {
  for (const auto& rule : rules) {
    if (std::ranges::find(rule->exit, exit_code) == rule->exit.end()) continue;
    const std::array<Groups, 1> hits{Groups{{"exit", std::to_string(exit_code)}, {"tool", rule->tool}, {"count", "1"}}};
    Finding finding = say(*rule, hits, 1);
    finding.confidence = Confidence::low;
    return finding;
  }
  return std::nullopt;
}

/// Those after the cause by severity; among equals the order stays.
std::vector<Finding> sorted_after_cause(std::vector<Finding> findings) {
  if (findings.size() < 3) return findings;
  std::vector<Finding> sorted;
  sorted.push_back(std::move(findings.front()));
  for (Severity severity : {Severity::critical, Severity::error, Severity::warning, Severity::info})
    for (std::size_t i = 1; i < findings.size(); ++i)
      if (findings[i].severity == severity) sorted.push_back(std::move(findings[i]));
  return sorted;
}

}  // namespace

struct RuleSet::State {
  Rules rules;
};

RuleSet::RuleSet() : state_(std::make_unique<State>()) {}
RuleSet::~RuleSet() = default;
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;

RuleSet RuleSet::built_in() {
  RuleSet set;
  set.state_->rules = built_in_rules();
  return set;
}

Result<void> RuleSet::add(std::string_view toml, const std::string& path) {
  auto added = TRY(read_rules(toml, path));
  for (Rule& rule : added) {
    const auto known = std::ranges::find_if(state_->rules, [&](const auto& other) { return other->id == rule.id; });
    auto shared = std::make_shared<const Rule>(std::move(rule));
    if (known != state_->rules.end())
      *known = std::move(shared);
    else
      state_->rules.push_back(std::move(shared));
  }
  return {};
}

std::vector<RuleInfo> RuleSet::list() const {
  std::vector<RuleInfo> infos;
  for (const auto& rule : state_->rules)
    infos.push_back(
        {rule->id, rule->tool, rule->title, rule->category, rule->weight, rule->origin, rule->remedy, rule->command});
  return infos;
}

std::vector<RuleMatch> RuleSet::matches(std::span<const JudgedLine> lines) const {
  std::vector<RuleMatch> found;
  for (const Matched& matched : match_lines(state_->rules, bare_lines(lines)))
    for (const Hit& hit : matched.hits) {
      const std::array<Groups, 1> groups{hit.groups};
      found.push_back({lines[hit.line].number, matched.rule->id, say(*matched.rule, groups, 1).headline});
    }
  std::ranges::sort(found, {}, [](const RuleMatch& match) { return std::tie(match.line, match.rule); });
  return found;
}

std::vector<Finding> RuleSet::judge(const std::string& source, std::span<const JudgedLine> lines,
                                    std::optional<int> exit_code) const {
  return judge_log(source, lines, {}, exit_code).findings;
}

LogVerdict RuleSet::judge_log(const std::string& source, std::span<const JudgedLine> lines,
                              std::span<const JudgedLine> tail, std::optional<int> exit_code) const {
  const std::vector<BareLine> bare = bare_lines(lines);
  const std::vector<Matched> matched = match_lines(state_->rules, bare);
  std::vector<Finding> findings;
  for (const Ranked& ranked : rank(matched, bare))
    if (findings.size() < max_findings) findings.push_back(finding_of(ranked, source, lines, exit_code));
  if (exit_code && (findings.empty() || findings.front().confidence == Confidence::low))
    if (auto known = finding_of_exit(state_->rules, *exit_code)) findings.insert(findings.begin(), std::move(*known));
  return {sorted_after_cause(std::move(findings)), end_of(bare_lines(tail), bare, matched)};
}

}  // namespace agent::evidence
