#pragma once

#include "base/byte_stream.hpp"

#include <memory>
#include <string>

namespace agent {

/// What gzip or zstd data unpacks to; `packed` starts at the first member's magic. `name` is for errors, whose offsets
/// count packed bytes.
[[nodiscard]] std::unique_ptr<ByteStream> unpack_gzip(std::unique_ptr<ByteStream> packed, std::string name);
[[nodiscard]] std::unique_ptr<ByteStream> unpack_zstd(std::unique_ptr<ByteStream> packed, std::string name);

}  // namespace agent
