#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/report.hpp"
#include "base/tokens.hpp"
#include "evidence/distiller.hpp"
#include "evidence/rules.hpp"
#include "loop/library.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::flows {

/// One log on its way to a report: what was kept of it so far.
struct LogEvidence {
  std::string source;  ///< Source id: "log/build.log".
  evidence::Distiller distiller;
  std::vector<NotChecked> not_checked;  ///< What of it could not be read.
  /// Where its text is kept for a model to read on in; may be null.
  std::unique_ptr<loop::Library::Writer> text = nullptr;

  void feed(std::string_view bytes);
};

/// Told now and then how many bytes of a log have been read.
using ReadProgress = std::function<void(std::uint64_t bytes)>;

/// Reads `stream` to its end into `log`. A stream that fails midway, or is stopped, is "not checked" from there on.
/// Errors: the stream's, when not a single byte could be read.
[[nodiscard]] Result<void> read_log(ByteStream& stream, LogEvidence& log, std::stop_token stop,
                                    const ReadProgress& progress = {});

/// Reads a passing run of the same job. Errors: the stream's.
[[nodiscard]] Result<evidence::Baseline> read_baseline(ByteStream& stream, std::stop_token stop);

struct AnalyzeRequest {
  std::string target;            ///< As the report says it: "log build.log", "command 'make test'".
  Tokens evidence_tokens{2000};  ///< What the report's evidence may take, all logs together.
  std::optional<int> exit_code;  ///< Known end of the command that wrote the logs.
};

struct AnalyzeParts {
  const evidence::RuleSet& rules;
  const Clock& clock;
};

/// Judges the logs by the rules and gives the report. It is redacted when the logs' distillers have a redactor. Its
/// citations are checked against what was read.
[[nodiscard]] Report analyze(const AnalyzeRequest& request, std::vector<LogEvidence>& logs, const AnalyzeParts& parts);

/// An extract of logs, and how many secrets of which kind it hides.
struct Extracted {
  std::string text;
  std::vector<std::pair<std::string, std::size_t>> redactions;
};

enum class LineNumbers { no, yes };

/// Only the lines that explain: raw log lines and markers that start with '…', at most `budget.code_points()` code
/// points, all logs together. With numbers: each line behind its number and each excerpt behind its reason, which takes
/// more room.
[[nodiscard]] Extracted extract(std::vector<LogEvidence>& logs, Tokens budget, LineNumbers numbers);

}  // namespace agent::flows
