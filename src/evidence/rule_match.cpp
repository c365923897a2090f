#include "evidence/rule_match.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace agent::evidence {
namespace {

constexpr std::size_t max_hits = 200;      // of one rule; more are counted, not kept
constexpr std::size_t detailed_hits = 12;  // of one rule for which `follow` and `back` are searched

/// Finds which rules have a literal in a line: a hash table over the literals' first three bytes, in lower case.
class LiteralIndex {
 public:
  explicit LiteralIndex(RulePointers rules) {
    heads_.fill(-1);
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i]->match.empty()) continue;
      if (rules[i]->any.empty()) always_.push_back(i);
      for (const std::string& literal : rules[i]->any) add(literal, i, rules[i]->caseless);
    }
  }

  /// Indices of the rules that may know `line`, in order, each once.
  const std::vector<std::size_t>& candidates(std::string_view line) {
    found_ = always_;
    lowered_ = lower(line);
    for (std::size_t at = 0; at + 3 <= lowered_.size(); ++at)
      for (int entry = heads_.at(slot(lowered_, at)); entry >= 0;
           entry = entries_[static_cast<std::size_t>(entry)].next)
        if (const Entry& known = entries_[static_cast<std::size_t>(entry)]; holds(line, at, known))
          found_.push_back(known.rule);
    std::ranges::sort(found_);
    found_.erase(std::ranges::unique(found_).begin(), found_.end());
    return found_;
  }

 private:
  struct Entry {
    std::string_view literal;
    std::string lowered;
    std::size_t rule = 0;
    bool caseless = false;
    int next = -1;
  };

  static std::size_t slot(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
    };
    return ((byte(0) | byte(1) << 8U | byte(2) << 16U) * 2654435761U) >> 20U;
  }

  void add(const std::string& literal, std::size_t rule, bool caseless) {
    Entry entry{literal, lower(literal), rule, caseless, -1};
    int& head = heads_.at(slot(entry.lowered, 0));
    entry.next = std::exchange(head, static_cast<int>(entries_.size()));
    entries_.push_back(std::move(entry));
  }

  [[nodiscard]] bool holds(std::string_view line, std::size_t at, const Entry& entry) const {
    if (entry.caseless) return std::string_view(lowered_).substr(at).starts_with(entry.lowered);
    return line.substr(at).starts_with(entry.literal);
  }

  std::array<int, 4096> heads_{};
  std::vector<Entry> entries_;
  std::vector<std::size_t> always_, found_;
  std::string lowered_;
};

bool matches(const Rule& rule, std::string_view text, Groups& groups) {
  return std::ranges::any_of(rule.match, [&](const Pattern& pattern) { return pattern.search(text, &groups); });
}

void add_hit(Matched& matched, std::size_t line, Groups groups) {
  matched.last = line;
  const auto same = [&](const Hit& hit) { return hit.groups == groups; };
  if (std::ranges::any_of(matched.hits, same)) return;
  ++matched.count;
  if (matched.hits.size() < max_hits) matched.hits.push_back({line, std::move(groups), {line}});
}

std::vector<Matched> find_hits(RulePointers rules, std::span<const BareLine> lines) {
  std::vector<Matched> all(rules.size());
  LiteralIndex index(rules);
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (lines[line].script || lines[line].known) continue;
    for (std::size_t i : index.candidates(lines[line].text)) {
      const Rule& rule = *rules[i];
      Groups groups;
      if (rule.marked && !lines[line].marked) continue;
      if (!matches(rule, lines[line].text, groups)) continue;
      if (rule.unless && rule.unless->search(lines[line].text)) continue;
      all[i].rule = &rule;
      add_hit(all[i], line, std::move(groups));
    }
  }
  std::erase_if(all, [](const Matched& matched) { return matched.rule == nullptr; });
  return all;
}

void look(const Pattern& pattern, std::string_view text, std::size_t line, Hit& hit, bool& found) {
  if (found || !pattern.search(text, &hit.groups)) return;
  found = true;
  hit.proof.push_back(line);
}

/// Searches the lines after a hit, at most as far as the rule's next one, and those before it: several hits may share a
/// heading.
void add_details(const Rule& rule, std::span<const BareLine> lines, std::size_t to, Hit& hit) {
  for (const Pattern& pattern : rule.follow) {
    bool found = false;
    for (std::size_t i = hit.line + 1; i < std::min({to, lines.size(), hit.line + 1 + rule.within}) && !found; ++i)
      look(pattern, lines[i].text, i, hit, found);
  }
  for (const Pattern& pattern : rule.back) {
    bool found = false;
    for (std::size_t back = 1; back <= std::min(hit.line, rule.within) && !found; ++back)
      look(pattern, lines[hit.line - back].text, hit.line - back, hit, found);
  }
  std::ranges::sort(hit.proof);
  hit.proof.erase(std::ranges::unique(hit.proof).begin(), hit.proof.end());
}

/// The tool's own count, from the last line that has one: "3 failed, 10 passed".
void count_by_total(Matched& matched, std::span<const BareLine> lines) {
  for (std::size_t i = lines.size(); i-- > matched.hits.front().line;) {
    Groups groups;
    if (!matched.rule->total->search(lines[i].text, &groups)) continue;
    const auto count = groups.find("count");
    if (count == groups.end() || count->second.size() > 6) return;
    matched.count = std::max(matched.count, static_cast<std::size_t>(std::strtoul(count->second.c_str(), nullptr, 10)));
    return;
  }
}

void add_all_details(Matched& matched, std::span<const BareLine> lines) {
  const Rule& rule = *matched.rule;
  const std::size_t wanted = rule.needs.empty() ? std::min(matched.hits.size(), detailed_hits) : matched.hits.size();
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t to = i + 1 < matched.hits.size() ? matched.hits[i + 1].line : lines.size();
    add_details(rule, lines, to, matched.hits[i]);
  }
}

void drop_incomplete(Matched& matched) {
  const auto incomplete = [&](const Hit& hit) {
    return std::ranges::any_of(matched.rule->needs,
                               [&](const std::string& name) { return !hit.groups.contains(name); });
  };
  const std::size_t dropped = std::erase_if(matched.hits, incomplete);
  matched.count -= std::min(matched.count, dropped);
  if (dropped != 0 && !matched.hits.empty()) matched.last = matched.hits.back().line;
}

}  // namespace

std::vector<Matched> match_lines(RulePointers rules, std::span<const BareLine> lines) {
  std::vector<Matched> all = find_hits(rules, lines);
  for (Matched& matched : all) {
    add_all_details(matched, lines);
    drop_incomplete(matched);
  }
  std::erase_if(all, [](const Matched& matched) { return matched.hits.empty(); });
  for (Matched& matched : all)
    if (matched.rule->total) count_by_total(matched, lines);
  return all;
}

}  // namespace agent::evidence
