#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace agent::evidence {

/// A line of a block that speaks of failure.
struct WeightyLine {
  std::size_t begin = 0, end = 0;   ///< In the block; `end` is behind the '\n'.
  std::size_t newlines_before = 0;  ///< In the block.
  std::uint32_t form = 0;           ///< Hash of the line's letters: numbers, addresses and times make no difference.
  int weight = 0;                   ///< least_weight and more.
  bool operator==(const WeightyLine&) const = default;
};

/// Lines of less weight are not worth a window.
inline constexpr int least_weight = 15;

/// What was found in a block of whole lines.
struct Judgement {
  std::vector<WeightyLine> lines;  ///< In order.
  std::size_t newlines = 0;
};

/// Judges every line of `block`.
[[nodiscard]] Judgement judge(std::string_view block);

/// Judges blocks in slices, on a thread of its own and on the caller's. The result is that of judge().
/// One caller at a time.
class JudgeThread {
 public:
  JudgeThread();
  ~JudgeThread();
  JudgeThread(const JudgeThread&) = delete;
  JudgeThread& operator=(const JudgeThread&) = delete;

  void start(std::string_view block);  ///< Returns at once; `block` must live until finish().
  [[nodiscard]] Judgement finish();    ///< Helps, waits, and gives what was found in the block.

 private:
  struct Slice {
    std::string_view text;
    Judgement found;
  };
  void work();  // Takes slices until there are none.
  void loop();  // The thread.

  std::string_view block_;
  std::vector<Slice> slices_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  enum class State { idle, working, ending } state_ = State::idle;  // Guarded by mutex_.
  std::thread thread_;
};

/// Processors that this process may run on.
[[nodiscard]] int usable_processors();

}  // namespace agent::evidence
