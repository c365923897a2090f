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
    std::size_t fresh = 0;  // Where what is to be judged begins.
    [[nodiscard]] std::string_view judged() const { return std::string_view(text).substr(fresh); }
  };
  /// A line that opens a window; offsets in open_.text.
  struct Opening {
    std::size_t begin = 0, end = 0, number = 0;
    int weight = 0;
  };

  void take_block(std::size_t end);  // Has filling_.text up to `end` judged, and what was judged kept.
  Block cut_off(std::size_t end);    // filling_.text up to `end`; its last lines stay behind as history.
  bool has_second();                 // Starts the second thread when it is worth one.
  void keep_judged();                // Waits for the second thread's judgement and keeps what it found.
  void keep_block(Block block, const Judgement& found);
  void let_go(std::size_t history);             // Of the open block; its last `history` bytes stand in the next one.
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
  Block filling_;      // What is being read.
  Block judging_;      // What the second thread judges, if anything.
  Block open_;         // What is being kept; kept_ is an offset in it.
  std::string spare_;  // Memory of the last block that was let go.
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
