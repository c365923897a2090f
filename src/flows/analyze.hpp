#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/redactor.hpp"
#include "base/report.hpp"
#include "base/tokens.hpp"
#include "evidence/rules.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::flows {

/// A log that is to be explained.
struct LogInput {
  std::string source;                   ///< Source id: "log/build.log".
  std::unique_ptr<ByteStream> stream;
};

struct AnalyzeRequest {
  std::string target;                   ///< As the report says it: "log build.log".
  std::vector<LogInput> logs;
  std::unique_ptr<ByteStream> baseline; ///< A passing run of the same job; may be empty.
  Tokens evidence_tokens{2000};         ///< What the report's evidence may take, all logs together.
  std::optional<int> exit_code;         ///< Known end of the command that wrote the log.
};

struct AnalyzeParts {
  const evidence::RuleSet& rules;
  Redactor& redactor;
  const Clock& clock;
};

/// Reads the logs once, distils them, judges them by the rules, and gives the redacted report.
/// Errors: those of the streams. A stream that fails midway is "not checked" from there on, and the rest goes on, unless
/// nothing at all could be read.
[[nodiscard]] Result<Report> analyze(AnalyzeRequest request, const AnalyzeParts& parts, std::stop_token stop);

}  // namespace agent::flows
