#include "base/process.hpp"

#include "base/process_passage.hpp"
#include "base/process_spawn.hpp"
#include "base/process_terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace agent {
namespace {

using namespace std::chrono_literals;
using Ticks = std::chrono::steady_clock;

constexpr auto kill_after = 2s;        // from SIGTERM to SIGKILL
constexpr auto quiet_is_over = 200ms;  // after the command's end
constexpr auto follow_at_most = 2s;    // after the command's end

/// The signals that concern a running command, from a descriptor instead of a handler; as before when this ends.
class SignalScope {
 public:
  SignalScope() {
    sigset_t taken;
    sigemptyset(&taken);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGWINCH, SIGCONT}) sigaddset(&taken, number);
    ::pthread_sigmask(SIG_BLOCK, &taken, &mask_);
    pipe_ = std::signal(SIGPIPE, SIG_IGN);
    ttou_ = std::signal(SIGTTOU, SIG_IGN);   // or we would be stopped when we take the foreground back
    child_ = std::signal(SIGCHLD, SIG_DFL);  // where it was ignored, there would be no exit code to wait for
    fd_ = Descriptor(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  SignalScope(const SignalScope&) = delete;
  SignalScope& operator=(const SignalScope&) = delete;
  ~SignalScope() {
    std::signal(SIGPIPE, pipe_);
    std::signal(SIGTTOU, ttou_);
    std::signal(SIGCHLD, child_);
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }

  [[nodiscard]] int fd() const { return fd_.get(); }

  /// The next signal that came; 0 for none.
  [[nodiscard]] int next() const {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t mask_{};
  Descriptor fd_;
  void (*pipe_)(int) = SIG_DFL;
  void (*ttou_)(int) = SIG_DFL;
  void (*child_)(int) = SIG_DFL;
};

/// The command's side of its streams, and ours.
struct Streams {
  SpawnPlan plan;
  std::vector<Descriptor> theirs;  ///< Closed here once the command runs.
  std::vector<Passage> passages;
  Descriptor keys;  ///< The master that takes what is typed.
};

bool is_pipe(int fd) {
  struct stat about{};
  return ::fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode);
}

bool same_file(int a, int b) {
  struct stat one{}, other{};
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// Whoever reads our output through a pipe (a pager) may need the keyboard for itself.
bool keyboard_is_ours() { return ::isatty(STDIN_FILENO) == 1 && !is_pipe(STDOUT_FILENO); }

/// A stream to `destination`: a terminal for a terminal, else a pipe. Gives the command's end.
int connect(Streams& streams, int destination) {
  const auto output = keyboard_is_ours() ? PtyOutput::as_outer : PtyOutput::untouched;
  auto pty = ::isatty(destination) == 1 ? open_pty(destination, output) : std::nullopt;
  if (pty) {
    const int slave = pty->slave.get();
    if (streams.plan.session != Session::pty) {
      streams.plan.session = Session::pty;
      streams.plan.terminal = slave;
      if (keyboard_is_ours()) {
        streams.plan.input = slave;
        streams.keys = Descriptor(::fcntl(pty->master.get(), F_DUPFD_CLOEXEC, 0));
      }
    }
    streams.theirs.push_back(std::move(pty->slave));
    streams.passages.emplace_back(std::move(pty->master), destination);
    return slave;
  }
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  constexpr int pipe_bytes = 1024 * 1024;  // what an unprivileged process may ask for; a refusal costs speed only
  ::fcntl(ends[0], F_SETPIPE_SZ, pipe_bytes);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  streams.theirs.emplace_back(ends[1]);
  streams.passages.emplace_back(Descriptor(ends[0]), destination);
  return ends[1];
}

/// Where no stream is a terminal: how the command stands towards the one that is our standard input.
Session session_without_pty() {
  if (!in_foreground(STDIN_FILENO)) return Session::own_group;
  // A background group must not read the terminal, so it gets the foreground, or a session where that rule is void.
  return keyboard_is_ours() ? Session::foreground : Session::detached;
}

Result<Streams> connect_all(const std::vector<std::string>& argv) {
  Streams streams;
  streams.plan.argv = argv;
  streams.plan.session = session_without_pty();
  streams.plan.output = connect(streams, STDOUT_FILENO);
  streams.plan.error = same_file(STDOUT_FILENO, STDERR_FILENO) ? streams.plan.output : connect(streams, STDERR_FILENO);
  if (streams.plan.output < 0 || streams.plan.error < 0) {
    return fail(ErrorKind::unreadable, "cannot make a pipe for the command's output",
                std::string("pipe2: ") + std::strerror(errno), "raise the limit of open files: ulimit -n");
  }
  return streams;
}

/// A command that runs, from its start to its end.
class Running {
 public:
  Running(pid_t command, Streams streams, const SignalScope& signals, const CommandOptions& options,
          const std::function<void(std::string_view)>& observe)
      : command_(command), streams_(std::move(streams)), signals_(signals), observe_(observe) {
    if (options.timeout) deadline_ = Ticks::now() + *options.timeout;
    if (streams_.keys) keyboard_.emplace(STDIN_FILENO, std::move(streams_.keys));
    if (streams_.plan.session == Session::foreground) foreground_.emplace(STDIN_FILENO, command_);
  }

  CommandEnd until_end() {
    while (!is_over()) {
      wait();
      keep_deadline();
    }
    if (end_.timed_out) ::kill(-command_, SIGKILL);  // what it left behind in its group
    for (const Passage& passage : streams_.passages) end_.output_closed |= passage.is_closed();
    return end_;
  }

  [[nodiscard]] const std::vector<Passage>& passages() const { return streams_.passages; }

 private:
  [[nodiscard]] bool is_over() const {
    if (!ended_at_) return false;
    if (std::ranges::all_of(streams_.passages, &Passage::is_done)) return true;
    return !has_more_to_pass() && Ticks::now() >= follow_until();
  }

  /// Bytes of the command itself, as opposed to what a process that outlives it may still write.
  [[nodiscard]] bool has_more_to_pass() const {
    return std::ranges::any_of(streams_.passages,
                               [](const Passage& passage) { return passage.is_waiting() || passage.owes(); });
  }

  [[nodiscard]] Ticks::time_point follow_until() const {
    const auto quiet = std::max(last_bytes_, *ended_at_) + quiet_is_over;
    const bool may_owe = std::ranges::any_of(streams_.passages, &Passage::may_owe);
    return may_owe ? quiet : std::min(quiet, *ended_at_ + follow_at_most);
  }

  void wait() {
    std::vector<pollfd> polls{{signals_.fd(), POLLIN, 0}};
    for (const Passage& passage : streams_.passages) {
      polls.push_back({passage.readable(), POLLIN, 0});
      polls.push_back({passage.writable(), POLLOUT, 0});
    }
    if (keyboard_) polls.insert(polls.end(), {{keyboard_->source(), POLLIN, 0}, {keyboard_->target(), POLLOUT, 0}});
    if (::poll(polls.data(), polls.size(), milliseconds_to_wait()) <= 0) return;
    std::size_t at = 0;
    if (polls[at++].revents != 0) take_signals();
    for (Passage& passage : streams_.passages) {
      if (polls[at++].revents != 0) pass(passage);
      if (polls[at++].revents != 0) push(passage);
    }
    if (!keyboard_) return;
    if (polls[at++].revents != 0) keyboard_->pull();
    if (polls[at].revents != 0) keyboard_->push();
  }

  void pass(Passage& passage) {
    const std::string_view bytes = passage.pull();
    if (bytes.empty()) return;
    push(passage);
    observe_(bytes);
  }

  /// Nobody was quiet while a slow reader kept us from listening.
  void push(Passage& passage) {
    passage.push();
    last_bytes_ = Ticks::now();
  }

  [[nodiscard]] int milliseconds_to_wait() const {
    std::optional<Ticks::time_point> next = deadline_;
    if (ended_at_) next = has_more_to_pass() ? std::nullopt : std::optional(follow_until());
    if (!next) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Ticks::now()).count();
    constexpr long long longest = 60'000;
    return static_cast<int>(std::clamp<long long>(left, 0, longest));
  }

  void take_signals() {
    for (int number = signals_.next(); number != 0; number = signals_.next()) take(number);
  }

  void take(int number) {
    switch (number) {
      case SIGCHLD: return reap();
      case SIGCONT: return resume();
      case SIGWINCH: return resize();
      default: send(number);
    }
  }

  void send(int number) const {
    if (!ended_at_) ::kill(-command_, number);
  }

  void reap() {
    const pid_t whom = ::getpid() == 1 ? -1 : command_;  // as PID 1, orphans are ours to bury
    int status = 0;
    for (pid_t child = 0; (child = ::waitpid(whom, &status, WNOHANG | WUNTRACED)) > 0;) {
      if (child != command_) continue;
      if (!WIFSTOPPED(status)) {
        note_end(status);
      } else if (WSTOPSIG(status) != SIGSTOP) {
        stop_too();
      }
    }
  }

  void note_end(int status) {
    ended_at_ = Ticks::now();
    if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
    end_.exit_code = end_.signal ? 128 + *end_.signal : WEXITSTATUS(status);
    for (Passage& passage : streams_.passages) passage.note_end();
  }

  /// The terminal stopped the command (Ctrl-Z, or it read in the background): the shell that started us is to see us
  /// stopped, and to continue us.
  void stop_too() {
    if (streams_.plan.session != Session::foreground && streams_.plan.session != Session::own_group) return;
    if (foreground_) foreground_->take_back();
    ::kill(0, SIGTSTP);  // SIGCONT comes when we are continued; where no shell could do that, nothing happens
    if (in_foreground(STDIN_FILENO)) resume();
  }

  void resume() {
    if (keyboard_) keyboard_->resume();
    if (foreground_) foreground_->lend();
    send(SIGCONT);
    resize();
  }

  void resize() {
    for (const Passage& passage : streams_.passages) copy_window_size(passage.target(), passage.source());
  }

  void keep_deadline() {
    if (!deadline_ || ended_at_ || Ticks::now() < *deadline_) return;
    ::kill(-command_, end_.timed_out ? SIGKILL : SIGTERM);
    ::kill(-command_, SIGCONT);  // a stopped process takes no other signal
    end_.timed_out = true;
    deadline_ = Ticks::now() + kill_after;
  }

  pid_t command_;
  Streams streams_;
  const SignalScope& signals_;
  const std::function<void(std::string_view)>& observe_;
  std::optional<Keyboard> keyboard_;
  std::optional<LentForeground> foreground_;
  std::optional<Ticks::time_point> deadline_, ended_at_;
  Ticks::time_point last_bytes_;
  CommandEnd end_;
};

}  // namespace

void open_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

Result<CommandEnd> run_command(const std::vector<std::string>& argv, const CommandOptions& options,
                               const std::function<void(std::string_view)>& observe) {
  if (argv.empty()) return fail(ErrorKind::usage, "no command to run", "", "name it after '--'");
  open_standard_streams();
  const SignalScope signals;
  Streams streams = TRY(connect_all(argv));
  const pid_t command = TRY(spawn(streams.plan));
  streams.theirs.clear();
  Running running(command, std::move(streams), signals, options, observe);
  const CommandEnd end = running.until_end();
  for (const Passage& passage : running.passages()) {
    if (!passage.failure()) continue;
    return fail(ErrorKind::delivery_failed, "cannot write the command's output",
                std::string("write: ") + std::strerror(*passage.failure()), "make room where standard output goes");
  }
  return end;
}

}  // namespace agent
