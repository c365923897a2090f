#include "net/call.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

namespace agent::net {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// For poll(2): rounded up, so that no wait ends just before its time and spins.
int poll_time(Deadline until) {
  if (until == Deadline::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<milliseconds::rep>(left, 0, std::numeric_limits<int>::max()));
}

std::string spoken(milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s" : std::to_string(time.count()) + " ms";
}

}  // namespace

void Call::Raise::operator()() const { static_cast<void>(::eventfd_write(fd, 1)); }

Call::Call(std::string about, Deadline deadline, const std::stop_token& stop)
    : about_(std::move(about)),
      deadline_(deadline),
      stop_(stop),
      event_(stop.stop_possible() ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1),
      callback_(stop, Raise{event_.get()}) {}

void Call::enter(std::string phase, Deadline limit) {
  phase_ = std::move(phase);
  // Phases that share a limit share its beginning, so that an error says how long all of them took.
  if (limit != limit_ || idle_.count() > 0) entered_ = Clock::now();
  limit_ = limit;
  idle_ = milliseconds(0);
}

void Call::enter(std::string phase, milliseconds idle) {
  phase_ = std::move(phase);
  idle_ = idle;
}

Deadline Call::limit() const { return idle_.count() > 0 ? Clock::now() + idle_ : limit_; }

Result<void> Call::check() {
  if (stop_.stop_requested()) return fails(ErrorKind::interrupted, "stopped while " + phase_);
  if (deadline_ != Deadline::max() && Clock::now() >= deadline_) return too_late(Deadline::max());
  return {};
}

Result<bool> Call::wait(std::span<const pollfd> fds, Deadline wake) {
  const Deadline phase_limit = limit();
  const Deadline until = std::min({phase_limit, deadline_, wake});
  std::vector<pollfd> waits(fds.begin(), fds.end());
  waits.push_back({.fd = event_.get(), .events = POLLIN, .revents = 0});  // poll(2) ignores a negative descriptor
  for (;;) {
    if (stop_.stop_requested()) return fails(ErrorKind::interrupted, "stopped while " + phase_);
    const int ready = ::poll(waits.data(), waits.size(), poll_time(until));
    if (ready > 0 && waits.back().revents == 0) return true;
    if (ready < 0 && errno != EINTR) return fails(ErrorKind::bug, "cannot wait while " + phase_);
    if (Clock::now() < until) continue;
    if (until == wake) return false;
    return too_late(phase_limit);
  }
}

Result<void> Call::wait(int fd, short events) {
  const pollfd one{.fd = fd, .events = events, .revents = 0};
  TRY(wait({&one, 1}));
  return {};
}

Result<void> Call::pause(milliseconds time) {
  enter("waiting to try again", Deadline::max());
  TRY(wait({}, Clock::now() + time));
  return {};
}

std::unexpected<Error> Call::too_late(Deadline limit) {
  if (deadline_ <= limit) return fails(ErrorKind::deadline, "out of time while " + phase_);
  const auto time = idle_.count() > 0 ? idle_ : std::chrono::round<milliseconds>(limit - entered_);
  return fails(ErrorKind::unreachable, "no answer within " + spoken(time) + " while " + phase_,
               "check that the server and the network between are up");
}

std::unexpected<Error> Call::fails(ErrorKind kind, std::string what, std::string fix) {
  passing_ = false;
  return fail(kind, std::move(what), about_, std::move(fix));
}

std::unexpected<Error> Call::passes(ErrorKind kind, std::string what, std::string fix) {
  passing_ = true;
  return fail(kind, std::move(what), about_, std::move(fix));
}

}  // namespace agent::net
