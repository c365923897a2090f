#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What forges and their MCP servers say in JSON; all of it is foreign.

namespace agent::sinks {

/// Nothing: no JSON, nested deeper than 100, more than 1,000,000 values.
[[nodiscard]] std::optional<nlohmann::json> parse_foreign(std::string_view text);

/// `object[key]`; null when it is not there, or `object` is no object.
[[nodiscard]] const nlohmann::json& member(const nlohmann::json& object, std::string_view key);
/// The same where it is a text; else empty.
[[nodiscard]] std::string text_member(const nlohmann::json& object, std::string_view key);
/// The same where it is a whole number of at least 0, or a text of its digits; else 0.
[[nodiscard]] std::uint64_t number_member(const nlohmann::json& object, std::string_view key);

/// `text` where it is an address that no report, table or comment reads as anything else: http or https, at most 2,000
/// bytes of visible ASCII, no credentials, quotes, brackets of any kind, backticks, backslashes or bars; else empty.
[[nodiscard]] std::string web_address(std::string text);

/// A server's own words for an error: one clean line of at most 200 characters.
[[nodiscard]] std::string quoted_words(std::string_view text);

}  // namespace agent::sinks
