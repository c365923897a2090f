#include "evidence/retain.hpp"

#include "base/text.hpp"
#include "evidence/scan.hpp"
#include "evidence/signals.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace agent::evidence {
namespace {

constexpr std::size_t block_bytes = 1U << 20;      // Judged at once.
constexpr std::size_t history_bytes = 192U << 10;  // Stays behind as context and as the log's tail.
constexpr std::size_t stored_limit = 8U << 20;
constexpr std::size_t segment_limit = 64U << 10;
constexpr std::size_t head_lines = 20, head_bytes = 4096;
constexpr std::size_t longest_line = 128U << 10, line_head = 4096, line_tail = 32U << 10;
constexpr int least_weight = 15;

struct Window {
  std::size_t before, after;
};

/// What stands around a line that names a cause explains it; around a weak sign, less of it does.
Window window(int weight) { return weight >= 50 ? Window{16, 40} : Window{4, 12}; }

/// The form of a line: its letters only, so that numbers, addresses and times make no difference.
std::uint32_t form_of(std::string_view line) {
  std::uint32_t hash = 2166136261U;
  for (const char c : line.substr(0, 160))
    if ((c >= 'A' && c <= 'Z') || (c >= 'g' && c <= 'z')) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

std::size_t line_begin(std::string_view text, std::size_t at) {
  if (at == 0) return 0;
  const void* found = memrchr(text.data(), '\n', at);
  return found == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
}

std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t found = text.find('\n', at);
  return found == std::string_view::npos ? text.size() : found + 1;
}

}  // namespace

Retainer::Retainer() : seen_(1U << 14) { buffer_.reserve(block_bytes + history_bytes + longest_line); }

void Retainer::feed(std::string_view bytes) {
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t room = block_bytes - (buffer_.size() - fresh_);
    const std::string_view piece = bytes.substr(0, room);
    buffer_.append(piece);
    bytes.remove_prefix(piece.size());
    if (buffer_.size() - fresh_ < block_bytes) continue;
    const void* last = memrchr(buffer_.data() + fresh_, '\n', buffer_.size() - fresh_);
    if (last != nullptr) process(static_cast<std::size_t>(static_cast<const char*>(last) - buffer_.data()) + 1);
    shorten_line();
  }
}

std::vector<Segment> Retainer::finish() {
  if (fresh_ < buffer_.size()) process(buffer_.size());
  keep_after(buffer_.size());
  if (kept_ < buffer_.size()) {  // The tail: all that the buffer still has.
    const std::size_t rest =
        line_begin(buffer_, std::max(kept_, buffer_.size() > history_bytes ? buffer_.size() - history_bytes : 0));
    const std::size_t begin = std::max(kept_, rest);
    kept_line_ += static_cast<std::size_t>(std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(kept_),
                                                      buffer_.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
    const auto newlines = std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(begin), buffer_.end(), '\n');
    keep(begin, buffer_.size(), static_cast<std::size_t>(newlines) + (buffer_.back() == '\n' ? 0 : 1), 0);
  }
  return std::move(segments_);
}

void Retainer::process(std::size_t end) {
  if (lines_ == 0) {
    std::size_t head = 0, count = 0;
    while (head < end && count < head_lines && head < head_bytes) {
      head = line_end(std::string_view(buffer_).substr(0, end), head);
      ++count;
    }
    keep(0, head, count, 0);
  }
  judge(fresh_, end);
  for (const SignalLine& line : signal_lines_) keep_window(line);
  keep_after(end);
  fresh_ = end;
  forget_old();
}

void Retainer::judge(std::size_t begin, std::size_t end) {
  thread_local std::vector<ScanHit> hits;
  hits.clear();
  signal_lines_.clear();
  const std::string_view block = std::string_view(buffer_).substr(begin, end - begin);
  const std::size_t newlines = scan(block, hits);
  for (const ScanHit& hit : hits) {
    const std::size_t from = line_begin(block, hit.offset);
    const std::size_t to = line_end(block, hit.offset);
    std::string_view raw = block.substr(from, to - from);
    while (raw.ends_with('\n') || raw.ends_with('\r')) raw.remove_suffix(1);
    // A hit is told once a line; the weight is that of the whole line.
    std::string cleaned;
    if (raw.find('\x1b') != std::string_view::npos || raw.find('\r') != std::string_view::npos)
      raw = cleaned = clean_line(raw);
    raw = without_ci_stamp(raw);
    const int weight = repeated(score_line(raw).weight, raw);
    if (weight >= least_weight)
      signal_lines_.push_back({begin + from, begin + to, lines_ + hit.newlines_before + 1, weight});
  }
  lines_ += newlines;
  if (!block.empty() && block.back() != '\n') ++lines_;
}

int Retainer::repeated(int weight, std::string_view line) {
  if (weight < least_weight) return 0;
  const std::uint32_t form = form_of(line);
  std::uint8_t& count = seen_[(form ^ (form >> 14U)) % seen_.size()];
  if (count < std::numeric_limits<std::uint8_t>::max()) ++count;
  return count > 200 ? weight / 4 : count > 30 ? weight / 2 : weight;
}

void Retainer::keep_window(const SignalLine& line) {
  const Window around = window(line.weight);
  keep_after(line.begin);
  std::size_t begin = line.begin, lines = 1;
  while (lines <= around.before && begin > kept_) {
    begin = line_begin(buffer_, begin - 1);
    ++lines;
  }
  if (begin > kept_) kept_line_ = line.number - (lines - 1);
  if (begin < kept_) begin = kept_;
  if (line.end > kept_) keep(begin, line.end, line.number + 1 - kept_line_, line.weight);
  after_ = std::max(after_, around.after);
}

void Retainer::keep_after(std::size_t limit) {
  std::size_t end = kept_, lines = 0;
  while (lines < after_ && end < limit) {
    end = line_end(buffer_, end);
    ++lines;
  }
  if (lines == 0) return;
  after_ -= lines;
  keep(kept_, end, lines, 0);
}

void Retainer::keep(std::size_t begin, std::size_t end, std::size_t lines, int weight) {
  const bool goes_on = !segments_.empty() && segments_.back().first_line + segments_.back().lines == kept_line_ &&
                       segments_.back().text.size() < segment_limit;
  if (!goes_on) segments_.push_back({kept_line_, 0, 0, {}});
  Segment& segment = segments_.back();
  segment.text.append(buffer_, begin, end - begin);
  segment.lines += lines;
  segment.best = std::max(segment.best, weight);
  stored_ += end - begin;
  kept_ = end;
  kept_line_ += lines;
  if (stored_ > stored_limit) shed();
}

void Retainer::forget_old() {
  if (fresh_ <= history_bytes) return;
  const std::size_t cut = line_begin(buffer_, fresh_ - history_bytes);
  if (kept_ < cut) {
    kept_line_ += static_cast<std::size_t>(std::count(buffer_.begin() + static_cast<std::ptrdiff_t>(kept_),
                                                      buffer_.begin() + static_cast<std::ptrdiff_t>(cut), '\n'));
    kept_ = cut;
    after_ = 0;
  }
  buffer_.erase(0, cut);
  fresh_ -= cut;
  kept_ -= cut;
}

void Retainer::shorten_line() {
  const std::size_t size = buffer_.size() - fresh_;
  if (size > longest_line) buffer_.erase(fresh_ + line_head, size - line_head - line_tail);
}

void Retainer::shed() {
  std::vector<std::size_t> order(segments_.size() - 1);  // The last one is still being written.
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto from_ends = [&](std::size_t i) { return std::min(i, order.size() - i); };
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return segments_[a].best != segments_[b].best ? segments_[a].best < segments_[b].best : from_ends(a) > from_ends(b);
  });
  for (const std::size_t i : order) {
    if (stored_ <= stored_limit / 2) break;
    if (i == 0) continue;  // The head.
    stored_ -= segments_[i].text.size();
    segments_[i].lines = 0;
  }
  std::erase_if(segments_, [](const Segment& segment) { return segment.lines == 0; });
}

}  // namespace agent::evidence
