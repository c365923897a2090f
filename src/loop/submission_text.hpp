#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace agent::loop {

/// The report that a model wrote as text instead of calling submit_report: a JSON object with a cause, by itself or in
/// a fence, with or without words around the fence; also {"name": "submit_report", "arguments": {…}}.
[[nodiscard]] std::optional<nlohmann::json> report_in_text(std::string_view text);

}  // namespace agent::loop
