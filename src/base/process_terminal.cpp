#include "base/process_terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace agent {

std::optional<Pty> open_pty(int outer, PtyOutput output) {
  Pty pty{Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)), {}};
  std::array<char, 128> name{};
  if (!pty.master || ::unlockpt(pty.master.get()) != 0) return std::nullopt;
  if (::ptsname_r(pty.master.get(), name.data(), name.size()) != 0) return std::nullopt;
  pty.slave = Descriptor(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.slave) return std::nullopt;
  termios settings{};
  if (::tcgetattr(outer, &settings) == 0) {
    if (output == PtyOutput::untouched) settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    ::tcsetattr(pty.slave.get(), TCSANOW, &settings);
  }
  copy_window_size(outer, pty.master.get());
  return pty;
}

void copy_window_size(int from, int to) {
  winsize size{};
  if (::ioctl(from, TIOCGWINSZ, &size) == 0) ::ioctl(to, TIOCSWINSZ, &size);
}

bool in_foreground(int fd) { return ::isatty(fd) == 1 && ::tcgetpgrp(fd) == ::getpgrp(); }

void Keyboard::resume() {
  if (!in_foreground(terminal_)) return;
  if (!saved_) saved_ = ::tcgetattr(terminal_, &before_) == 0;
  termios raw = before_;
  ::cfmakeraw(&raw);
  raw_ = saved_ && ::tcsetattr(terminal_, TCSANOW, &raw) == 0;
}

void Keyboard::restore() {
  if (raw_) ::tcsetattr(terminal_, TCSANOW, &before_);
  raw_ = false;
}

void Keyboard::pull() {
  const ssize_t size = ::read(terminal_, keys_.data(), keys_.size());
  if (size > 0) {
    pending_ = {keys_.data(), static_cast<std::size_t>(size)};
    push();
  } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
    raw_ = false;  // the terminal is gone; so is what there was to restore
  }
}

void Keyboard::push() {
  const ssize_t size = ::write(master_.get(), pending_.data(), pending_.size());
  if (size >= 0) pending_.remove_prefix(static_cast<std::size_t>(size));
  if (size < 0 && errno != EINTR && errno != EAGAIN) pending_ = {};  // nobody will read them any more
}

void LentForeground::lend() {
  if (in_foreground(terminal_)) ::tcsetpgrp(terminal_, group_);
}

void LentForeground::take_back() {
  if (::tcgetpgrp(terminal_) == group_) ::tcsetpgrp(terminal_, ::getpgrp());
}

}  // namespace agent
