#include "mcp/serve_stdio.hpp"

#include "base/descriptor.hpp"
#include "mcp/running_calls.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace agent::mcp {
namespace {

constexpr std::string_view session = "stdio";  // there is one

/// Lines to a descriptor, one at a time, from any thread. A reader who takes nothing is waited for until one of `ends`
/// is asked to stop; nothing is written after that.
class LineWriter {
 public:
  LineWriter(int fd, std::stop_source broken, std::array<std::stop_token, 2> ends)
      : fd_(fd), broken_(std::move(broken)), ends_(std::move(ends)) {}

  void write(std::string text) {
    if (text.empty()) return;
    text += '\n';
    const std::scoped_lock lock(guard_);
    std::string_view rest = text;
    while (!rest.empty() && !given_up_ && !broken_.stop_requested()) {
      if (!may_write()) {
        given_up_ = std::ranges::any_of(ends_, &std::stop_token::stop_requested);
        continue;
      }
      const auto written = write_some(rest);
      if (written >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR && errno != EAGAIN) {
        broken_.request_stop();
      }
    }
  }

 private:
  [[nodiscard]] bool may_write() const {
    constexpr int look_again_ms = 100;
    pollfd one{.fd = fd_, .events = POLLOUT, .revents = 0};
    return ::poll(&one, 1, look_again_ms) > 0;
  }

  /// Without waiting, though the descriptor may be one that waits: whoever shares it would see it changed. A pipe that
  /// may be written takes so many bytes at once (pipe(7)).
  [[nodiscard]] ssize_t write_some(std::string_view text) const {
    const auto sent = ::send(fd_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOTSOCK) return sent;
    return ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
  }

  const int fd_;
  std::stop_source broken_;
  const std::array<std::stop_token, 2> ends_;
  std::mutex guard_;
  bool given_up_ = false;
};

/// Threads that are made when there is work for them, and do it in the order in which it came.
class Workers {
 public:
  Workers(std::size_t most_threads, std::size_t most_waiting) : threads_(most_threads), waiting_(most_waiting) {}
  ~Workers() {
    {
      const std::scoped_lock lock(guard_);
      ended_ = true;
    }
    changed_.notify_all();
    for (auto& worker : workers_) worker.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// False when too much waits already.
  [[nodiscard]] bool take(std::function<void()> work) {
    const std::scoped_lock lock(guard_);
    if (queue_.size() >= waiting_) return false;
    queue_.push_back(std::move(work));
    if (idle_ < queue_.size() && workers_.size() < threads_) workers_.emplace_back([this] { run(); });
    changed_.notify_all();
    return true;
  }

  /// Until all is done; no longer than `time`, nor than `stop` lets it.
  void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::unique_lock lock(guard_);
    static_cast<void>(changed_.wait_for(lock, stop, time, [&] { return queue_.empty() && idle_ == workers_.size(); }));
  }

 private:
  void run() {
    std::unique_lock lock(guard_);
    for (;;) {
      ++idle_;
      if (queue_.empty()) changed_.notify_all();  // who waits for the end
      changed_.wait(lock, [&] { return ended_ || !queue_.empty(); });
      --idle_;
      if (queue_.empty()) return;
      const auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  const std::size_t threads_, waiting_;
  std::mutex guard_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> workers_;
  std::size_t idle_ = 0;
  bool ended_ = false;
};

/// One client, from its first line to its last.
class StdioSession {
 public:
  StdioSession(const ToolServer& server, int out, const StdioLimits& limits, const std::stop_token& stop)
      : server_(server),
        limits_(limits),
        writer_(out, broken_, {stop, gone_.get_token()}),
        workers_(limits.calls_at_once, limits.calls_waiting) {}
  ~StdioSession() { gone_.request_stop(); }
  StdioSession(const StdioSession&) = delete;
  StdioSession& operator=(const StdioSession&) = delete;

  /// What still runs when the client says no more.
  void finish(const std::stop_token& stop) { workers_.wait(limits_.grace, stop); }
  [[nodiscard]] std::stop_token broken() const { return broken_.get_token(); }

  /// What was read; lines may be in pieces.
  void feed(std::string_view bytes) {
    for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      add(bytes.substr(0, end));
      if (!too_long_) take_line(line_);
      line_.clear();
      too_long_ = false;
    }
    add(bytes);
  }

 private:
  void add(std::string_view piece) {
    if (!too_long_ && line_.size() + piece.size() > limits_.max_line_bytes) {
      too_long_ = true;
      line_ = {};
      refuse(nullptr, rpc::invalid_request, "a message is too large");
    }
    if (!too_long_) line_ += piece;
  }

  void refuse(const Json& id, int code, const std::string& why) {
    writer_.write(error_text(id, {.code = code, .message = why, .data = {}}));
  }

  void take_line(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    auto messages = parse_messages(line);
    if (!messages) return refuse(nullptr, rpc::parse_error, messages.error().what);
    for (auto& message : *messages) take(std::move(message));
  }

  void take(Message message) {
    calls_.take(std::string(session), message);
    if (message.method != "tools/call" || !message.is_request()) return answer(message, gone_.get_token());
    // From now on it can be cancelled, also while it waits.
    const auto id = message.id;
    const std::shared_ptr<RunningCalls::Call> call = calls_.begin(std::string(session), id, gone_.get_token());
    const bool taken = workers_.take([this, call, message = std::move(message)] { answer(message, call->stop()); });
    if (!taken) refuse(id, rpc::internal_error, "too many calls at once");
  }

  void answer(const Message& message, const std::stop_token& stop) {
    const Peer peer{.notify = [this](const std::string& text) { writer_.write(text); }, .stop = stop};
    writer_.write(server_.react(message, peer).text);
  }

  const ToolServer& server_;
  const StdioLimits& limits_;
  std::stop_source broken_, gone_;
  LineWriter writer_;
  RunningCalls calls_;
  std::string line_;
  bool too_long_ = false;
  Workers workers_;  ///< The last: it ends before what it uses.
};

/// Is there something on `in`? False: it is time to end.
bool wait_for(int in, int wake) {
  std::array<pollfd, 2> both{pollfd{.fd = in, .events = POLLIN, .revents = 0},
                             pollfd{.fd = wake, .events = POLLIN, .revents = 0}};
  while (::poll(both.data(), both.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  return both[1].revents == 0;
}

}  // namespace

Result<void> serve_stdio(const ToolServer& server, int in, int out, const std::stop_token& stop,
                         const StdioLimits& limits) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail(ErrorKind::unreachable, "cannot make a pipe");
  const Descriptor wake(ends[0]), waker(ends[1]);
  const auto ring = [&] { static_cast<void>(!::write(waker.get(), "", 1)); };
  StdioSession client(server, out, limits, stop);
  const std::stop_callback on_stop(stop, ring), on_broken(client.broken(), ring);
  std::vector<char> buffer(std::size_t{64} * 1024);
  while (wait_for(in, wake.get())) {
    const auto size = ::read(in, buffer.data(), buffer.size());
    if (size == 0) {
      client.finish(stop);
      return {};
    }
    if (size > 0) {
      client.feed({buffer.data(), static_cast<std::size_t>(size)});
    } else if (errno != EINTR && errno != EAGAIN) {
      return fail(ErrorKind::unreachable, "cannot read what the client says");
    }
  }
  if (client.broken().stop_requested()) return fail(ErrorKind::unreachable, "the client takes no answers");
  return {};
}

}  // namespace agent::mcp
