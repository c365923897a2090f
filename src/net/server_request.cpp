#include "net/server_request.hpp"

#include "base/text.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace agent::net {
namespace {

namespace http = boost::beast::http;
using boost::asio::const_buffer;
using ErrorCode = boost::beast::error_code;

constexpr int bad_request = 400, too_large = 413, head_too_large = 431, not_implemented = 501, other_version = 505;

int status_of(const ErrorCode& error) {
  if (error == http::error::header_limit) return head_too_large;
  if (error == http::error::body_limit || error == http::error::buffer_overflow) return too_large;
  if (error == http::error::bad_version) return other_version;
  return bad_request;
}

/// RFC 9112, 3.2: path and query of "/path?query", "http://host/path?query" or "*". False for another form.
bool split_target(std::string_view target, ServerRequest& request) {
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const auto path = target.find_first_of("/?#", target.find("//") + 2);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  const bool is_star = target == "*" && request.method == "OPTIONS";
  if (!is_star && !target.starts_with('/')) return false;
  if (target.find('#') != std::string_view::npos) return false;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  return true;
}

}  // namespace

struct RequestParser::Parts {
  Parts(std::size_t most_head, std::uint64_t most_body) : max_header_bytes(most_head) {
    parser.header_limit(static_cast<std::uint32_t>(max_header_bytes));
    parser.body_limit(most_body);
  }

  /// The head is whole: 0, or the status to refuse it with. Trailers come later, and are not looked at.
  int take_head() {
    const auto& message = parser.get();
    request.method = std::string(message.method_string());
    for (const auto& field : message) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    const auto named = [&](std::string_view name) {
      return std::ranges::count_if(request.headers, [&](const Header& one) { return lower(one.name) == name; });
    };
    takes_chunks = message.version() >= 11;
    keeps_alive = takes_chunks && parser.keep_alive();
    expects_continue = takes_chunks && lower(header(request.headers, "expect")) == "100-continue";
    if (named("transfer-encoding") > 0 && !parser.chunked()) return not_implemented;
    const auto hosts = named("host");  // RFC 9112, 3.2
    if (hosts > 1 || (takes_chunks && hosts == 0)) return bad_request;
    return split_target({message.target().data(), message.target().size()}, request) ? 0 : bad_request;
  }

  State refuse(int with) {
    status = with;
    return state = State::refused;
  }

  State take(std::string& input) {
    while (!parser.got_some() && input.starts_with("\r\n")) input.erase(0, 2);  // RFC 9112, 2.2
    if (input.empty() || (!parser.got_some() && input == "\r")) return state;
    ErrorCode error;
    const std::size_t taken = parser.put(const_buffer(input.data(), input.size()), error);
    input.erase(0, taken);
    if (error && error != http::error::need_more) return refuse(status_of(error));
    if (state == State::in_head && parser.is_header_done()) {
      if (const int refusal = take_head(); refusal != 0) return refuse(refusal);
      parser.eager(true);
      return state = parser.is_done() ? State::done : State::in_body;
    }
    if (parser.is_done()) return state = State::done;
    // What the parser leaves is the head of a chunk, which has an end.
    if (state == State::in_body && input.size() > max_header_bytes) return refuse(bad_request);
    return state;
  }

  std::size_t max_header_bytes;
  http::request_parser<http::string_body> parser;
  ServerRequest request;
  State state = State::in_head;
  int status = 0;
  bool takes_chunks = true, keeps_alive = false, expects_continue = false;
};

RequestParser::RequestParser(std::size_t max_header_bytes, std::uint64_t max_body_bytes)
    : parts_(std::make_unique<Parts>(max_header_bytes, max_body_bytes)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

RequestParser::State RequestParser::take(std::string& input) {
  const bool ended = parts_->state == State::done || parts_->state == State::refused;
  return ended ? parts_->state : parts_->take(input);
}

int RequestParser::status() const { return parts_->status; }
bool RequestParser::expects_continue() const { return parts_->expects_continue; }
bool RequestParser::takes_chunks() const { return parts_->takes_chunks; }
bool RequestParser::keeps_alive() const { return parts_->keeps_alive; }

ServerRequest RequestParser::request() {
  parts_->request.body = std::move(parts_->parser.get().body());
  return std::move(parts_->request);
}

std::string_view reason(int status) {
  const auto known = http::int_to_status(static_cast<unsigned>(status));
  if (known == http::status::unknown) return {};
  const auto text = http::obsolete_reason(known);
  return {text.data(), text.size()};
}

}  // namespace agent::net
