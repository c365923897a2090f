#include "base/redactor.hpp"

#include "base/encoding.hpp"
#include "base/redact_index.hpp"
#include "base/redact_scan.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace agent {
namespace {

using redaction::Certainty;
using redaction::Found;
using redaction::Match;

constexpr std::size_t shortest_secret = 6;
constexpr std::size_t most_needles = 4096;    ///< Learned secrets; each may have three spellings.
constexpr std::size_t most_secrets = 65'536;  ///< Numbered; what comes later shares the last number.
constexpr int most_rounds = 8;

/// The scanners of all formats and where to call them; the same for every redactor.
struct Shapes {
  std::vector<redaction::Anchor> anchors;
  redaction::StartIndex index;

  Shapes() {
    redaction::add_format_anchors(anchors);
    redaction::add_label_anchors(anchors);
    redaction::add_link_anchors(anchors);
    redaction::add_block_anchors(anchors);
    for (std::size_t i = 0; i < anchors.size(); ++i) index.add(anchors[i].start, anchors[i].next, i);
  }
};

/// All that looks like a secret.
Found find_shapes(std::string_view text) {
  static const Shapes shapes;
  Found found;
  shapes.index.scan(text, [&](std::size_t at, std::size_t id) {
    const auto& anchor = shapes.anchors[id];
    anchor.scan(text, at, anchor.row, found);
  });
  return found;
}

/// Matches in order and apart: overlapping ones joined under the surest kind.
std::vector<Match> joined(std::vector<Match> matches) {
  std::ranges::sort(
      matches, [](const Match& a, const Match& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
  std::vector<Match> result;
  for (auto& match : matches) {
    if (result.empty() || match.begin >= result.back().end) {
      result.push_back(std::move(match));
      continue;
    }
    auto& last = result.back();
    bool same = match.begin == last.begin && match.end == last.end;
    if (match.certainty > last.certainty) {
      last.kind = match.kind;
      last.certainty = match.certainty;
    }
    // What is joined of several is a secret of its own.
    if (!match.identity.empty() && same) last.identity = match.identity;
    if (match.end > last.end) last.identity.clear();
    last.end = std::max(last.end, match.end);
  }
  return result;
}

/// `matches` without what placeholders cover; both in order.
std::vector<Match> outside(const std::vector<Match>& matches, const std::vector<Match>& placeholders) {
  std::vector<Match> result;
  auto hole = placeholders.begin();
  for (auto match : matches) {
    while (hole != placeholders.end() && hole->end <= match.begin) ++hole;
    for (auto next = hole; next != placeholders.end() && next->begin < match.end; ++next) {
      if (next->begin > match.begin) {
        result.push_back(match);
        result.back().end = next->begin;
      }
      match.begin = std::min(next->end, match.end);
    }
    if (match.begin < match.end) result.push_back(std::move(match));
  }
  return result;
}

}  // namespace

struct Redactor::State {
  struct Secret {
    std::string kind;
    std::string identity;
    std::size_t number = 0;  ///< 0: not met by redact() yet.
  };
  struct Needle {
    std::string bytes;
    std::size_t offset = 0;  ///< Of the four bytes that the index knows.
    std::size_t secret = 0;
  };

  redaction::StartIndex index;  ///< Anchors first, then needles.
  std::deque<Secret> secrets;   ///< Addresses of kinds stay.
  std::unordered_map<std::string, std::size_t> by_identity;
  std::vector<Needle> needles;
  std::unordered_set<std::string> spellings;  ///< Of the needles.
  std::size_t learned = 0;
  std::size_t next_number = 1;
  std::map<std::string, std::size_t> counts;

  std::size_t secret_of(const std::string& identity, std::string_view kind) {
    if (auto known = by_identity.find(identity); known != by_identity.end()) return known->second;
    if (secrets.size() < most_secrets) secrets.push_back({std::string(kind), identity});
    by_identity.emplace(identity, secrets.size() - 1);
    return secrets.size() - 1;
  }

  void add_needle(std::string bytes, std::size_t secret) {
    if (bytes.size() < shortest_secret || bytes.contains('\n') || !spellings.insert(bytes).second) return;
    auto offset = index.rarest(bytes);
    index.add(std::string_view(bytes).substr(offset, 4), {}, needles.size());
    needles.push_back({std::move(bytes), offset, secret});
  }

  void learn(std::string_view value, std::size_t secret) {
    if (value.size() < shortest_secret || learned >= most_needles) return;
    auto before = needles.size();
    add_needle(std::string(value), secret);
    if (needles.size() == before) return;
    ++learned;
    add_needle(base64(value), secret);
    add_needle(percent_encode(value), secret);
  }

  void find_known(std::string_view text, Found& found) const;
  void harvest(std::string_view text, const Found& found);
  std::string replaced(std::string_view text, const std::vector<Match>& matches);
};

/// What was learned.
void Redactor::State::find_known(std::string_view text, Found& found) const {
  if (needles.empty()) return;
  index.scan(text, [&](std::size_t at, std::size_t id) {
    const auto& needle = needles[id];
    if (at < needle.offset || !text.substr(at - needle.offset).starts_with(needle.bytes)) return;
    const auto& secret = secrets[needle.secret];
    auto begin = at - needle.offset;
    found.matches.push_back({begin, begin + needle.bytes.size(), secret.kind, Certainty::known, secret.identity});
  });
}

/// Learns what was found.
void Redactor::State::harvest(std::string_view text, const Found& found) {
  for (const auto& match : found.matches) {
    auto value = text.substr(match.begin, match.end - match.begin);
    if (value.contains("[REDACTED:")) continue;
    if (match.certainty == Certainty::format ? value.size() < 16 : !redaction::worth_learning(value)) continue;
    learn(value, secret_of(match.identity.empty() ? std::string(value) : match.identity, match.kind));
  }
  for (const auto& plain : found.hidden_forms) {
    if (redaction::worth_learning(plain)) learn(plain, secret_of(plain, "kubernetes-secret"));
  }
}

std::string Redactor::State::replaced(std::string_view text, const std::vector<Match>& matches) {
  std::string result;
  result.reserve(text.size());
  std::size_t done = 0;
  for (const auto& match : matches) {
    auto value = text.substr(match.begin, match.end - match.begin);
    auto& secret = secrets[secret_of(match.identity.empty() ? std::string(value) : match.identity, match.kind)];
    if (secret.number == 0) secret.number = next_number++;
    ++counts[secret.kind];
    result += text.substr(done, match.begin - done);
    result += "[REDACTED:" + secret.kind + "#" + std::to_string(secret.number) + "]";
    done = match.end;
  }
  result += text.substr(done);
  return result;
}

Redactor::Redactor() : state_(std::make_unique<State>()) {}
Redactor::~Redactor() = default;
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;

void Redactor::harvest(std::string_view text) {
  auto found = find_shapes(text);
  found.matches = joined(std::move(found.matches));
  state_->harvest(text, found);
}

void Redactor::learn(std::string_view secret, std::string_view kind) {
  if (secret.size() >= shortest_secret) state_->learn(secret, state_->secret_of(std::string(secret), kind));
}

std::string Redactor::redact(std::string_view text) {
  std::string result(text);
  // A replaced value can leave a text in which another is seen: again, until nothing is, so that redacting twice
  // changes nothing. Each round hides at least one byte more.
  for (int round = 0; round < most_rounds; ++round) {
    auto found = find_shapes(result);
    found.matches = joined(std::move(found.matches));
    state_->harvest(result, found);
    state_->find_known(result, found);
    auto matches = outside(joined(std::move(found.matches)), found.placeholders);
    if (matches.empty()) break;
    result = state_->replaced(result, matches);
  }
  return result;
}

std::vector<std::pair<std::string, std::size_t>> Redactor::counts() const {
  return {state_->counts.begin(), state_->counts.end()};
}

}  // namespace agent
