#include "base/process_passage.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>

namespace agent {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} * 1024;
constexpr std::size_t terminal_bytes = std::size_t{64} * 1024;

/// A pipe or terminal opened anew: O_NONBLOCK belongs to an open file, and ours is shared with whoever started us.
Descriptor reopen(int fd, const struct stat& about) {
  if (!S_ISFIFO(about.st_mode) && ::isatty(fd) != 1) return {};
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return Descriptor(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

bool never_blocks(int fd, const struct stat& about) {
  return S_ISREG(about.st_mode) || (S_ISCHR(about.st_mode) && ::isatty(fd) != 1);
}

}  // namespace

Passage::Passage(Descriptor source, int destination)
    : source_(std::move(source)),
      destination_(destination),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes)) {
  struct stat about{};
  ::fstat(destination, &about);
  reopened_ = reopen(destination, about);
  // A pipe that poll(2) calls writable takes PIPE_BUF bytes without blocking (pipe(7)).
  write_bytes_ = reopened_ || never_blocks(destination, about) ? buffer_bytes : PIPE_BUF;
}

std::string_view Passage::pull() {
  const ssize_t size = ::read(source_.get(), buffer_.get(), buffer_bytes);
  if (size > 0) {
    pending_ = {buffer_.get(), static_cast<std::size_t>(size)};
    owed_ -= std::min(owed_, pending_.size());
    may_owe_ -= std::min(may_owe_, pending_.size());
  } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
    source_.close();  // a pseudo-terminal's end is EIO
  }
  return pending_;
}

void Passage::push() {
  pollfd ready{destination(), POLLOUT, 0};
  while (!pending_.empty()) {
    if (write_bytes_ == PIPE_BUF && ::poll(&ready, 1, 0) <= 0) return;
    const ssize_t size = ::write(destination(), pending_.data(), std::min(pending_.size(), write_bytes_));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) return give_up(errno);
    pending_.remove_prefix(static_cast<std::size_t>(size));
  }
}

void Passage::give_up(int code) {
  // EIO: a terminal that was hung up.
  closed_ = code == EPIPE || (code == EIO && ::isatty(destination_) == 1) || code == ECONNRESET;
  if (!closed_) failed_ = code;
  pending_ = {};
  source_.close();
}

void Passage::note_end() {
  int size = 0;
  if (source_ && ::ioctl(source_.get(), FIONREAD, &size) == 0) owed_ = static_cast<std::size_t>(std::max(size, 0));
  // FIONREAD tells of a terminal's line only, not of the 64 KiB that the kernel may hold before it (tty_buffer.c).
  if (source_ && ::isatty(source_.get()) == 1) may_owe_ = owed_ + terminal_bytes;
}

}  // namespace agent
