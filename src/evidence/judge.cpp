#include "evidence/judge.hpp"

#include "base/text.hpp"
#include "evidence/scan.hpp"
#include "evidence/signals.hpp"

#include <sched.h>
#include <algorithm>
#include <cstring>
#include <string>

namespace agent::evidence {
namespace {

constexpr std::size_t slice_bytes = 256U << 10;
constexpr std::size_t longest_judged = 1600;  // Bytes of a line: what score_line() looks at, and room for colours.

std::uint32_t form_of(std::string_view line) {
  std::uint32_t hash = 2166136261U;
  for (const char c : line.substr(0, 160))
    if ((c >= 'A' && c <= 'Z') || (c >= 'g' && c <= 'z')) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

/// The line around `at`, with its '\n'.
WeightyLine line_around(std::string_view block, std::size_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : block.rfind('\n', at - 1);
  const std::size_t behind = block.find('\n', at);
  return {.begin = before == std::string_view::npos ? 0 : before + 1,
          .end = behind == std::string_view::npos ? block.size() : behind + 1};
}

/// Weighs a raw line as far as it will be seen.
void weigh(std::string_view raw, WeightyLine& line) {
  while (raw.ends_with('\n') || raw.ends_with('\r')) raw.remove_suffix(1);
  // What carriage returns left visible; its beginning decides, as score_line() looks at no more.
  if (const std::size_t drawn = raw.rfind('\r'); drawn != std::string_view::npos) raw.remove_prefix(drawn + 1);
  raw = raw.substr(0, longest_judged);
  std::string cleaned;
  if (raw.find('\x1b') != std::string_view::npos) raw = cleaned = clean_line(raw);
  raw = without_ci_stamp(raw);
  line.weight = score_line(raw).weight;
  line.form = form_of(raw);
}

}  // namespace

Judgement judge(std::string_view block) {
  std::vector<ScanHit> hits;
  Judgement found;
  found.newlines = scan(block, hits);
  for (const ScanHit& hit : hits) {
    WeightyLine line = line_around(block, hit.offset);
    line.newlines_before = hit.newlines_before;
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
