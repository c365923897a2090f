#pragma once

#include "net/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agent::net {

/// The bytes of a request's start line and headers. `target` is what follows the method.
/// Errors: `settings` (what would break out of its line).
[[nodiscard]] Result<std::string> request_head(const std::string& method, const std::string& target,
                                               const std::vector<Header>& headers);

/// "Name: value" lines. Errors: the same.
[[nodiscard]] Result<std::string> header_lines(const std::vector<Header>& headers);

/// Is there a body after the answer's headers?
enum class Body {
  as_told,  ///< As its headers say.
  none,     ///< HEAD; CONNECT.
};

struct ResponseHead {
  int status = 0;
  std::vector<Header> headers;
};

/// Reads one answer from a stream. Interim answers (1xx) are skipped.
class ResponseReader {
 public:
  ResponseReader(Body body, std::size_t max_header_bytes);
  ~ResponseReader();
  ResponseReader(ResponseReader&&) noexcept;

  /// Errors: `unreachable` (closed without an answer), `unreadable` (not HTTP, too large, cut off), the stream's.
  [[nodiscard]] Result<ResponseHead> head(Stream& stream, Call& call);
  /// The next bytes of the body, valid until the next call; empty at its end. After head().
  /// Errors: `unreadable` (cut off, not HTTP), the stream's.
  [[nodiscard]] Result<std::string_view> body(Stream& stream, Call& call);
  /// What was received behind the head, and is of another protocol: after 101. Once, instead of body().
  [[nodiscard]] std::string rest();
  /// The whole answer was read.
  [[nodiscard]] bool done() const;
  /// It was, and the connection can carry another exchange.
  [[nodiscard]] bool reusable() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::net
