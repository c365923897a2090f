#pragma once

#include "base/report.hpp"
#include "base/settings.hpp"
#include "base/tokens.hpp"
#include "cli/progress.hpp"
#include "flows/analyze.hpp"

namespace agent::cli {

// What the settings say of an analysis, whatever it is of.

[[nodiscard]] Tokens evidence_tokens(const Settings& settings);
[[nodiscard]] bool wants_only_evidence(const Settings& settings);
[[nodiscard]] flows::LineNumbers line_numbers(const Settings& settings);
[[nodiscard]] Progress::Shown progress_shown(const Settings& settings);

/// 1 when a finding reaches `--fail-on`, else 0.
[[nodiscard]] int exit_code(const Settings& settings, const Report& report);

}  // namespace agent::cli
