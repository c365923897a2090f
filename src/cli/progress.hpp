#pragma once

#include "cli/output.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace agent::cli {

/// One line on a terminal that says how far reading has come; it appears after half a second and goes when done.
class Progress {
 public:
  enum class Shown { no, yes };

  Progress(Output& err, Shown shown, const std::string& name, std::string_view doing = "reading");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void read(std::uint64_t bytes);   ///< Bytes so far; draws at most ten times a second.
  void say(std::string_view text);  ///< How far things are, in words; as often.

 private:
  Output& err_;
  bool shown_;
  bool drawn_ = false;
  std::string doing_, name_;
  std::chrono::steady_clock::time_point next_;
  unsigned turn_ = 0;
};

}  // namespace agent::cli
