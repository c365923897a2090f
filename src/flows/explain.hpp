#pragma once

#include "base/clock.hpp"
#include "base/report.hpp"
#include "flows/shared_redactor.hpp"
#include "llm/model.hpp"
#include "loop/investigate.hpp"
#include "loop/library.hpp"

#include <optional>
#include <stop_token>

namespace agent::flows {

/// True when there is something for a model to explain: something fails, or it is not known whether.
[[nodiscard]] bool asks_for_model(const Report& rules);

/// The rules' report with what the model found by looking further (loop::investigate), as every sink may show it:
/// redacted, with placeholders in canonical numbers and counted.
[[nodiscard]] loop::Outcome explain(Report rules, const loop::Limits& limits, const loop::Parts& parts,
                                    SharedRedactor& redactor, const std::stop_token& stop);

/// The rules' report with what a model said in an earlier run of the same failure, when its proof stands in what was
/// read now; nothing when none of it does. No model is asked.
[[nodiscard]] std::optional<Report> explain_as_before(const Report& rules, const Report& earlier,
                                                      const loop::Library& library, SharedRedactor& redactor);

/// Redacts the report's texts, numbers its placeholders from 1 in the order of reading, and counts them.
void finish_texts(Report& report, SharedRedactor& redactor);

}  // namespace agent::flows
