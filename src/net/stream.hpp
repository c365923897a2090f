#pragma once

#include "base/descriptor.hpp"
#include "net/call.hpp"
#include "net/resolve.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::net {

/// A two-way connection. Waits are the call's. One thread may read while another one writes.
class Stream {
 public:
  virtual ~Stream() = default;

  /// At least one byte; 0 at the orderly end. Errors: `unreachable` (reset, or ended without TLS's farewell) and those
  /// of Call::wait().
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into, Call& call) = 0;
  [[nodiscard]] virtual Result<void> write(std::string_view bytes, Call& call) = 0;
  /// False when the other side ended an idle connection, or said something unasked.
  [[nodiscard]] virtual bool is_quiet() = 0;
};

/// A connected, non-blocking socket to the first of `addresses` that answers. The next one is tried when one fails, or
/// beside it after 250 ms (RFC 8305, 5). `name` ("host:port") is for errors.
[[nodiscard]] Result<Descriptor> connect(const std::vector<SocketAddress>& addresses, const std::string& name,
                                         Call& call);

[[nodiscard]] std::unique_ptr<Stream> plain_stream(Descriptor socket);

}  // namespace agent::net
