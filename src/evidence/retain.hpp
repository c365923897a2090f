#pragma once

#include "evidence/judge.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// A run of consecutive raw log lines.
struct Segment {
  std::size_t first_line = 0;  ///< Counted from 1.
  std::size_t lines = 0;
  int best = 0;      ///< Greatest weight of its lines.
  std::string text;  ///< Each line with its '\n'.
};

enum class Threads { one, two };

/// Reads a log of any size once and keeps what may explain a failure: the head, the tail, and a window around each line
/// that speaks of failure. Memory: about 12 MiB at any size; when there is more to keep, the weakest windows go first,
/// and of equally strong ones those in the middle of the log.
class Retainer {
 public:
  /// With two threads, a second one starts when the log turns out to be large, if there is a processor for it. What is
  /// kept is the same.
  explicit Retainer(Threads threads = Threads::two);

  void feed(std::string_view bytes);  ///< Any chunking.

  /// Everything kept, in log order, without overlap. Call once, last.
  [[nodiscard]] std::vector<Segment> finish();

  [[nodiscard]] std::size_t lines_total() const { return lines_; }
  [[nodiscard]] std::uint64_t bytes_total() const { return bytes_; }

 private:
  /// Whole lines to be judged, behind the history that their windows may reach into.
  struct Block {
    std::string text;
    std::size_t fresh = 0;  // Where what is not judged yet begins.
  };
  /// A line that opens a window; offsets in open_.text.
  struct Opening {
    std::size_t begin = 0, end = 0, number = 0;
    int weight = 0;
  };

  void take_block(std::size_t end);  // Makes filling_.text up to `end` the open block.
  void judge_open();                 // Judges the open block, here or with the second thread.
  void settle();                     // Waits for the judgement and keeps what it found.
  void take(const Judgement& found);
  int settled_weight(const WeightyLine& line);  // Less the more often its form came.
  void keep_head();
  void keep_window(const Opening& line);
  void keep_after(std::size_t limit);  // Continues the open window up to `limit`.
  void keep_tail();
  void keep(std::size_t end, std::size_t lines, int weight);  // From kept_ on.
  void skip_to(std::size_t begin);                            // Leaves the lines from kept_ to `begin` out.
  void shorten_line();                                        // Cuts the middle out of an endless line.
  void shed();                                                // Drops the weakest segments.

  Threads threads_;
  Block filling_;         // What is being read.
  Block open_;            // What is being judged; kept_ is an offset in it.
  bool judging_ = false;  // The second thread has it.
  std::unique_ptr<JudgeThread> second_;
  std::size_t kept_ = 0;       // Behind the last byte that is in a segment or was left out.
  std::size_t kept_line_ = 1;  // Number of the line at kept_.
  std::size_t after_ = 0;      // Lines the open window still takes.
  std::size_t lines_ = 0;
  std::uint64_t bytes_ = 0;
  std::size_t stored_ = 0;
  std::vector<Segment> segments_;
  std::vector<std::uint8_t> seen_;  // How often a form of line came, by its hash.
};

}  // namespace agent::evidence
