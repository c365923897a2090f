#pragma once

#include "base/report.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::flows {

// What reports are put together from, whatever they are about.

/// Lines of one source by number, redacted.
using NumberedLines = std::map<std::size_t, std::string>;

[[nodiscard]] NumberedLines numbered(const std::vector<Excerpt>& excerpts);

/// True when the citation's quote stands in the line that it names.
[[nodiscard]] bool stands_in(const NumberedLines& lines, const Citation& citation);

/// The most severe first; within a severity, as they came.
[[nodiscard]] std::vector<Finding> by_severity(std::vector<Finding> findings);

/// Takes cause, category, confidence and the first three remedies from the findings, of which there is one.
void say_cause(Report& report);

/// Kinds of placeholders ("[REDACTED:kind#n]"), and how many there are.
using PlaceholderCounts = std::map<std::string, std::size_t>;
void count_placeholders(std::string_view text, PlaceholderCounts& counts);

/// How many placeholders of each kind stand in what the report shows of its sources.
[[nodiscard]] PlaceholderCounts hidden_in(const std::vector<SourceEvidence>& evidence);

/// True when the report is of a failure that can be told from others: not of what is healthy, and not one without
/// findings and evidence, which is the same for all empty logs.
[[nodiscard]] bool is_a_failure(const Report& report);

/// All texts of the report that may hold what was read, in the order in which a reader meets them. Texts that others
/// copy (the cause, the report's remedies) are among them.
void each_text(Report& report, const std::function<void(std::string&)>& visit);

/// Numbers the placeholders of secrets from 1 in the order in which a reader meets them, whatever the order in which
/// threads found them.
void renumber_placeholders(Report& report);

}  // namespace agent::flows
