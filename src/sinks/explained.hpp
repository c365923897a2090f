#pragma once

#include "base/report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::sinks {

// What a model added to a report, and what was known before it, in words.

/// "the model could not be used (BECAUSE): this is what the rules know"; empty when the report is not degraded.
[[nodiscard]] std::string degraded(const Report& report);

/// "seen 4 times since Monday 16 November", "seen once before, on 3 May 2025", or "filed before", where only a forge
/// knows it; empty when it was not.
[[nodiscard]] std::string seen_before(const Report& report);

/// "Monday 16 November" for a moment in RFC 3339: the day in UTC, with its name when it is at most six days before
/// `now`, with its year when that is another one than now's. What is no such moment is given back.
[[nodiscard]] std::string day_of(std::string_view moment, std::string_view now);

/// "a.log:7", "b.log:9": where a claim's citations stand, each place once, three at most.
[[nodiscard]] std::vector<std::string> places_of(const Claim& claim);

/// "NAME, 4 turns, 7 tool calls, 12,000 tokens in (800 cached), 950 out, $0.0123, 5 of 6 citations verified, stopped at
/// its limit of turns"; "NAME, 3 calls, …" where it neither called tools nor explained; "NAME, no answer". No price:
/// nothing was paid, or it is not known. Empty when no model was used, or only in an earlier run.
[[nodiscard]] std::string model_use(const Report& report);

/// "explained by NAME on Friday 20 November, 5 of 6 citations verified; --fresh asks again", for an explanation of an
/// earlier run; else empty.
[[nodiscard]] std::string explained_earlier(const Report& report);

/// "found by model NAME (4 of 5 citations hold)" when the report's cause is a model's; else empty. The name is whole
/// where its use is told.
[[nodiscard]] std::string found_by_model(const Report& report);

/// "says NAME", "not verified, says NAME" of a finding of the report that is a model's; else empty.
[[nodiscard]] std::string said_by(const Report& report, const Finding& finding);

/// The report's remedies; " (model)" behind the sentence of those that no rule gave, where rules gave others.
[[nodiscard]] std::vector<Remedy> marked_remedies(const Report& report);

/// `words` as the beginning of a sentence.
[[nodiscard]] std::string capitalised(std::string words);

}  // namespace agent::sinks
