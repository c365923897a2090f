#include "net/http.hpp"

#include "base/byte_stream_codecs.hpp"
#include "base/text.hpp"
#include "net/exchange.hpp"
#include "net/retry.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace agent::net {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int too_many = 429;
constexpr int first_redirect = 301, see_other = 303, kept_temporary = 307, kept_permanent = 308;

/// A body on its connection, which goes back to the pool at the end.
class ConnectedBody final : public ByteStream {
 public:
  ConnectedBody(std::shared_ptr<Client> client, Answer answer, std::shared_ptr<Call> call)
      : client_(std::move(client)), answer_(std::move(answer)), call_(std::move(call)) {
    if (answer_.reader.done()) release();
  }

  Result<std::string_view> read() override {
    if (!answer_.connection) return std::string_view{};
    auto piece = answer_.reader.body(*answer_.connection->stream, *call_);
    if (piece && piece->empty()) release();
    return piece;
  }

 private:
  void release() {
    auto connection = std::move(answer_.connection);
    if (answer_.reader.reusable()) client_->pool.give(std::move(connection));
  }

  std::shared_ptr<Client> client_;
  Answer answer_;
  std::shared_ptr<Call> call_;
};

/// Passes on what comes, up to a limit; the end and an error stay.
class LimitedBody final : public ByteStream {
 public:
  LimitedBody(std::unique_ptr<ByteStream> body, std::uint64_t most, std::shared_ptr<Call> call)
      : body_(std::move(body)), most_(most), call_(std::move(call)) {}

  Result<std::string_view> read() override {
    if (end_) return *end_;
    auto piece = body_->read();
    if (piece && !piece->empty() && piece->size() <= most_ - taken_) {
      taken_ += piece->size();
      return piece;
    }
    if (piece && !piece->empty()) {
      piece = call_->fails(ErrorKind::unreadable, "the answer is larger than " + std::to_string(most_) + " bytes");
    }
    body_.reset();
    return end_.emplace(std::move(piece));
  }

 private:
  std::unique_ptr<ByteStream> body_;
  std::uint64_t most_, taken_ = 0;
  std::shared_ptr<Call> call_;
  std::optional<Result<std::string_view>> end_;
};

/// Reads the little that is left of an answer nobody wants, so that its connection can be used again.
void discard(Client& client, Answer answer, Call& call) {
  constexpr std::size_t most = std::size_t{64} * 1024;
  call.enter("reading what is left", SteadyClock::now() + milliseconds(100));
  std::size_t taken = 0;
  for (bool more = !answer.reader.done(); more && taken < most;) {
    const auto piece = answer.reader.body(*answer.connection->stream, call);
    if (!piece) return;
    taken += piece->size();
    more = !piece->empty();
  }
  if (answer.reader.reusable()) client.pool.give(std::move(answer.connection));
}

bool repeatable(const Request& request, const Hop& hop) {
  if (request.repeat == Repeat::yes || request.repeat == Repeat::no || request.repeat == Repeat::if_refused)
    return request.repeat == Repeat::yes;
  return is_idempotent(hop.method);
}

/// send(), again as long as it may help.
Result<Answer> send_with_retries(Client& client, const Request& request, const Hop& hop, int& retries_left,
                                 Call& call) {
  const bool may_repeat = repeatable(request, hop);
  for (Backoff backoff(client.options.first_retry_wait);;) {
    call.try_again();
    auto answer = send(client, hop, may_repeat, call);
    const auto asked = answer ? retry_after(header(answer->head.headers, "retry-after")) : std::nullopt;
    const bool worth_it =
        answer ? is_busy(answer->head.status) && (asked || request.repeat != Repeat::if_asked) : call.passing();
    const bool refused = request.repeat == Repeat::if_refused && answer && answer->head.status == too_many && asked;
    if (!(refused || (worth_it && may_repeat)) || retries_left == 0) return answer;
    const auto wait = std::max(backoff.next(), asked.value_or(milliseconds(0)));
    if (wait > client.options.max_retry_wait || wait >= call.deadline() - SteadyClock::now()) return answer;
    --retries_left;
    if (answer) discard(client, *std::move(answer), call);
    if (refused && hop.sent != nullptr) *hop.sent = false;
    TRY(call.pause(wait));
  }
}

/// Where an answer sends us; none when it is the caller's.
std::optional<std::string> location(const ResponseHead& head) {
  const bool moves = (head.status >= first_redirect && head.status <= see_other) || head.status == kept_temporary ||
                     head.status == kept_permanent;
  const auto to = header(head.headers, "location");
  if (!moves || to.empty()) return {};
  return std::string(to);
}

/// RFC 9110, 15.4, with what a redirect may not do.
Result<Hop> next_hop(Hop hop, const ResponseHead& head, const std::string& to, Call& call) {
  const Url from = std::exchange(hop.url, TRY(resolve_url(hop.url, to)));
  const bool leaves = hop.url.origin() != from.origin();
  if (from.tls && !hop.url.tls) {
    return call.fails(ErrorKind::unreachable,
                      "the server redirects to '" + hop.url.shown() + "', which is not encrypted",
                      "use that URL if it is right");
  }
  const bool keeps = head.status == kept_temporary || head.status == kept_permanent;
  if (keeps && leaves && !hop.body.empty()) {
    return call.fails(ErrorKind::unreachable,
                      "the server redirects a request with a body to another server: '" + hop.url.shown() + "'",
                      "use that URL if it is right");
  }
  if (!keeps && hop.method != "HEAD" && hop.method != "GET") {
    hop.method = "GET";
    hop.body.clear();
    std::erase_if(hop.headers, [](const Header& one) { return lower(one.name).starts_with("content-"); });
  }
  if (leaves) {
    hop.peer = Peer::redirected;
    std::erase_if(hop.headers, [](const Header& one) { return is_credential(one.name); });
  } else if (hop.url.userinfo.empty()) {
    hop.url.userinfo = from.userinfo;
  }
  return hop;
}

std::string about(const Hop& hop) { return hop.method + " " + hop.url.shown(); }

Result<Hop> first_hop(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    const auto ours = lower(name);
    if (ours == "host" || ours == "content-length" || ours == "user-agent" || ours == "transfer-encoding") {
      return fail(ErrorKind::settings, "the header '" + ours + "' is not to be given");
    }
  }
  return Hop{.url = TRY(parse_url(request.url)),
             .method = request.method,
             .headers = request.headers,
             .body = request.body,
             .peer = Peer::named,
             .sent = request.sent};
}

Result<Answer> follow(Client& client, const Request& request, Hop hop, int& retries_left, Call& call) {
  for (int redirects = 0;; ++redirects) {
    auto answer = TRY(send_with_retries(client, request, hop, retries_left, call));
    const auto to = location(answer.head);
    if (!to || client.options.max_redirects == 0) return answer;
    if (redirects == client.options.max_redirects) {
      return call.fails(ErrorKind::unreachable, "more than " + std::to_string(redirects) + " redirects");
    }
    hop = TRY(next_hop(std::move(hop), answer.head, *to, call));
    discard(client, std::move(answer), call);
    call.rename(about(hop));
  }
}

Response response(const std::shared_ptr<Client>& client, const Request& request, Answer answer,
                  const std::shared_ptr<Call>& call) {
  Response made{.status = answer.head.status, .headers = std::move(answer.head.headers), .body = nullptr};
  call->enter("reading the answer", client->options.idle_timeout);
  const bool packed = lower(header(made.headers, "content-encoding")) == "gzip" && !answer.reader.done();
  made.body = std::make_unique<ConnectedBody>(client, std::move(answer), call);
  if (packed) made.body = unpack_gzip(std::move(made.body), call->about());
  made.body = std::make_unique<LimitedBody>(std::move(made.body),
                                            request.max_body_bytes.value_or(client->options.max_body_bytes), call);
  return made;
}

/// One exchange with what is needed to try it again.
struct Exchange {
  Hop hop;
  std::shared_ptr<Call> call;
  int retries_left = 0;
};

Result<Exchange> begin(const Client& client, const Request& request, const std::stop_token& stop) {
  auto hop = TRY(first_hop(request));
  auto call = std::make_shared<Call>(about(hop), request.deadline, stop);
  return Exchange{std::move(hop), std::move(call), client.options.max_retries};
}

Result<Response> run(const std::shared_ptr<Client>& client, const Request& request, Exchange& exchange) {
  auto answer = TRY(follow(*client, request, exchange.hop, exchange.retries_left, *exchange.call));
  return response(client, request, std::move(answer), exchange.call);
}

Result<WholeResponse> run_whole(const std::shared_ptr<Client>& client, const Request& request, Exchange& exchange) {
  auto got = TRY(run(client, request, exchange));
  auto body = TRY(read_all(*got.body));
  return WholeResponse{got.status, std::move(got.headers), std::move(body)};
}

}  // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  const auto allowed = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

std::string_view header(const std::vector<Header>& headers, std::string_view name) {
  const auto wanted = lower(name);
  const auto found = std::ranges::find_if(headers, [&](const Header& one) { return lower(one.name) == wanted; });
  return found == headers.end() ? std::string_view{} : found->value;
}

Result<std::string> read_all(ByteStream& body) {
  std::string text;
  for (;;) {
    const auto piece = TRY(body.read());
    if (piece.empty()) return text;
    text += piece;
  }
}

HttpClient::HttpClient(ClientOptions options) : client_(std::make_shared<Client>(std::move(options))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<Response> HttpClient::exchange(const Request& request, const std::stop_token& stop) const {
  auto exchange = TRY(begin(*client_, request, stop));
  return run(client_, request, exchange);
}

Result<WholeResponse> HttpClient::fetch(const Request& request, const std::stop_token& stop) const {
  auto exchange = TRY(begin(*client_, request, stop));
  for (Backoff backoff(client_->options.first_retry_wait);;) {
    auto whole = run_whole(client_, request, exchange);
    // What passes and was not tried again before now is a body that was cut off.
    const bool helps = !whole && exchange.call->passing() && repeatable(request, exchange.hop);
    if (!helps || exchange.retries_left == 0) return whole;
    const auto wait = backoff.next();
    if (wait >= request.deadline - SteadyClock::now()) return whole;
    --exchange.retries_left;
    TRY(exchange.call->pause(wait));
  }
}

std::vector<Result<WholeResponse>> HttpClient::exchange_all(const std::vector<Request>& requests,
                                                            std::size_t max_in_flight,
                                                            const std::stop_token& stop) const {
  std::vector<Result<WholeResponse>> answers(requests.size());
  at_once(requests.size(), max_in_flight, [&](std::size_t i) { answers[i] = fetch(requests[i], stop); });
  return answers;
}

void HttpClient::exchange_each(const std::vector<Request>& requests, std::size_t max_in_flight,
                               const std::function<void(std::size_t, Result<Response>)>& take,
                               const std::stop_token& stop) const {
  at_once(requests.size(), max_in_flight, [&](std::size_t i) { take(i, exchange(requests[i], stop)); });
}

}  // namespace agent::net
