#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agent {

/// RFC 4648, 4: with padding.
[[nodiscard]] std::string base64(std::string_view bytes);

/// RFC 4648, 5, as tokens and URLs have it: '-' and '_', without padding.
[[nodiscard]] std::string base64_url(std::string_view bytes);

/// The bytes that `text` stands for (RFC 4648, 4); line breaks and blanks in it are skipped, as kubectl does. Nothing
/// when it is not base64.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// The same for text of either alphabet, with or without padding and without blanks.
[[nodiscard]] std::optional<std::string> decode_base64_url(std::string_view text);

/// The value of a query, or a segment of a path: all but RFC 3986's unreserved characters as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// %XX as bytes (RFC 3986, 2.1); what is none stays.
[[nodiscard]] std::string percent_decode(std::string_view text);

}  // namespace agent
