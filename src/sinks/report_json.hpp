#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace agent::sinks {

/// The report's JSON form: every field of src/base/report.hpp, always present, in the order of the schema,
/// `schema_version` first. Bytes that are not UTF-8 become U+FFFD, numbers that are not finite become 0.
[[nodiscard]] nlohmann::ordered_json to_json(const Report& report);

/// to_json() as text, indented by two, with a newline at the end.
[[nodiscard]] std::string render_json(const Report& report);

/// The report that `json` tells. Unknown fields are ignored and missing ones keep their default, but for
/// `schema_version`, `target` and `verdict`. Errors: `unreadable`, with the place of a missing or wrong value as a JSON
/// pointer.
[[nodiscard]] Result<Report> from_json(const nlohmann::ordered_json& json);

/// from_json() of a text. Errors: also `unreadable` for what is not JSON.
[[nodiscard]] Result<Report> parse_report(std::string_view text);

/// The JSON Schema (2020-12) of the form: src/sinks/report.schema.json.
[[nodiscard]] std::string_view report_schema();

}  // namespace agent::sinks
