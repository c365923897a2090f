#pragma once

#include "base/descriptor.hpp"

#include <sys/types.h>
#include <termios.h>

#include <array>
#include <optional>
#include <string_view>

namespace agent {

/// A pseudo-terminal; the master does not block.
struct Pty {
  Descriptor master, slave;
};

/// What the pseudo-terminal does to output, "\n" to "\r\n" above all.
enum class PtyOutput {
  as_outer,   ///< What the outer terminal does, which must then be raw.
  untouched,  ///< Nothing: the outer terminal does it.
};

/// A pseudo-terminal of the size and the settings of the terminal `outer`; none where the system gives none.
[[nodiscard]] std::optional<Pty> open_pty(int outer, PtyOutput output);

/// Gives `to` the window size of `from`; what runs on it gets SIGWINCH.
void copy_window_size(int from, int to);

/// Our process group is in the foreground of the terminal `fd`, so that its keys are ours.
[[nodiscard]] bool in_foreground(int fd);

/// Passes what is typed at our terminal to a command's pseudo-terminal, control characters and all. The outer
/// terminal is raw meanwhile, and as before when this ends.
class Keyboard {
 public:
  Keyboard(int terminal, Descriptor master) : terminal_(terminal), master_(std::move(master)) { resume(); }
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;
  ~Keyboard() { restore(); }

  /// Makes the terminal raw if we are in its foreground; also after we were stopped.
  void resume();

  /// What to poll for; -1 where nothing is.
  [[nodiscard]] int source() const { return raw_ && pending_.empty() ? terminal_ : -1; }
  [[nodiscard]] int target() const { return pending_.empty() ? -1 : master_.get(); }

  void pull();  ///< Takes keys; call when source() is readable.
  void push();  ///< Hands them on; call when target() is writable.

 private:
  void restore();

  int terminal_;
  Descriptor master_;
  termios before_{};
  bool saved_ = false, raw_ = false;
  std::array<char, 4096> keys_{};
  std::string_view pending_;
};

/// Our terminal's foreground while a command in our session has it; taken back when this ends.
class LentForeground {
 public:
  LentForeground(int terminal, pid_t group) : terminal_(terminal), group_(group) {}
  LentForeground(const LentForeground&) = delete;
  LentForeground& operator=(const LentForeground&) = delete;
  ~LentForeground() { take_back(); }

  void lend();  ///< If it is ours.
  void take_back();

 private:
  int terminal_;
  pid_t group_;
};

}  // namespace agent
