#include "evidence/judge.hpp"

#include "base/text.hpp"
#include "evidence/scan.hpp"
#include "evidence/signals.hpp"

#include <sched.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace agent::evidence {
namespace {

constexpr std::size_t slice_bytes = 64U << 10;  // Small, so that both threads end at nearly the same time.
constexpr std::size_t longest_judged = 1600;    // Bytes of a line: what score_line() looks at, and room for colours.

std::uint32_t form_of(std::string_view line) {
  // Letters are put together without a branch first: which byte is one can't be foretold.
  constexpr std::size_t seen = 160, word = sizeof(std::uint64_t);
  std::array<char, seen + word> letters;
  std::size_t count = 0;
  for (const char c : line.substr(0, seen)) {
    letters[count] = c;
    const auto byte = static_cast<unsigned char>(c);
    count += static_cast<unsigned>(byte - 'A' < 26U) | static_cast<unsigned>(byte - 'g' < 20U);
  }
  std::fill_n(letters.begin() + static_cast<std::ptrdiff_t>(count), word, '\0');
  std::uint64_t hash = count;
  for (std::size_t at = 0; at < count; at += word) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, letters.data() + at, word);
    hash = (hash ^ bytes) * 0x9E3779B97F4A7C15ULL;
    hash ^= hash >> 32U;
  }
  return static_cast<std::uint32_t>(hash);
}

/// The line of a hit, with its '\n'.
WeightyLine line_of(std::string_view block, const ScanHit& hit) {
  const void* before = memrchr(block.data(), '\n', hit.offset);
  return {
      .begin = before == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(before) - block.data()) + 1,
      .end = std::min(hit.line_end + 1, block.size()),
      .newlines_before = hit.newlines_before};
}

/// Weighs a raw line as far as it will be seen.
void weigh(std::string_view raw, WeightyLine& line) {
  while (raw.ends_with('\n') || raw.ends_with('\r')) raw.remove_suffix(1);
  // What carriage returns left visible; its beginning decides, as score_line() looks at no more.
  if (const void* drawn = memrchr(raw.data(), '\r', raw.size()); drawn != nullptr)
    raw.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(drawn) - raw.data()) + 1);
  raw = raw.substr(0, longest_judged);
  std::string cleaned;
  if (raw.find('\x1b') != std::string_view::npos) raw = cleaned = clean_line(raw);
  raw = without_ci_stamp(raw);
  line.weight = score_line(raw).weight;
  if (line.weight >= least_weight) line.form = form_of(raw);
}

}  // namespace

Judgement judge(std::string_view block) {
  std::vector<ScanHit> hits;
  Judgement found;
  found.newlines = scan(block, hits);
  for (const ScanHit& hit : hits) {
    WeightyLine line = line_of(block, hit);
    weigh(block.substr(line.begin, line.end - line.begin), line);
    if (line.weight >= least_weight) found.lines.push_back(line);
  }
  return found;
}

JudgeThread::JudgeThread() : thread_([this] { loop(); }) {}

JudgeThread::~JudgeThread() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::ending;
  }
  changed_.notify_all();
  thread_.join();
}

void JudgeThread::start(std::string_view block) {
  block_ = block;
  slices_.clear();
  for (std::size_t begin = 0; begin < block.size();) {
    const std::size_t end =
        std::min(block.find('\n', std::min(begin + slice_bytes, block.size())), block.size() - 1) + 1;
    slices_.push_back({block.substr(begin, end - begin), {}});
    begin = end;
  }
  next_ = 0;
  {
    const std::lock_guard lock(mutex_);
    state_ = State::working;
  }
  changed_.notify_all();
}

Judgement JudgeThread::finish() {
  work();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ == State::idle; });
  }
  Judgement all;
  for (const Slice& slice : slices_) {
    const auto offset = static_cast<std::size_t>(slice.text.data() - block_.data());
    for (WeightyLine line : slice.found.lines) {
      line.begin += offset;
      line.end += offset;
      line.newlines_before += all.newlines;
      all.lines.push_back(line);
    }
    all.newlines += slice.found.newlines;
  }
  return all;
}

void JudgeThread::work() {
  for (std::size_t i = next_++; i < slices_.size(); i = next_++) slices_[i].found = judge(slices_[i].text);
}

void JudgeThread::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return state_ != State::idle; });
    if (state_ == State::ending) return;
    lock.unlock();
    work();
    lock.lock();
    if (state_ == State::working) state_ = State::idle;
    changed_.notify_all();
  }
}

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace agent::evidence
