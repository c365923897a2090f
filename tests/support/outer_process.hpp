#pragma once

#include "base/descriptor.hpp"
#include "base/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::test {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read, write;
};

inline std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t size = 0; (size = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

inline std::string read_until(int fd, std::string_view wanted) {
  std::string text;
  char byte = 0;
  while (!text.ends_with(wanted) && ::read(fd, &byte, 1) == 1) text += byte;
  return text;
}

/// What run_command gave in another process.
struct Outcome {
  CommandEnd end;
  std::optional<ErrorKind> error;
  std::string observed;
};

/// A process that calls run_command with given standard streams, so that the test's own stay as they are.
class Outer {
 public:
  /// -1: closed.
  struct Streams {
    int in = -1, out = -1, err = -1;
    int terminal = -1;  ///< Becomes the process's controlling terminal.
  };

  Outer(const std::vector<std::string>& argv, const Streams& streams, const CommandOptions& options = {})
      : report_(::memfd_create("outcome", MFD_CLOEXEC)), pid_(::fork()) {
    if (pid_ != 0) return;
    ::setsid();
    if (streams.terminal >= 0) ::ioctl(streams.terminal, TIOCSCTTY, 0);
    place(streams.in, STDIN_FILENO);
    place(streams.out, STDOUT_FILENO);
    place(streams.err, STDERR_FILENO);
    close_as_exec_would();
    run(argv, options);
    ::_exit(0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

  Outcome wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "run_command's process ended by status " << status;
    Outcome outcome;
    Fixed fixed;
    ::lseek(report_.get(), 0, SEEK_SET);
    EXPECT_EQ(::read(report_.get(), &fixed, sizeof fixed), static_cast<ssize_t>(sizeof fixed));
    if (fixed.error >= 0) outcome.error = static_cast<ErrorKind>(fixed.error);
    outcome.end = {fixed.exit_code, {}, fixed.timed_out, fixed.output_closed};
    if (fixed.signal > 0) outcome.end.signal = fixed.signal;
    outcome.observed = read_all(report_.get());
    return outcome;
  }

 private:
  struct Fixed {
    int error = -1, exit_code = 0, signal = 0;
    bool timed_out = false, output_closed = false;
  };

  static void place(int from, int to) {
    if (from < 0) ::close(to);
    if (from >= 0) ::dup2(from, to);
  }

  /// The test's ends of the pipes, above all: they would keep a pipe open that the test closed.
  void close_as_exec_would() const {
    for (int fd = STDERR_FILENO + 1; fd < 256; ++fd) {
      if (fd != report_.get() && ::fcntl(fd, F_GETFD) == FD_CLOEXEC) ::close(fd);
    }
  }

  void run(const std::vector<std::string>& argv, const CommandOptions& options) const {
    ::lseek(report_.get(), sizeof(Fixed), SEEK_SET);
    const auto end = run_command(argv, options, [&](std::string_view bytes) {
      if (::write(report_.get(), bytes.data(), bytes.size()) < 0) ::_exit(1);
    });
    Fixed fixed;
    if (!end) fixed.error = static_cast<int>(end.error().kind);
    if (end) fixed = {-1, end->exit_code, end->signal.value_or(0), end->timed_out, end->output_closed};
    if (::pwrite(report_.get(), &fixed, sizeof fixed, 0) < 0) ::_exit(1);
  }

  Descriptor report_;
  pid_t pid_;
};

}  // namespace agent::test
