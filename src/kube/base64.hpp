#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agent::kube {

/// The bytes that `text` stands for (RFC 4648, 4); line breaks and blanks in it are skipped, as kubectl does. Nothing
/// when it is not base64.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace agent::kube
