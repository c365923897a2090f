#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace agent {

/// Bytes pulled by the caller, in pieces of any size.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// The next bytes, valid until the next call; empty at the end. Errors: `unreadable` (damaged, I/O), `deadline`,
  /// `interrupted` (the stop token). The end and an error stay: a further call gives the same.
  [[nodiscard]] virtual Result<std::string_view> read() = 0;

  /// How many bytes there were before secrets were hidden, where the stream is of a saved text that says so.
  [[nodiscard]] virtual std::optional<std::uint64_t> original_bytes() const { return std::nullopt; }
};

/// The bytes of the log file at `path` ("-": standard input); gzip and zstd are told by their first bytes and
/// decompressed, several members one after the other. Memory: 320 KiB, for compressed
/// logs 2 MiB more and the codec's window (capped at 128 MiB); a large one is unpacked by a thread of its own.
/// A growing file is read up to its end at that time. `stop` ends a wait for a pipe's next bytes.
/// Errors: `target_not_found`, `unreadable` (rights, a folder, an archive of another kind).
/// A stream cut off inside a compressed member gives what could be read, then the error. As gzip does it, bytes after
/// the last gzip member are ignored.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_log(const std::string& path, std::stop_token stop = {});

/// The same over a descriptor that stays the caller's; `name` is for errors.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_log_fd(int fd, std::string name, std::stop_token stop = {});

}  // namespace agent
