#include "cli/progress.hpp"

#include "base/text.hpp"

#include <array>
#include <string_view>

namespace agent::cli {
namespace {

constexpr std::size_t longest_name = 60;  // of 80 columns; a wrapped line could not be taken back

}  // namespace

Progress::Progress(Output& err, Shown shown, const std::string& name, std::string_view doing)
    : err_(err),
      shown_(shown == Shown::yes && err.is_terminal()),
      doing_(doing),
      name_(clean_line(name.substr(0, longest_name))),
      next_(std::chrono::steady_clock::now() + std::chrono::milliseconds(500)) {}

Progress::~Progress() {
  if (drawn_) static_cast<void>(err_.write("\r\x1b[K"));  // a terminal that went away needs no cleaning
}

void Progress::read(std::uint64_t bytes) { say(std::to_string(bytes / 1'000'000) + " MB"); }

void Progress::say(std::string_view text) {
  if (!shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  static constexpr std::array<std::string_view, 4> spinner{"|", "/", "-", "\\"};
  const std::string line = "\r\x1b[K" + std::string(spinner.at(turn_++ % spinner.size())) + " " + doing_ + " " + name_ +
                           ": " + std::string(text);
  drawn_ = err_.write(line).has_value();
}

}  // namespace agent::cli
