#include "mcp/stdio_transport.hpp"

#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/process_spawn.hpp"
#include "base/text.hpp"
#include "mcp/pending.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>
#include <optional>
#include <thread>
#include <utility>

namespace agent::mcp {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds patience{1000};
constexpr milliseconds turn{50};  // after so long who waits looks whether there is still a point
constexpr std::size_t piece_bytes = std::size_t{64} * 1024, kept_error_bytes = 4096;

struct Pipe {
  Descriptor reads, writes;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorKind::unreadable, "cannot make a pipe to an MCP server",
                std::string("pipe2: ") + std::strerror(errno), "raise the limit of open files: ulimit -n");
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

void never_block(const Descriptor& fd) { ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

int poll_time(Clock::time_point until) {
  if (until == Clock::time_point::max()) return -1;
  return static_cast<int>(
      std::clamp<long>(std::chrono::ceil<milliseconds>(until - Clock::now()).count(), 0, 3'600'000L));
}

/// Lines out of pieces. `take` is given each line that ended.
class Lines {
 public:
  explicit Lines(std::size_t most) : most_(most) {}
  /// False: a line is larger than the limit.
  template <class Take>
  bool feed(std::string_view bytes, const Take& take) {
    for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      if (end > most_ - held_.size()) return false;
      held_ += bytes.substr(0, end);
      take(held_);
      held_.clear();
    }
    if (bytes.size() > most_ - held_.size()) return false;
    held_ += bytes;
    return true;
  }
  [[nodiscard]] bool in_a_line() const { return !held_.empty(); }

 private:
  std::size_t most_;
  std::string held_;
};

class Stdio final : public Transport {
 public:
  Stdio(StdioWay way, Receive receive)
      : way_(std::move(way)), receive_(std::move(receive)), lines_(way_.max_message_bytes) {}

  ~Stdio() override { close({.deadline = Clock::now() + 3 * patience}); }

  /// The command is a child of the thread that reads, which lives as long as it: it dies with that thread.
  Result<void> start() {
    std::promise<Result<void>> started;
    auto result = started.get_future();
    wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    reader_ = std::thread([this, promise = std::move(started)]() mutable {
      auto child = launch();
      const bool runs = child.has_value();
      promise.set_value(std::move(child));
      if (runs) run();
    });
    return result.get();
  }

  Result<Reply> exchange(const Outgoing& request, const Limits& limits) override {
    TRY(pending_.expect(request.id));
    if (auto sent = write_line(request.text, limits); !sent) {
      const Error why = why_not_sent(request.id, std::move(sent).error(), limits);
      pending_.forget(request.id);
      return std::unexpected(why);
    }
    Reply reply;
    reply.message = TRY(pending_.wait(request.id, limits));
    return reply;
  }

  Result<void> send(const Outgoing& message, const Limits& limits) override {
    if (const auto failure = pending_.failure()) return std::unexpected(*failure);
    return write_line(message.text, limits);
  }

  void agree(const std::string& /*revision*/) override {}

  void close(const Limits& limits) override {
    if (!reader_.joinable()) return;
    close_by_ = std::min(limits.deadline, Clock::now() + 2 * patience);
    closing_ = true;
    static_cast<void>(::eventfd_write(wake_.get(), 1));
    reader_.join();
    pending_.fail_all({ErrorKind::interrupted, "the connection to the MCP server was closed", "", ""});
  }

  [[nodiscard]] TransportKind kind() const override { return TransportKind::stdio; }
  [[nodiscard]] std::string last_words() const override {
    const std::lock_guard lock(errors_mutex_);
    return error_end_;
  }

 private:
  [[nodiscard]] std::string named() const { return "the MCP server '" + clean_line(way_.command.front()) + "'"; }

  Result<void> launch() {
    Pipe input = TRY(make_pipe()), output = TRY(make_pipe()), error = TRY(make_pipe());
    never_block(input.writes);
    never_block(output.reads);
    never_block(error.reads);
    SpawnPlan plan{way_.command, input.reads.get(), output.writes.get(), error.writes.get()};
    plan.environment = &way_.environment;
    plan.session = Session::detached;  // whose leader can't leave its process group
    child_ = TRY(spawn(plan));
    handle_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)));
    input_ = std::move(input.writes);
    output_ = std::move(output.reads);
    error_ = std::move(error.reads);
    return {};
  }

  void run() {
    while (!closing_) {
      std::array<pollfd, 4> waits{pollfd{output_.get(), POLLIN, 0}, pollfd{error_.get(), POLLIN, 0},
                                  pollfd{handle_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
      ::poll(waits.data(), waits.size(), -1);
      const bool ended = waits[2].revents != 0;
      read_errors();
      if (!read_output()) break;
      if (ended) break;
    }
    finish();
  }

  /// False: nothing more will come, or what came can't be taken.
  bool read_output() {
    std::string piece(piece_bytes, '\0');
    while (!closing_) {  // a server may send faster than we look
      const ssize_t size = ::read(output_.get(), piece.data(), piece.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return errno == EAGAIN;
      if (size == 0) {
        output_ended_ = true;
        return false;
      }
      const auto bytes = std::string_view(piece).substr(0, static_cast<std::size_t>(size));
      if (lines_.feed(bytes, [this](std::string_view line) { take(line); })) continue;
      pending_.fail_all({ErrorKind::unreadable,
                         named() + " sends a message larger than " + std::to_string(way_.max_message_bytes) + " bytes",
                         "", "ask for less: a narrower selection, or fewer lines"});
      return false;
    }
    return true;
  }

  void take(std::string_view line) {
    line = trim(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    if (line.empty()) return;
    // Servers print greetings and debugging lines where only messages belong: skipped, as others do.
    if (line.front() != '{' && line.front() != '[') return;
    auto messages = parse_messages(line);
    if (!messages) {
      log(LogLevel::debug, "mcp server wrote a line that is no message", {{"why", messages.error().what}});
      return;
    }
    for (Message& one : *messages) {
      if (one.is_answer())
        pending_.deliver(std::move(one));
      else
        receive_(std::move(one));
    }
  }

  void read_errors() {
    std::array<char, 16384> bytes{};
    // At most a quarter of a megabyte a turn: a server that floods must not keep us from its messages.
    for (int pieces = 0; pieces < 16 && error_; ++pieces) {
      const ssize_t size = ::read(error_.get(), bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size <= 0) return error_.close();
      const std::lock_guard lock(errors_mutex_);
      error_end_.append(bytes.data(), static_cast<std::size_t>(size));
      if (error_end_.size() > kept_error_bytes) error_end_.erase(0, error_end_.size() - kept_error_bytes);
    }
  }

  /// Closes its input, waits for its end, helps where it takes long, and tells all who wait.
  void finish() {
    ended_ = true;
    {
      const std::lock_guard<std::timed_mutex> lock(write_mutex_);
      input_.close();
    }
    const auto last = closing_ ? close_by_.load() : Clock::now() + 2 * patience;
    const auto first = last - patience;
    bool ended = await_end(closing_ || !output_ended_ ? first : Clock::now() + patience / 4);
    if (!ended) {
      ::kill(-child_, SIGTERM);
      ended = await_end(last);
    }
    read_errors();
    // The group, too: what it started must not outlive it.
    for (const pid_t one : {-child_, child_}) ::kill(one, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    pending_.fail_all(why_ended(ended, status));
  }

  /// True when it ended by then. What it still says is thrown away, so that it is not kept waiting.
  bool await_end(Clock::time_point until) {
    for (;;) {
      std::array<pollfd, 3> waits{pollfd{handle_.get(), POLLIN, 0},
                                  pollfd{output_ended_ ? -1 : output_.get(), POLLIN, 0},
                                  pollfd{error_.get(), POLLIN, 0}};
      ::poll(waits.data(), waits.size(), poll_time(until));
      if (waits[0].revents != 0) return true;
      if (Clock::now() >= until) return false;
      std::array<char, 16384> rest{};
      if (waits[1].revents != 0 && ::read(output_.get(), rest.data(), rest.size()) == 0) output_ended_ = true;
      read_errors();
    }
  }

  [[nodiscard]] Error why_ended(bool ended, int status) const {
    std::string what = named();
    if (!ended)
      what += " closed its output and was ended";
    else if (WIFSIGNALED(status))
      what += " was ended by signal " + std::to_string(WTERMSIG(status));
    else
      what += " ended with exit code " + std::to_string(WEXITSTATUS(status));
    if (lines_.in_a_line()) what += " in the middle of a message";
    return {ErrorKind::unreachable, what, "", "run it in a shell to see why; 'agent mcp doctor' shows its last words"};
  }

  Result<void> write_line(const std::string& text, const Limits& limits) {
    const std::string line = text + "\n";
    std::unique_lock lock(write_mutex_, std::defer_lock);
    // A server that reads nothing keeps the one who writes; the others have deadlines of their own.
    while (!lock.try_lock_for(turn)) {
      if (ended_) return gone();
      if (is_over(limits)) return gave_up(false, limits);
    }
    for (std::string_view rest = line; !rest.empty();) {
      if (!input_ || ended_ || closing_) return gone();
      const ssize_t size = ::write(input_.get(), rest.data(), rest.size());
      if (size > 0) rest.remove_prefix(static_cast<std::size_t>(size));
      if (size >= 0 || errno == EINTR) continue;
      if (errno != EAGAIN) return gone();
      const bool begun = rest.size() < line.size();
      if (is_over(limits)) return gave_up(begun, limits);
      pollfd wait{input_.get(), POLLOUT, 0};
      ::poll(&wait, 1, static_cast<int>(turn.count()));
    }
    return {};
  }

  static bool is_over(const Limits& limits) { return limits.stop.stop_requested() || Clock::now() >= limits.deadline; }

  /// Half a message can't be taken back: the wire is of no use any more.
  std::unexpected<Error> gave_up(bool begun, const Limits& limits) {
    if (begun) {
      input_.close();
      pending_.fail_all({ErrorKind::unreachable, named() + " does not read what it is sent", "", "start it anew"});
    }
    const bool stopped = limits.stop.stop_requested();
    return fail(stopped ? ErrorKind::interrupted : ErrorKind::deadline, named() + " does not read what it is sent");
  }

  /// The end of the server, which the thread that reads is about to see, says more than that its input is closed.
  Error why_not_sent(const Json& id, Error closed, const Limits& limits) {
    if (closed.kind != ErrorKind::unreachable) return closed;
    const auto end = pending_.wait(id, {std::min(limits.deadline, Clock::now() + patience), limits.stop});
    return !end && end.error().kind == ErrorKind::unreachable ? end.error() : closed;
  }

  std::unexpected<Error> gone() {
    const auto failure = pending_.failure();
    if (failure) return std::unexpected(*failure);
    return fail(ErrorKind::unreachable, named() + " closed its input", "", "run it in a shell to see why");
  }

  const StdioWay way_;
  const Receive receive_;
  PendingAnswers pending_;
  Lines lines_;
  pid_t child_ = -1;
  Descriptor handle_, input_, output_, error_, wake_;
  std::timed_mutex write_mutex_;
  mutable std::mutex errors_mutex_;
  std::string error_end_;
  bool output_ended_ = false;
  std::atomic<bool> closing_ = false, ended_ = false;
  std::atomic<Clock::time_point> close_by_{};
  std::thread reader_;
};

}  // namespace

Result<std::unique_ptr<Transport>> open_stdio(StdioWay way, Receive receive) {
  auto opened = std::make_unique<Stdio>(std::move(way), std::move(receive));
  TRY(opened->start());
  return opened;
}

}  // namespace agent::mcp
