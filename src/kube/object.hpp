#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace agent::kube {

/// The text that stands under `key`; empty when there is none.
[[nodiscard]] std::string text_of(const nlohmann::json& object, const char* key);

/// A name for a person's eyes: clean, in '…', and no longer than the API allows one to be (253 bytes).
[[nodiscard]] std::string in_quotes(std::string_view name);

/// Drops what says nothing and is half of many an object: `managedFields`, and what kubectl last applied.
void drop_bookkeeping(nlohmann::json& object);

/// Empties the values of the map under `member`, a Secret's or a ConfigMap's data; its keys stay.
void clear_values(nlohmann::json& object, const char* member);

}  // namespace agent::kube
