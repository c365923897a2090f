#pragma once

#include "base/error.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>

namespace agent {

struct InterruptOptions {
  std::optional<std::chrono::milliseconds> timeout;  ///< `--timeout`, from now on.
  /// How long after the stop the process may take to print what is known. Then it is ended from within.
  std::chrono::milliseconds grace{5000};
};

/// Turns SIGINT, SIGTERM, SIGHUP and the deadline into a stop request, for as long as it lives.
///
/// Make one before other threads start: they inherit that the signals are blocked, and one thread of its own waits for
/// them. One at a time; not while run_command() runs, which hands the signals to its command. A signal that was ignored
/// when the process started (nohup) stays ignored. A signal after the stop, and the end of the grace, exit at once with
/// the code of the reason.
class Interrupts {
 public:
  explicit Interrupts(InterruptOptions options = {});
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  [[nodiscard]] std::stop_token token() const;

  /// Why the stop was asked for: `interrupted`, `terminated` or `deadline`; none while it was not.
  [[nodiscard]] std::optional<Error> reason() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent
