#include "net/http_server.hpp"

#include "net/http_server_connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace agent::net {
namespace {

constexpr std::size_t turned_away_at_once = 4;
constexpr int backlog = 128;
constexpr std::uint64_t listener_id = 0, wake_id = 1, first_id = 2;  // of what epoll watches

Result<SocketAddress> parse_address(const std::string& text, std::uint16_t port) {
  const std::string name = text == "localhost" ? "127.0.0.1" : text;
  SocketAddress address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, name.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.size = sizeof v4;
    return address;
  }
  if (::inet_pton(AF_INET6, name.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.size = sizeof v6;
    return address;
  }
  return fail(ErrorKind::settings, "'" + text + "' is no IPv4 or IPv6 address to listen on", "", "use 127.0.0.1");
}

std::unexpected<Error> cannot_listen(int code, const ServerOptions& options) {
  const std::string port = std::to_string(options.port), where = "'" + options.address + "'";
  switch (code) {
    case EADDRINUSE:
      return fail(ErrorKind::settings, "port " + port + " of " + where + " is taken", "",
                  "choose another port, or end what listens there");
    case EACCES: return fail(ErrorKind::settings, "not allowed to listen on port " + port, "", "choose one above 1023");
    case EADDRNOTAVAIL:
      return fail(ErrorKind::settings, "this machine has no address " + where, "", "use 127.0.0.1, or one of its own");
    default:
      return fail(ErrorKind::settings, "cannot listen on port " + port + " of " + where + ": " + std::strerror(code));
  }
}

Result<Descriptor> bind_and_listen(const ServerOptions& options) {
  const auto address = TRY(parse_address(options.address, options.port));
  Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return cannot_listen(errno, options);
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // past connections' remains are no owner
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(socket.get(), where, address.size) != 0 || ::listen(socket.get(), backlog) != 0) {
    return cannot_listen(errno, options);
  }
  return socket;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

}  // namespace

/// One thread accepts connections and watches all of them for clients that leave; a pool of others serves them, each
/// one connection at a time.
struct HttpServer::State {
  struct Connection {
    Descriptor socket;  ///< Until it is served.
    int fd = -1;        ///< For as long as it is in `open`.
    bool beyond = false, closed = false;
    std::stop_source gone;
    IdleSince idle_since{never_idle};
  };

  State(ServerOptions given, RequestHandler handles, Descriptor socket)
      : options(std::move(given)),
        handler(std::move(handles)),
        listener(std::move(socket)),
        port(port_of(listener.get())),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        epoll(::epoll_create1(EPOLL_CLOEXEC)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { stop(); }

  bool start() {
    if (!watch(listener.get(), listener_id, EPOLLIN) || !watch(wake.get(), wake_id, EPOLLIN)) return false;
    watcher = std::thread([this] { watch_all(); });
    return true;
  }

  void stop() {
    const std::lock_guard one(stop_mutex);
    if (!watcher.joinable()) return;
    stopping.request_stop();
    static_cast<void>(::eventfd_write(wake.get(), 1));
    watcher.join();
    listener.close();
    ask_all_to_stop();
    let_finish();
    for (auto& worker : workers) worker.join();
  }

 private:
  [[nodiscard]] bool watch(int fd, std::uint64_t id, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  void watch_all() {
    std::array<epoll_event, 32> events{};
    while (!stopping.stop_requested()) {
      const int ready = ::epoll_wait(epoll.get(), events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        const auto id = events[static_cast<std::size_t>(i)].data.u64;
        if (id == listener_id) accept_one();
        if (id >= first_id) leaving(id).request_stop();  // without the lock: it runs callbacks
      }
    }
  }

  void accept_one() {
    Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
      constexpr int pause_ms = 50;  // what waits would be reported again at once
      pollfd stop_event{.fd = wake.get(), .events = POLLIN, .revents = 0};
      ::poll(&stop_event, 1, pause_ms);
    }
    if (!socket) return;
    const int yes = 1, fd = socket.get();
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const std::lock_guard lock(mutex);
    if (open.size() >= options.max_connections + turned_away_at_once) return;
    const auto id = next_id++;
    if (!watch(fd, id, EPOLLRDHUP | EPOLLET)) return;
    const bool beyond = is_full() && !close_longest_idle();
    Connection& connection = open[id];
    connection.socket = std::move(socket);
    connection.fd = fd;
    connection.beyond = beyond;
    waiting.push_back(id);
    if (waiting.size() > idle_workers) workers.emplace_back([this] { work(); });
    work_came.notify_one();
  }

  [[nodiscard]] bool is_full() const {
    const auto closed = std::ranges::count_if(open, [](const auto& one) { return one.second.closed; });
    return open.size() - static_cast<std::size_t>(closed) >= options.max_connections;
  }

  /// So that clients that say nothing shut nobody out. False when each is being served.
  bool close_longest_idle() {
    Connection* longest = nullptr;
    for (auto& [id, one] : open)
      if (!one.closed && one.idle_since < (longest == nullptr ? never_idle : longest->idle_since.load()))
        longest = &one;
    if (longest == nullptr) return false;
    longest->closed = true;
    ::shutdown(longest->fd, SHUT_RDWR);
    return true;
  }

  std::stop_source leaving(std::uint64_t id) {
    const std::lock_guard lock(mutex);
    const auto found = open.find(id);
    return found == open.end() ? std::stop_source(std::nostopstate) : found->second.gone;
  }

  void work() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle_workers;
      work_came.wait(lock, [&] { return !waiting.empty() || stopping.stop_requested(); });
      --idle_workers;
      if (stopping.stop_requested()) return;
      const auto id = waiting.front();
      waiting.pop_front();
      auto& connection = open.at(id);
      const bool beyond = connection.beyond;
      ServerConnection serving(std::move(connection.socket), options, stopping.get_token(), connection.gone.get_token(),
                               connection.idle_since);
      lock.unlock();
      if (beyond)
        serving.turn_away();
      else
        serving.serve(handler);
      lock.lock();
      open.erase(id);
      if (open.empty()) all_ended.notify_all();
    }
  }

  void ask_all_to_stop() {
    std::vector<std::stop_source> sources;
    {
      const std::lock_guard lock(mutex);
      for (const auto id : waiting) open.erase(id);
      waiting.clear();
      for (const auto& [id, connection] : open) sources.push_back(connection.gone);
      work_came.notify_all();
    }
    for (auto& source : sources) source.request_stop();
  }

  /// Answers that nobody takes end with their connection.
  void let_finish() {
    std::unique_lock lock(mutex);
    all_ended.wait_for(lock, options.stop_grace, [&] { return open.empty(); });
    for (const auto& [id, connection] : open) ::shutdown(connection.fd, SHUT_RDWR);
  }

 public:
  const ServerOptions options;
  const RequestHandler handler;
  Descriptor listener;
  const std::uint16_t port;

 private:
  Descriptor wake, epoll;
  std::stop_source stopping;
  std::mutex stop_mutex, mutex;  ///< The latter of what follows.
  std::condition_variable work_came, all_ended;
  std::map<std::uint64_t, Connection> open;
  std::deque<std::uint64_t> waiting;
  std::uint64_t next_id = first_id;
  std::size_t idle_workers = 0;
  std::vector<std::thread> workers;
  std::thread watcher;
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;

Result<HttpServer> HttpServer::listen(const ServerOptions& options, RequestHandler handler) {
  auto socket = TRY(bind_and_listen(options));
  auto state = std::make_unique<State>(options, std::move(handler), std::move(socket));
  if (!state->start())
    return fail(ErrorKind::unreadable, "cannot watch the server's port", "", "are there too many open files?");
  return HttpServer(std::move(state));
}

std::uint16_t HttpServer::port() const { return state_->port; }

void HttpServer::stop() { state_->stop(); }

}  // namespace agent::net
