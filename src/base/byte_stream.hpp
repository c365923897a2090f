#pragma once

#include "base/error.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace agent {

/// Bytes pulled by the caller, in pieces of any size.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// The next bytes, valid until the next call; empty at the end. Errors: `unreadable` (damaged, I/O), `deadline`.
  [[nodiscard]] virtual Result<std::string_view> read() = 0;
};

/// The bytes of the log file at `path` ("-": standard input); gzip and zstd are told by their first bytes and
/// decompressed, several members one after the other. Memory: 1 MiB and the codec's window (capped at 128 MiB).
/// Errors: `target_not_found`, `unreadable` (rights, a folder).
/// A stream cut off inside a compressed member gives what could be read, then the error.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_log(const std::string& path);

/// The same over a descriptor that stays the caller's; `name` is for errors.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_log_fd(int fd, std::string name);

}  // namespace agent
