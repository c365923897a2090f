#pragma once

#include <cstddef>
#include <cstdint>
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

/// Reads a log of any size once and keeps what may explain a failure: the head, the tail, and a window around each line
/// that speaks of failure. Memory: about 12 MiB at any size; when there is more to keep, the weakest windows go first,
/// and of equally strong ones those in the middle of the log.
class Retainer {
 public:
  Retainer();

  void feed(std::string_view bytes);  ///< Any chunking.

  /// Everything kept, in log order, without overlap. Call once, last.
  [[nodiscard]] std::vector<Segment> finish();

  [[nodiscard]] std::size_t lines_total() const { return lines_; }
  [[nodiscard]] std::uint64_t bytes_total() const { return bytes_; }

 private:
  struct SignalLine {
    std::size_t begin = 0, end = 0;  // In buffer_; `end` is behind the '\n'.
    std::size_t number = 0;
    int weight = 0;
  };

  void process(std::size_t end);                   // Judges buffer_[fresh_, end), whole lines.
  void judge(std::size_t begin, std::size_t end);  // Scans and collects signal lines.
  void keep_window(const SignalLine& line);
  void keep_after(std::size_t limit);  // Continues the open window up to `limit`.
  void keep(std::size_t begin, std::size_t end, std::size_t lines, int weight);
  void forget_old();    // Moves the history to the front of the buffer.
  void shorten_line();  // Cuts the middle out of an endless line.
  void shed();          // Drops the weakest segments.
  int repeated(int weight, std::string_view line);

  std::string buffer_;         // [history, judged][fresh]
  std::size_t fresh_ = 0;      // Where what is not judged yet begins.
  std::size_t kept_ = 0;       // Behind the last byte of buffer_ that is in a segment.
  std::size_t kept_line_ = 1;  // Number of the line at kept_.
  std::size_t after_ = 0;      // Lines the open window still takes.
  std::size_t lines_ = 0;
  std::uint64_t bytes_ = 0;
  std::size_t stored_ = 0;
  std::vector<Segment> segments_;
  std::vector<SignalLine> signal_lines_;
  std::vector<std::uint8_t> seen_;  // How often a form of line was met, by hash.
};

}  // namespace agent::evidence
