#pragma once

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "net/http.hpp"

#include <poll.h>

#include <chrono>
#include <span>
#include <stop_token>
#include <string>

namespace agent::net {

/// One exchange as its parts see it: how long they may wait, and what to say when they can't go on.
class Call {
 public:
  /// `about` names the request in errors: "GET https://host/path".
  Call(std::string about, Deadline deadline, const std::stop_token& stop);

  /// What is waited for from now on ("connecting to 'host'"), and until when.
  void enter(std::string phase, Deadline limit);
  /// The same with a limit on each wait.
  void enter(std::string phase, std::chrono::milliseconds idle);
  void rename(std::string about) { about_ = std::move(about); }
  [[nodiscard]] const std::string& about() const { return about_; }

  /// Errors: `interrupted` and `deadline`, where bytes come so fast that nothing is waited for.
  [[nodiscard]] Result<void> check();
  /// True when one of `fds` is ready, false at `wake`. Errors: `interrupted`, `deadline`, and `unreachable` when the
  /// phase's limit passes.
  [[nodiscard]] Result<bool> wait(std::span<const pollfd> fds, Deadline wake = Deadline::max());
  /// Until `fd` is ready for `events` (poll(2)).
  [[nodiscard]] Result<void> wait(int fd, short events);
  /// A pause that the deadline and a stop end.
  [[nodiscard]] Result<void> pause(std::chrono::milliseconds time);

  [[nodiscard]] Deadline deadline() const { return deadline_; }
  /// When the wait that begins now would end for the phase alone.
  [[nodiscard]] Deadline limit() const;

  /// A failure that will be the same next time.
  [[nodiscard]] std::unexpected<Error> fails(ErrorKind kind, std::string what, std::string fix = {});
  /// A failure that another try may not meet.
  [[nodiscard]] std::unexpected<Error> passes(ErrorKind kind, std::string what, std::string fix = {});
  [[nodiscard]] bool passing() const { return passing_; }
  void try_again() { passing_ = false; }

 private:
  struct Raise {
    int fd;
    void operator()() const;
  };
  [[nodiscard]] std::unexpected<Error> too_late(Deadline limit);

  std::string about_, phase_;
  Deadline deadline_, limit_ = Deadline::max();
  std::chrono::steady_clock::time_point entered_ = std::chrono::steady_clock::now();
  std::chrono::milliseconds idle_{0};  ///< 0: `limit_` holds.
  bool passing_ = false;
  std::stop_token stop_;
  Descriptor event_;
  std::stop_callback<Raise> callback_;
};

}  // namespace agent::net
