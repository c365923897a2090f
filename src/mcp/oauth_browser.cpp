#include "mcp/oauth_browser.hpp"

#include "base/log.hpp"
#include "net/http_server.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::string_view page =
    "<!doctype html><meta charset=utf-8><title>agent</title><p>You can close this window and go back.</p>\n";

/// What the browser brought back, for the thread that waits for it.
class Mailbox {
 public:
  explicit Mailbox(std::string state) : state_(std::move(state)) {}

  [[nodiscard]] bool is_for(std::string_view query) const {
    return ("&" + std::string(query) + "&").contains("&state=" + state_ + "&");
  }
  void put(std::string query) {
    const std::lock_guard lock(mutex_);
    if (!query_) query_ = std::move(query);
    filled_.notify_all();
  }
  std::optional<std::string> take(const Limits& limits) {
    std::unique_lock lock(mutex_);
    filled_.wait_until(lock, limits.stop, limits.deadline, [this] { return query_.has_value(); });
    return query_;
  }

 private:
  const std::string state_;
  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::optional<std::string> query_;
};

/// One sign-in at a time in the process: they share a redirect URI, and a user.
class Turns {
 public:
  struct End {
    void operator()(Turns* of) const {
      const std::lock_guard lock(of->mutex_);
      of->taken_ = false;
      of->changed_.notify_all();
    }
  };
  using Turn = std::unique_ptr<Turns, End>;

  /// Null when the time is over.
  [[nodiscard]] Turn take(const Limits& limits) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, limits.stop, limits.deadline, [this] { return !taken_; })) return nullptr;
    taken_ = true;
    return Turn(this);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool taken_ = false;
};

std::string state_in(const std::string& authorize_url) {
  constexpr std::string_view name = "&state=";
  const auto at = authorize_url.rfind(name);
  if (at == std::string::npos) return {};
  const auto from = at + name.size();
  return authorize_url.substr(from, authorize_url.find('&', from) - from);
}

Result<net::ServerOptions> place_of(const net::Url& redirect) {
  if (redirect.tls || !net::is_loopback(redirect.host) || redirect.target.contains('?'))
    return fail(ErrorKind::settings, "the redirect URI is no plain address of this host", redirect.shown(),
                "give it as http://127.0.0.1:PORT/PATH");
  net::ServerOptions options;
  options.address = redirect.host;
  options.port = redirect.port;
  return options;
}

std::unexpected<Error> not_signed_in(const Limits& limits) {
  const bool stopped = limits.stop.stop_requested();
  return fail(stopped ? ErrorKind::interrupted : ErrorKind::deadline,
              std::string(stopped ? "stopped" : "the deadline passed") + " before the user had signed in");
}

Result<std::string> visit(const Show& show, const std::string& authorize_url, const std::string& redirect_uri,
                          const Limits& limits) {
  const net::Url redirect = TRY(net::parse_url(redirect_uri));
  Mailbox mailbox(state_in(authorize_url));
  const net::ServerOptions place = TRY(place_of(redirect));
  const auto server = TRY(net::HttpServer::listen(place, [&](const net::ServerRequest& request, net::Responder& to) {
    const bool is_ours = request.method == "GET" && request.path == redirect.target && mailbox.is_for(request.query);
    const auto answered = to.answer(is_ours ? 200 : 404, {{"Content-Type", "text/html"}, {"Cache-Control", "no-store"}},
                                    is_ours ? page : std::string_view());
    if (!answered) log(LogLevel::debug, "sign_in_page_not_shown", {{"why", answered.error().what}});
    if (is_ours) mailbox.put(request.query);
  }));
  show(authorize_url);
  if (const auto query = mailbox.take(limits)) return redirect_uri + "?" + *query;
  return not_signed_in(limits);
}

}  // namespace

Visit by_browser(Show show, std::chrono::milliseconds longest) {
  return [show = std::move(show), longest](const std::string& authorize_url, const std::string& redirect_uri,
                                           const Limits& limits) {
    static Turns turns;
    const auto turn = turns.take(limits);
    if (!turn) return Result<std::string>(not_signed_in(limits));
    const auto end = std::chrono::steady_clock::now() + longest;
    return visit(show, authorize_url, redirect_uri, {std::min(limits.deadline, end), limits.stop});
  };
}

}  // namespace agent::mcp
