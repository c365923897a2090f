#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace agent::evidence {

// Reads of objects that others wrote: what is missing or of another type reads as null, nothing or empty.

using Json = nlohmann::json;

/// The value at `path`, a JSON pointer (RFC 6901) without its first slash: "status/conditions/0/type". Null when none.
[[nodiscard]] const Json& at(const Json& json, std::string_view path);

/// A member's name as a part of a path: "nvidia.com/gpu" is "nvidia.com~1gpu".
[[nodiscard]] std::string pointer_token(std::string_view name);

/// The string at `path`; valid as long as `json`.
[[nodiscard]] std::string_view text(const Json& json, std::string_view path);

/// The whole number at `path`.
[[nodiscard]] std::optional<std::int64_t> number(const Json& json, std::string_view path);

/// The whole number at `path`; 0 when none.
[[nodiscard]] std::int64_t count(const Json& json, std::string_view path);

/// True for a true at `path`.
[[nodiscard]] bool flag(const Json& json, std::string_view path);

/// The elements of the array at `path`.
[[nodiscard]] std::span<const Json> items(const Json& json, std::string_view path);

/// The members of the object at `path`.
[[nodiscard]] const Json::object_t& members(const Json& json, std::string_view path);

/// A string or number as a citation quotes it; at most 400 bytes of whole code points.
[[nodiscard]] std::string quoted(const Json& value);

/// The first element of `list` whose member `key` is `value`; null when none.
[[nodiscard]] const Json& named(std::span<const Json> list, std::string_view value, std::string_view key = "name");

/// Where it stands in `list`; the size of `list` when nowhere.
[[nodiscard]] std::size_t index_of(std::span<const Json> list, std::string_view value, std::string_view key = "name");

/// True when `labels` meets a LabelSelector (matchLabels, matchExpressions); an empty selector is met by all.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
[[nodiscard]] bool selects(const Json& selector, const Json& labels);

/// True when `labels` has all members of `wanted`.
[[nodiscard]] bool has_labels(const Json& wanted, const Json& labels);

}  // namespace agent::evidence
