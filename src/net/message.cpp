#include "net/message.hpp"

#include "base/text.hpp"

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace agent::net {
namespace {

namespace http = boost::beast::http;
using boost::asio::const_buffer;
using ErrorCode = boost::beast::error_code;

constexpr std::size_t piece_bytes = std::size_t{16} * 1024;  // a TLS record's most

/// Servers of other protocols speak first and then wait: they are told by their first bytes.
bool may_be_http(std::string_view received) {
  constexpr std::string_view start = "HTTP/";
  return received.starts_with(start) || start.starts_with(received);
}

bool breaks_line(std::string_view text) { return text.find_first_of({"\r\n\0", 3}) != std::string_view::npos; }

}  // namespace

Result<std::string> request_head(const std::string& method, const std::string& target,
                                 const std::vector<Header>& headers) {
  if (!is_token(method)) return fail(ErrorKind::settings, "the method is no HTTP method");
  if (breaks_line(target) || target.find(' ') != std::string::npos) {
    return fail(ErrorKind::settings, "a URL holds a line break or a blank");
  }
  return method + " " + target + " HTTP/1.1\r\n" + TRY(header_lines(headers)) + "\r\n";
}

Result<std::string> header_lines(const std::vector<Header>& headers) {
  std::string text;
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) return fail(ErrorKind::settings, "the name of a header is none that HTTP allows");
    if (breaks_line(value)) {
      return fail(ErrorKind::settings, "the value of the header '" + name + "' holds a line break", "",
                  "is there a line end after a token that was read from a file?");
    }
    text += name + ": " + value + "\r\n";
  }
  return text;
}

struct ResponseReader::State {
  State(Body kind, std::size_t most) : body(kind), max_header_bytes(most) { renew(); }

  void renew() {
    parser.emplace();
    parser->header_limit(static_cast<std::uint32_t>(max_header_bytes));
    parser->body_limit(boost::none);
    parser->skip(body == Body::none);
  }

  /// Gives the parser what was received. Errors: those of the format, but for "more is needed".
  ErrorCode parse() {
    ErrorCode error;
    const std::size_t taken = parser->put(const_buffer(input.data() + begin, input.size() - begin), error);
    begin += taken;
    if (begin == input.size()) {
      input.clear();
      begin = 0;
    }
    return error == http::error::need_more || error == http::error::need_buffer ? ErrorCode{} : error;
  }

  /// Receives more; false at the end.
  Result<bool> receive(Stream& stream, Call& call) {
    TRY(call.check());
    input.erase(0, std::exchange(begin, 0));
    const std::size_t held = input.size();
    input.resize(held + piece_bytes);
    auto size = stream.read({input.data() + held, piece_bytes}, call);
    input.resize(held + (size ? *size : 0));
    if (!size) return std::unexpected(std::move(size).error());
    return *size > 0;
  }

  Body body;
  std::size_t max_header_bytes;
  std::optional<http::response_parser<http::buffer_body>> parser;
  std::string input;  ///< Received, from `begin` on not parsed.
  std::size_t begin = 0;
  std::uint64_t body_bytes = 0;
  bool any = false;
  std::array<char, piece_bytes> output{};
};

ResponseReader::ResponseReader(Body body, std::size_t max_header_bytes)
    : state_(std::make_unique<State>(body, max_header_bytes)) {}
ResponseReader::~ResponseReader() = default;
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;

namespace {

std::unexpected<Error> not_http(const std::string& why, Call& call) {
  return call.fails(ErrorKind::unreadable, "the answer is not HTTP" + why,
                    "check the host and port, and whether it is http or https");
}

std::unexpected<Error> malformed(const ErrorCode& error, std::size_t max_header_bytes, Call& call) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return call.fails(ErrorKind::unreadable,
                      "the answer's headers are larger than " + std::to_string(max_header_bytes) + " bytes");
  }
  return not_http(": " + lower(error.message()), call);
}

std::unexpected<Error> no_answer(bool any, Call& call) {
  if (any) return call.passes(ErrorKind::unreadable, "the answer was cut off in its headers");
  return call.passes(ErrorKind::unreachable, "the server closed the connection without an answer");
}

std::unexpected<Error> cut_off(std::uint64_t bytes, Call& call) {
  return call.passes(ErrorKind::unreadable, "the answer was cut off after " + std::to_string(bytes) + " bytes");
}

ResponseHead head_of(const http::response_header<>& header) {
  ResponseHead head{.status = static_cast<int>(header.result_int()), .headers = {}};
  for (const auto& field : header) {
    head.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  return head;
}

}  // namespace

Result<ResponseHead> ResponseReader::head(Stream& stream, Call& call) {
  constexpr unsigned switching = 101, first_final = 200;
  auto& state = *state_;
  for (int interim = 0; interim < 16;) {
    if (state.begin < state.input.size()) {
      const auto received = std::string_view(state.input).substr(state.begin);
      if (!state.parser->got_some() && !may_be_http(received)) return not_http("", call);
      if (const auto error = state.parse()) return malformed(error, state.max_header_bytes, call);
    }
    if (state.parser->is_header_done()) {
      const unsigned status = state.parser->get().result_int();
      if (status >= first_final || status == switching) return head_of(state.parser->get());
      state.renew();
      ++interim;
      if (state.begin < state.input.size()) continue;
    }
    const auto more = state.receive(stream, call);
    if (more && *more)
      state.any = true;
    else if (more || call.passing())
      return no_answer(state.any, call);
    else
      return std::unexpected(more.error());
  }
  return call.fails(ErrorKind::unreadable, "the server sends one interim answer after the other");
}

Result<std::string_view> ResponseReader::body(Stream& stream, Call& call) {
  auto& state = *state_;
  state.parser->eager(true);
  for (bool more = true; !state.parser->is_done();) {
    auto& into = state.parser->get().body();
    into.data = state.output.data();
    into.size = state.output.size();
    into.more = true;
    ErrorCode error;
    if (!more)
      state.parser->put_eof(error);
    else if (state.begin < state.input.size())
      error = state.parse();
    const std::size_t size = state.output.size() - into.size;
    state.body_bytes += size;
    if (size > 0) return std::string_view(state.output.data(), size);
    if (error == http::error::partial_message) return cut_off(state.body_bytes, call);
    if (error) return malformed(error, state.max_header_bytes, call);
    if (state.parser->is_done()) break;
    // What the parser leaves is the head of a chunk, which has an end.
    if (state.input.size() - state.begin > state.max_header_bytes) {
      return malformed(http::error::header_limit, state.max_header_bytes, call);
    }
    auto received = state.receive(stream, call);
    if (!received && call.passing()) return cut_off(state.body_bytes, call);
    more = TRY(std::move(received));
  }
  return std::string_view{};
}

std::string ResponseReader::rest() { return std::exchange(state_->input, {}).substr(std::exchange(state_->begin, 0)); }

bool ResponseReader::done() const { return state_->parser->is_header_done() && state_->parser->is_done(); }

bool ResponseReader::reusable() const {
  return done() && state_->parser->keep_alive() && state_->begin == state_->input.size();
}

}  // namespace agent::net
