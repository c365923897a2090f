#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent::llm {

using Json = nlohmann::json;

/// Values may be nested this deep, and so many all together; what is more is refused before it is read.
constexpr std::size_t most_depth = 100, most_values = 1'000'000;

/// Foreign JSON; bytes that are not UTF-8 are replaced. Nothing: no JSON, nested too deep, too many values.
[[nodiscard]] std::optional<Json> parse_json(std::string_view text);

/// On one line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string json_text(const Json& value);

/// `object[key]`, or null when it is not there, or `object` is no object.
[[nodiscard]] const Json& value_at(const Json& object, std::string_view key);
/// The same where it is a text; else empty.
[[nodiscard]] std::string text_at(const Json& object, std::string_view key);
/// The same where it is a number of at least 0; else 0.
[[nodiscard]] std::int64_t count_at(const Json& object, std::string_view key);

}  // namespace agent::llm
