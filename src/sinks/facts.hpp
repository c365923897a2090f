#pragma once

#include "base/report.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace agent::sinks {

/// "FAILED", "OK" or "UNKNOWN".
[[nodiscard]] std::string_view verdict_word(Verdict verdict);

/// "test failure · HEADLINE"; only the headline when the category is not known.
[[nodiscard]] std::string with_category(Category category, const std::string& headline);

/// What follows the verdict: the cause with its category, or what is known in its place.
[[nodiscard]] std::string summary(const Report& report);

/// "log build.log · 4,812 lines, 512 kB read · confidence high · found by model NAME (4 of 5 citations hold)": parts
/// that are known.
[[nodiscard]] std::string facts(const Report& report);

/// The finding that the report's cause is: the first one; none where that is only a model's remark. Lives as long as
/// the report.
[[nodiscard]] const Finding* cause_finding(const Report& report);

/// All findings but that one.
[[nodiscard]] std::span<const Finding> other_findings(const Report& report);

/// "3 secrets (bearer 2, url 1)"; empty when none was hidden.
[[nodiscard]] std::string hidden_secrets(const Report& report);

/// "12.2 ms".
[[nodiscard]] std::string milliseconds(double value);

/// "status.conditions[0].message" for the JSON pointer "status/conditions/0/message".
[[nodiscard]] std::string field_words(std::string_view pointer);

/// "build.log:4803" for line 4803 of "log/build.log": what editors and terminals open; "standard input" for "log/-";
/// "pod ci/web, container app (previous) line 7", "Pod ci/web status.phase", "events of Pod ci/web" for what a cluster
/// says.
[[nodiscard]] std::string place(const std::string& source, std::size_t line);

/// "4,812".
[[nodiscard]] std::string with_thousands(std::uint64_t number);

/// "312 B", "51 kB", "1.2 MB": decimal units.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

/// "… 12 more like this".
[[nodiscard]] std::string more_like_this(std::size_t count);

}  // namespace agent::sinks
