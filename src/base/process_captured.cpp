#include "base/process_captured.hpp"

#include "base/descriptor.hpp"
#include "base/process_spawn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace agent {
namespace {

using Ticks = std::chrono::steady_clock;

constexpr std::size_t error_bytes = 4096;

struct Pipe {
  Descriptor ours, theirs;
};

std::unexpected<Error> no_descriptor(const char* call) {
  return fail(ErrorKind::unreadable, "cannot make a pipe for a command's output",
              std::string(call) + ": " + std::strerror(errno), "raise the limit of open files: ulimit -n");
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return no_descriptor("pipe2");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Reads what is there; closes `pipe` at its end.
void drain(Descriptor& pipe, std::string& into, std::size_t most) {
  std::array<char, 16384> bytes{};
  while (pipe && into.size() <= most) {
    const ssize_t size = ::read(pipe.get(), bytes.data(), bytes.size());
    if (size > 0) into.append(bytes.data(), static_cast<std::size_t>(size));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) pipe.close();
  }
}

/// A child and the end of its group, whatever way this scope is left.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid), handle_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  [[nodiscard]] int handle() const { return handle_.get(); }

  /// Its exit code, once it ended.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
  Descriptor handle_;
};

struct Raise {
  int fd;
  void operator()() const { static_cast<void>(::eventfd_write(fd, 1)); }
};

int milliseconds_until(Ticks::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Ticks::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

}  // namespace

Result<CapturedEnd> run_captured(const CapturedCommand& command, const std::stop_token& stop) {
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Pipe output = TRY(make_pipe()), error = TRY(make_pipe());
  const Descriptor stopped(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!nothing || !stopped) return no_descriptor("open");
  const std::stop_callback raise(stop, Raise{stopped.get()});
  const auto deadline = Ticks::now() + command.timeout;
  SpawnPlan plan{command.argv, nothing.get(), output.theirs.get(), error.theirs.get()};
  plan.environment = &command.environment;
  Child child(TRY(spawn(plan)));
  if (child.handle() < 0) return no_descriptor("pidfd_open");
  output.theirs.close();
  error.theirs.close();

  CapturedEnd end;
  const std::string name = "'" + command.argv.front() + "'";
  while (true) {
    std::array<pollfd, 4> waits{pollfd{output.ours.get(), POLLIN, 0}, pollfd{error.ours.get(), POLLIN, 0},
                                pollfd{child.handle(), POLLIN, 0}, pollfd{stopped.get(), POLLIN, 0}};
    ::poll(waits.data(), waits.size(), milliseconds_until(deadline));
    const bool is_over = waits[2].revents != 0;
    drain(output.ours, end.output, command.most_output_bytes);
    drain(error.ours, end.error_end, std::size_t{1} << 20U);
    if (end.error_end.size() > error_bytes) end.error_end.erase(0, end.error_end.size() - error_bytes);
    if (end.output.size() > command.most_output_bytes)
      return fail(ErrorKind::unreadable, name + " wrote more than is taken",
                  std::to_string(command.most_output_bytes) + " bytes");
    if (is_over) break;
    if (stop.stop_requested()) return fail(ErrorKind::interrupted, "stopped while " + name + " ran");
    if (Ticks::now() >= deadline)
      return fail(ErrorKind::deadline, name + " did not end in " + std::to_string(command.timeout.count()) + " ms");
  }
  end.exit_code = child.wait();
  return end;
}

}  // namespace agent
