#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace agent::tools {

/// Keeps whole texts of which only a part was shown. Callers redact before they keep. Any threads.
class Spool {
 public:
  virtual ~Spool() = default;

  /// A reference for read(): "tool/1", "tool/2", … Errors: `delivery_failed`: full, or the disk is.
  [[nodiscard]] virtual Result<std::string> keep(std::string_view text) = 0;

  /// Errors: `target_not_found`: nothing of this name; `unreadable`.
  [[nodiscard]] virtual Result<std::string> read(std::string_view reference) = 0;
};

/// Both compress (zstd) and refuse what would exceed `limit_bytes` of compressed text in all.
[[nodiscard]] std::unique_ptr<Spool> memory_spool(std::uint64_t limit_bytes);

/// One file (0600) in `folder`, without a name there, so that nothing is left behind. Errors: `delivery_failed`.
[[nodiscard]] Result<std::unique_ptr<Spool>> file_spool(const std::string& folder, std::uint64_t limit_bytes);

}  // namespace agent::tools
