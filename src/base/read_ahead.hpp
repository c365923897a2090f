#pragma once

#include "base/byte_stream.hpp"

#include <memory>

namespace agent {

/// The same bytes, read by a thread of their own once it is worth one (after 1 MiB): what unpacks and what uses the
/// bytes work side by side. At most 1 MiB is read ahead. To be given up before its end, the inner stream must stop by
/// itself (its stop token): the destructor waits for the read under way.
[[nodiscard]] std::unique_ptr<ByteStream> read_ahead(std::unique_ptr<ByteStream> inner);

}  // namespace agent
