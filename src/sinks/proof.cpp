#include "sinks/proof.hpp"

#include "sinks/display.hpp"
#include "sinks/facts.hpp"

#include <algorithm>
#include <map>

namespace agent::sinks {
namespace {

constexpr std::size_t most_context = 3;

/// What is shown of one source while it is collected: lines by number, then citations that have none.
struct Collected {
  std::string source;
  std::map<std::size_t, ProofLine> lines;
  std::vector<ProofLine> unnumbered;
  std::vector<const Excerpt*> touched;
};

const Excerpt* excerpt_at(const std::vector<SourceEvidence>& evidence, const Citation& citation) {
  for (const SourceEvidence& source : evidence) {
    if (source.source != citation.source) continue;
    for (const Excerpt& excerpt : source.excerpts)
      if (citation.line >= excerpt.first_line && citation.line <= excerpt.last_line) return &excerpt;
  }
  return nullptr;
}

Collected& collected_for(std::vector<Collected>& all, const std::string& source) {
  const auto found = std::ranges::find(all, source, &Collected::source);
  return found != all.end() ? *found : all.emplace_back(Collected{source, {}, {}, {}});
}

void add_context(Collected& into, const Excerpt& excerpt, std::size_t line, std::size_t context) {
  for (ProofLine& candidate : numbered_lines(excerpt)) {
    const std::size_t distance = candidate.number > line ? candidate.number - line : line - candidate.number;
    if (distance <= context) into.lines.try_emplace(candidate.number, std::move(candidate));
  }
  if (std::ranges::find(into.touched, &excerpt) == into.touched.end()) into.touched.push_back(&excerpt);
}

void add_citation(Collected& into, const Citation& citation, const Excerpt* excerpt, std::size_t context) {
  ProofLine quoted{citation.line, one_line(citation.quote), true};
  if (citation.line == 0) {
    into.unnumbered.push_back(std::move(quoted));
    return;
  }
  if (excerpt != nullptr) add_context(into, *excerpt, citation.line, context);
  into.lines.try_emplace(citation.line, std::move(quoted)).first->second.key = true;
}

/// Without blank context lines that open a run of neighbours or close it.
void drop_blank_edges(std::vector<ProofLine>& lines) {
  const auto blank_edge = [&](std::size_t i) {
    if (lines[i].key || !lines[i].text.empty()) return false;
    const bool opens = i == 0 || lines[i - 1].number + 1 != lines[i].number;
    const bool closes = i + 1 == lines.size() || lines[i].number + 1 != lines[i + 1].number;
    return opens || closes;
  };
  for (std::size_t i = 0; i < lines.size();) {
    if (!blank_edge(i)) {
      ++i;
      continue;
    }
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    if (i > 0) --i;
  }
}

ProofBlock block_of(Collected collected) {
  ProofBlock block{collected.source, {}, 0};
  for (auto& [number, line] : collected.lines) block.lines.push_back(std::move(line));
  drop_blank_edges(block.lines);
  std::ranges::move(collected.unnumbered, std::back_inserter(block.lines));
  for (const Excerpt* excerpt : collected.touched) block.folded += excerpt->folded;
  return block;
}

/// The fields of one object stand together, each by its name.
Citation by_object(const Citation& citation) {
  const std::size_t hash = citation.source.find("#/");
  if (!citation.source.starts_with("object/") || hash == std::string::npos) return citation;
  Citation field = citation;
  field.source.resize(hash);
  field.quote = field_words(std::string_view(citation.source).substr(hash + 2)) + ": " + citation.quote;
  return field;
}

Proof collect(const Finding& finding, const std::vector<SourceEvidence>& evidence, std::size_t context) {
  std::vector<Collected> all;
  for (const Citation& citation : finding.evidence) {
    const Citation shown = by_object(citation);
    add_citation(collected_for(all, shown.source), shown, excerpt_at(evidence, citation), context);
  }
  Proof proof;
  for (Collected& collected : all) proof.blocks.push_back(block_of(std::move(collected)));
  return proof;
}

std::size_t count_lines(const Proof& proof) {
  std::size_t count = 0;
  for (const ProofBlock& block : proof.blocks) count += block.lines.size();
  return count;
}

void keep_first(Proof& proof, std::size_t max_lines) {
  for (ProofBlock& block : proof.blocks) {
    const std::size_t kept = std::min(block.lines.size(), max_lines);
    proof.left_out += block.lines.size() - kept;
    block.lines.resize(kept);
    max_lines -= kept;
  }
  std::erase_if(proof.blocks, [](const ProofBlock& block) { return block.lines.empty(); });
}

bool tells_of_failure(const Excerpt& excerpt) {
  return excerpt.why.find("error") != std::string::npos || excerpt.why.find("trace") != std::string::npos;
}

}  // namespace

Proof proof_of(const Finding& finding, const std::vector<SourceEvidence>& evidence, std::size_t max_lines) {
  Proof proof;
  for (std::size_t less = 0; less <= most_context; ++less) {
    proof = collect(finding, evidence, most_context - less);
    if (count_lines(proof) <= max_lines) return proof;
  }
  keep_first(proof, max_lines);
  return proof;
}

Proof likeliest_excerpt(const std::vector<SourceEvidence>& evidence, std::size_t max_lines) {
  const SourceEvidence* source = nullptr;
  const Excerpt* best = nullptr;
  for (const SourceEvidence& candidate : evidence) {
    for (const Excerpt& excerpt : candidate.excerpts) {
      if (best != nullptr && tells_of_failure(*best) && !tells_of_failure(excerpt)) continue;
      source = &candidate;
      best = &excerpt;
    }
  }
  if (best == nullptr) return {};
  std::vector<ProofLine> lines = numbered_lines(*best);
  const std::size_t surplus = lines.size() - std::min(lines.size(), max_lines);
  if (tells_of_failure(*best))
    lines.resize(lines.size() - surplus);
  else
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(surplus));
  return Proof{{ProofBlock{source->source, std::move(lines), best->folded}}, 0};
}

std::vector<ProofLine> numbered_lines(const Excerpt& excerpt) {
  std::vector<ProofLine> lines;
  for (std::string& text : safe_lines(excerpt.text))
    lines.push_back({excerpt.first_line + lines.size(), std::move(text), false});
  return lines;
}

}  // namespace agent::sinks
