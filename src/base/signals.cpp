#include "base/signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>
#include <thread>

namespace agent {
namespace {

using Ticks = std::chrono::steady_clock;

/// An eventfd: something that poll() can be woken by from another thread.
class Bell {
 public:
  Bell() : fd_(::eventfd(0, EFD_CLOEXEC)) {}
  ~Bell() { ::close(fd_); }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  void ring() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(fd_, &one, sizeof one));  // can only fail when it rings already
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

// A signal that our parent had us ignore is none of ours: nohup, or `agent … &` in a script.
sigset_t signals_to_take() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&set, number);
  }
  return set;
}

Error reason_of(ErrorKind kind) {
  if (kind == ErrorKind::deadline) return {kind, "the time is over", "--timeout", "a longer --timeout"};
  return {kind, kind == ErrorKind::interrupted ? "interrupted by SIGINT" : "ended by SIGTERM", "", ""};
}

// Without destructors: other threads may be anywhere.
[[noreturn]] void exit_at_once(ErrorKind kind) {
  const std::string text = describe(reason_of(kind));
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));  // nowhere is left to tell of a failure
  ::_exit(traits(kind).exit_code);
}

int poll_millis(std::optional<Ticks::time_point> until) {
  if (!until) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Ticks::now()).count();
  constexpr std::int64_t longest = 1'000'000'000;  // poll() takes an int; a longer wait is asked for again
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, longest));
}

}  // namespace

struct Interrupts::State {
  explicit State(InterruptOptions given) : options(given), signals(signals_to_take()) {
    ::pthread_sigmask(SIG_BLOCK, &signals, &mask_before);
    signal_fd = ::signalfd(-1, &signals, SFD_CLOEXEC);
    if (options.timeout) until = Ticks::now() + *options.timeout;
    waiter = std::thread([this] { wait(); });
  }

  ~State() {
    done.ring();
    waiter.join();
    ::close(signal_fd);
    ::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void wait();
  void stop_for(ErrorKind kind);
  [[nodiscard]] ErrorKind read_signal() const;

  InterruptOptions options;
  sigset_t signals;
  sigset_t mask_before{};
  int signal_fd = -1;
  Bell done;
  std::optional<Ticks::time_point> until;  ///< The deadline; after the stop, the end of the grace. The waiter's own.
  std::stop_source source;
  std::atomic<int> reason{-1};  ///< An ErrorKind; -1: none.
  std::thread waiter;
};

ErrorKind Interrupts::State::read_signal() const {
  signalfd_siginfo info{};
  const ssize_t got = ::read(signal_fd, &info, sizeof info);
  return got == ssize_t{sizeof info} && info.ssi_signo == SIGINT ? ErrorKind::interrupted : ErrorKind::terminated;
}

void Interrupts::State::stop_for(ErrorKind kind) {
  reason = static_cast<int>(kind);
  until = Ticks::now() + options.grace;
  source.request_stop();
}

void Interrupts::State::wait() {
  while (true) {
    std::array<pollfd, 2> waits{{{signal_fd, POLLIN, 0}, {done.fd(), POLLIN, 0}}};
    const int ready = ::poll(waits.data(), waits.size(), poll_millis(until));
    if (waits[1].revents != 0) return;
    const bool stopped = reason >= 0;
    if (ready > 0) {
      const ErrorKind kind = read_signal();
      if (stopped) exit_at_once(kind);
      stop_for(kind);
    } else if (ready == 0 && until && Ticks::now() >= *until) {
      if (stopped) exit_at_once(static_cast<ErrorKind>(reason.load()));
      stop_for(ErrorKind::deadline);
    }
  }
}

Interrupts::Interrupts(InterruptOptions options) : state_(std::make_unique<State>(options)) {}
Interrupts::~Interrupts() = default;

std::stop_token Interrupts::token() const { return state_->source.get_token(); }

std::optional<Error> Interrupts::reason() const {
  const int kind = state_->reason;
  return kind < 0 ? std::nullopt : std::optional(reason_of(static_cast<ErrorKind>(kind)));
}

}  // namespace agent
