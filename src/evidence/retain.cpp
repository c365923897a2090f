#include "evidence/retain.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace agent::evidence {
namespace {

constexpr std::size_t block_bytes = 1U << 20;      // Judged at once.
constexpr std::size_t history_bytes = 192U << 10;  // Stays behind as context and as the log's tail.
constexpr std::size_t large_log = 16U << 20;       // Worth a second thread.
constexpr std::size_t stored_limit = 8U << 20;
constexpr std::size_t segment_limit = 64U << 10;
constexpr std::size_t head_lines = 20, head_bytes = 4096;
constexpr std::size_t longest_line = 128U << 10, line_head = 4096, line_tail = 32U << 10;
constexpr std::uint8_t common_form = 30;      // A form of line that came more often counts half,
constexpr std::uint8_t most_of_a_form = 200;  // and at last for nothing.

struct Window {
  std::size_t before, after;
};

/// What stands around a line that names a cause explains it; around a weak sign, less of it does.
Window window(int weight) { return weight >= 50 ? Window{16, 40} : Window{4, 12}; }

std::size_t line_begin(std::string_view text, std::size_t at) {
  if (at == 0) return 0;
  const void* found = memrchr(text.data(), '\n', at);
  return found == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
}

std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t found = text.find('\n', at);
  return found == std::string_view::npos ? text.size() : found + 1;
}

std::size_t newlines_in(std::string_view text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

}  // namespace

Retainer::Retainer(Threads threads) : threads_(threads), seen_(1U << 14) {}

void Retainer::feed(std::string_view bytes) {
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t room = block_bytes - (filling_.text.size() - filling_.fresh);
    const std::string_view piece = bytes.substr(0, room);
    filling_.text.append(piece);
    bytes.remove_prefix(piece.size());
    if (filling_.text.size() - filling_.fresh < block_bytes) continue;
    const std::size_t end = line_begin(filling_.text, filling_.text.size());
    if (end > filling_.fresh) take_block(end);
    shorten_line();
  }
}

std::vector<Segment> Retainer::finish() {
  take_block(filling_.text.size());
  keep_judged();
  second_.reset();
  keep_tail();
  return std::move(segments_);
}

void Retainer::take_block(std::size_t end) {
  if (!has_second()) {
    let_go(filling_.fresh);  // Its memory is used again, while it is in the processor's cache.
    Block block = cut_off(end);
    const Judgement found = judge(block.judged());
    return keep_block(std::move(block), found);
  }
  Block block = cut_off(end);
  // The second thread goes on with this block while what it found in the last one is kept.
  const Judgement found = second_->finish();
  std::swap(block, judging_);
  second_->start(judging_.judged());
  keep_block(std::move(block), found);
}

Retainer::Block Retainer::cut_off(std::size_t end) {
  const std::size_t history = line_begin(filling_.text, end > history_bytes ? end - history_bytes : 0);
  std::string rest = std::move(spare_);
  rest.assign(filling_.text, history);
  Block block = std::exchange(filling_, {std::move(rest), end - history});
  block.text.resize(end);
  return block;
}

bool Retainer::has_second() {
  if (second_ != nullptr) return true;
  if (threads_ == Threads::one || bytes_ < large_log) return false;
  if (usable_processors() > 1)
    second_ = std::make_unique<JudgeThread>();
  else
    threads_ = Threads::one;
  return second_ != nullptr;
}

void Retainer::keep_judged() {
  if (second_ == nullptr) return;
  const Judgement found = second_->finish();
  keep_block(std::move(judging_), found);
}

void Retainer::keep_block(Block block, const Judgement& found) {
  if (block.text.empty()) return;
  let_go(block.fresh);
  open_ = std::move(block);
  if (lines_ == 0) keep_head();
  for (const WeightyLine& line : found.lines) {
    const int weight = settled_weight(line);
    if (weight < least_weight) continue;
    keep_window({open_.fresh + line.begin, open_.fresh + line.end, lines_ + line.newlines_before + 1, weight});
  }
  keep_after(open_.text.size());
  lines_ += found.newlines;
  if (open_.text.size() > open_.fresh && open_.text.back() != '\n') ++lines_;
}

void Retainer::let_go(std::size_t history) {
  if (open_.text.empty()) return;
  const std::size_t shift = open_.text.size() - history;
  if (kept_ < shift) skip_to(shift);
  kept_ -= shift;
  spare_ = std::exchange(open_.text, {});
}

int Retainer::settled_weight(const WeightyLine& line) {
  std::uint8_t& count = seen_[(line.form ^ (line.form >> 14U)) % seen_.size()];
  if (count == most_of_a_form) return 0;
  return ++count > common_form ? line.weight / 2 : line.weight;
}

void Retainer::keep_head() {
  std::size_t head = 0, count = 0;
  while (head < open_.text.size() && count < head_lines && head < head_bytes) {
    head = line_end(open_.text, head);
    ++count;
  }
  if (count > 0) keep(head, count, 0);
}

void Retainer::keep_window(const Opening& line) {
  const Window around = window(line.weight);
  keep_after(line.begin);
  if (line.end > kept_) {
    std::size_t begin = line.begin, before = 0;
    for (; before < around.before && begin > kept_; ++before) begin = line_begin(open_.text, begin - 1);
    if (begin > kept_) {
      kept_ = begin;
      kept_line_ = line.number - before;
    }
    keep(line.end, line.number + 1 - kept_line_, line.weight);
  }
  after_ = std::max(after_, around.after);
}

void Retainer::keep_after(std::size_t limit) {
  std::size_t end = kept_, lines = 0;
  while (lines < after_ && end < limit) {
    end = line_end(open_.text, end);
    ++lines;
  }
  if (lines == 0) return;
  after_ -= lines;
  keep(end, lines, 0);
}

void Retainer::keep_tail() {
  const std::string_view text = open_.text;
  const std::size_t tail = line_begin(text, text.size() > history_bytes ? text.size() - history_bytes : 0);
  if (kept_ < tail) skip_to(tail);
  if (kept_ < text.size()) keep(text.size(), newlines_in(text.substr(kept_)) + (text.back() == '\n' ? 0 : 1), 0);
}

void Retainer::keep(std::size_t end, std::size_t lines, int weight) {
  const bool goes_on = !segments_.empty() && segments_.back().first_line + segments_.back().lines == kept_line_ &&
                       segments_.back().text.size() < segment_limit;
  if (!goes_on) segments_.push_back({kept_line_, 0, 0, {}});
  Segment& segment = segments_.back();
  segment.text.append(open_.text, kept_, end - kept_);
  segment.lines += lines;
  segment.best = std::max(segment.best, weight);
  stored_ += end - kept_;
  kept_ = end;
  kept_line_ += lines;
  if (stored_ > stored_limit) shed();
}

void Retainer::skip_to(std::size_t begin) {
  kept_line_ += newlines_in(std::string_view(open_.text).substr(kept_, begin - kept_));
  kept_ = begin;
  after_ = 0;
}

void Retainer::shorten_line() {
  const std::size_t size = filling_.text.size() - filling_.fresh;
  if (size > longest_line) filling_.text.erase(filling_.fresh + line_head, size - line_head - line_tail);
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
