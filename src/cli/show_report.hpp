#pragma once

#include "base/report.hpp"
#include "base/signals.hpp"
#include "cli/command.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace agent::cli {

/// Writes the report in the form of `--output` to `out`, and to each file of `--report` in the form that its extension
/// tells; then, when asked by `--show-redactions`, what was hidden, to standard error.
/// Errors: `usage` for an unknown extension, `delivery_failed` for a file that can't be written (the rest is).
[[nodiscard]] Result<void> show_report(Context& context, Output& out, const Report& report);

/// Writes it to each file of `--report` only. Errors: `delivery_failed` for a file that can't be written (the rest is).
[[nodiscard]] Result<void> write_report_files(const Context& context, const Report& report);

/// Writes it to one file, in the form that its extension tells: all or nothing. Errors: as above.
[[nodiscard]] Result<void> write_report_file(const Context& context, const std::string& path, const Report& report);

/// Where the files are that a log names: the CI system's checkout, else where we were started.
[[nodiscard]] std::string checkout_folder(const Context& context);

/// Errors: `usage` when a file of `--report` has an extension that tells no form. Asked before any work is done.
[[nodiscard]] Result<void> check_report_files(const Context& context);

/// The first of both that failed; the other, where it failed too, is told on standard error.
[[nodiscard]] Result<void> first_failure(Context& context, const Result<void>& first, const Result<void>& other);

/// `done`, or what interrupted it: what is known was printed by then. A delivery that failed is told in any case.
[[nodiscard]] Result<int> ended(Context& context, const Result<int>& done, const Interrupts& interrupts);

/// When asked by `--show-redactions`: how many secrets of which kind were hidden, to standard error.
[[nodiscard]] Result<void> show_redactions(Context& context,
                                           const std::vector<std::pair<std::string, std::size_t>>& counts);

}  // namespace agent::cli
