#pragma once

#include "base/byte_stream.hpp"
#include "kube/source.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace agent::kube {

/// The log file at `path` (plain, gzip or zstd), cut as an API server would: its last `tail_lines`, and of these the
/// first `limit_bytes`. The tail is found by reading the file twice, not by holding it. Errors: those of open_log().
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_window(const std::string& path, const LogOptions& options,
                                                              const std::stop_token& stop);

}  // namespace agent::kube
