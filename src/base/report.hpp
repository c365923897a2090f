#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent {

enum class Verdict { failing, healthy, unknown };
enum class Severity { critical, error, warning, info };  ///< Findings are sorted in this order.
enum class Confidence { high, medium, low };
enum class Category {
  test_failure,
  compile,
  lint,
  dependency,
  network,
  resource,
  configuration,
  permission,
  timeout,
  infrastructure,
  unknown
};

/// "failing", "critical", "test failure": the words of the report's JSON schema.
[[nodiscard]] std::string_view name(Verdict verdict);
[[nodiscard]] std::string_view name(Severity severity);
[[nodiscard]] std::string_view name(Confidence confidence);
[[nodiscard]] std::string_view name(Category category);
[[nodiscard]] std::optional<Category> category_named(std::string_view name);
[[nodiscard]] std::optional<Severity> severity_named(std::string_view name);

/// Where a claim is proven: one line of one source, quoted from the redacted text.
/// Source ids: pod/NS/NAME/CONTAINER (/previous), events/NS/KIND/NAME, object/GVK/NS/NAME#/json/pointer, log/PATH,
/// tool/N.
struct Citation {
  std::string source;
  std::size_t line = 0;   ///< Counted from 1; 0 where the source has no lines.
  std::string timestamp;  ///< The kubelet's, when known (RFC 3339).
  std::string quote;
};

/// What to do about a cause.
struct Remedy {
  std::string text;     ///< One sentence.
  std::string command;  ///< A command or patch to apply; may be empty.
};

/// One thing that is wrong, with its proof.
struct Finding {
  std::string rule;  ///< Id of the rule that found it ("pytest.failed"), or "model".
  Severity severity = Severity::error;
  Category category = Category::unknown;
  Confidence confidence = Confidence::medium;
  std::string headline;  ///< One line with real names and numbers.
  std::vector<Citation> evidence;
  std::vector<Remedy> remedies;
  bool verified = false;  ///< Every citation was found where it points.
};

/// Lines of one source that were kept as evidence.
struct Excerpt {
  std::string text;            ///< As it stood in the source: cleaned for display, redacted; no newline at the end.
  std::size_t first_line = 0;  ///< Counted from 1.
  std::size_t last_line = 0;   ///< Of the lines in `text`; folded repeats may lie beyond.
  std::size_t folded = 0;      ///< How many further lines said the same.
  std::string why;             ///< Why it was kept: "error", "trace", "tail", …
};

/// What was kept of one source.
struct SourceEvidence {
  std::string source;           ///< A source id.
  std::size_t lines_total = 0;  ///< Of the whole source.
  std::uint64_t bytes_total = 0;
  std::vector<Excerpt> excerpts;  ///< In source order.
};

/// A part of the question that could not be looked at, and why.
struct NotChecked {
  std::string what;  ///< "events in namespace 'ci'"
  std::string why;   ///< "forbidden: …"
};

/// What a language model was used for.
struct Usage {
  std::string model;  ///< Empty: none was used.
  int calls = 0;      ///< Answers of the model: turns.
  int tool_calls = 0;
  std::int64_t input_tokens = 0;   ///< All that was sent, cached tokens among them.
  std::int64_t cached_tokens = 0;  ///< Of those, what the provider had in its cache.
  std::int64_t output_tokens = 0;
  double cost_usd = 0;
};

/// A statement with its proof, such as one link of the chain of causation.
struct Claim {
  std::string text;  ///< One sentence.
  std::vector<Citation> evidence;
  bool verified = false;  ///< There is a citation, and every one was found where it points.
};

/// What was considered and is not the cause.
struct RuledOut {
  std::string what, why;
};

/// Where a model does not believe a finding of the rules, which stands all the same.
struct Disagreement {
  std::string rule;  ///< Id of the finding's rule.
  std::string why;
};

/// A model that wanted an issue to be filed. Code decides.
struct Proposal {
  std::string tool;  ///< As the model called it: "create_issue".
  std::string title, body;
};

/// What a model added to the rules' report.
struct Explanation {
  std::vector<Claim> chain;  ///< From the root cause to what was seen.
  std::vector<RuledOut> ruled_out;
  std::vector<Disagreement> disagreements;
  std::vector<Proposal> proposals;
  std::size_t citations = 0;  ///< That the model gave.
  std::size_t verified = 0;   ///< Of those, found where they point.
  std::string limit_reached;  ///< "turns", "tool calls", "tokens", "cost" or "time"; empty: none.
  std::string made_at;        ///< RFC 3339, when it is of an earlier run of the same failure; else empty.
};

/// That a failure was met before.
struct SeenBefore {
  int times = 0;                  ///< Before this one.
  std::string first_at, last_at;  ///< RFC 3339.
  std::string issue_url;          ///< Empty: none was filed.
};

/// The pipeline's run that failed, where the CI system's environment tells of it. Any part may be empty.
struct PipelineRun {
  std::string system;      ///< "GitHub Actions", "Tekton".
  std::string url;         ///< Of the run, for a browser.
  std::string name;        ///< "build / test": workflow and job.
  std::string repository;  ///< "owner/name".
  std::string branch, commit;
};

/// The answer to "why did it fail": what every sink delivers. JSON form: sinks/report.schema.json.
/// Readers ignore fields they do not know.
struct Report {
  static constexpr int schema_version = 1;

  std::string target;      ///< What was analysed: "log build.log", "command 'make test'", "pod ci/build-1".
  std::string created_at;  ///< RFC 3339.
  Verdict verdict = Verdict::unknown;
  std::string cause;  ///< The headline of the first finding, or what is known in its place.
  Category category = Category::unknown;
  Confidence confidence = Confidence::low;
  std::vector<Finding> findings;  ///< Sorted by severity, then as found.
  std::vector<SourceEvidence> evidence;
  std::vector<Remedy> remedies;  ///< Of the cause first.
  std::vector<NotChecked> not_checked;
  bool degraded = false;                   ///< A model was asked for and the rules had to do.
  std::string degraded_because;            ///< Why, in a line; empty when it is not degraded.
  std::optional<Explanation> explanation;  ///< When a model gave one.
  std::optional<SeenBefore> seen;
  std::string fingerprint;  ///< The same for the same failure; hexadecimal, 16 digits.
  std::optional<PipelineRun> pipeline;
  std::optional<int> exit_code;  ///< Of the command that was run, when there was one.
  Usage usage;
  std::vector<std::pair<std::string, double>> timings_ms;       ///< Stage and milliseconds.
  std::vector<std::pair<std::string, std::size_t>> redactions;  ///< Kind and count of what was hidden.
};

}  // namespace agent
