#pragma once

#include "net/http.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::net {

/// A request as a server gets it, whole.
struct ServerRequest {
  std::string method;
  std::string path;   ///< Percent-encoded, as it was sent; begins with "/", or is "*" (OPTIONS).
  std::string query;  ///< The same; what follows "?".
  std::vector<Header> headers;
  std::string body;
  /// Asked for when the client closes its side of the connection, or the server stops. Callbacks run on the thread
  /// that watches all connections: they must be short.
  std::stop_token stop;
};

/// Makes a request out of the bytes of a connection (RFC 9112). No I/O.
class RequestParser {
 public:
  enum class State {
    in_head,
    in_body,
    done,
    refused,  ///< status() says why; the connection can carry no other request.
  };

  RequestParser(std::size_t max_header_bytes, std::uint64_t max_body_bytes);
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  /// Takes what it can use off the front of `input`, and no more than one request. Returns `in_body` once when the head
  /// is whole, before it takes any of a body.
  State take(std::string& input);

  /// Of a refused request: 400, 413 (body too large), 431 (head too large), 501 (a transfer coding other than chunked),
  /// 505 (not HTTP/1).
  [[nodiscard]] int status() const;
  /// The client sends the body when it is told to (RFC 9110, 10.1.1). From the whole head on.
  [[nodiscard]] bool expects_continue() const;
  /// HTTP/1.1: chunks are understood. From the whole head on.
  [[nodiscard]] bool takes_chunks() const;
  /// The client will send another request on the connection. From the whole head on.
  [[nodiscard]] bool keeps_alive() const;
  /// When done, once.
  [[nodiscard]] ServerRequest request();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// "Not Found"; empty for a status that nobody has defined.
[[nodiscard]] std::string_view reason(int status);

}  // namespace agent::net
