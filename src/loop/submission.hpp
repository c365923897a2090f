#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "loop/library.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace agent::loop {

/// What a model submits: its report, typed, and not yet believed.
struct Submission {
  std::string cause;  ///< One sentence.
  Category category = Category::unknown;
  Confidence confidence = Confidence::low;
  std::vector<Citation> evidence;  ///< Of the cause.
  std::vector<Claim> chain;
  std::vector<Remedy> remedies;
  std::vector<RuledOut> ruled_out;
  std::vector<Disagreement> disagreements;
};

/// Name of the tool by which a model submits.
inline constexpr std::string_view submit_tool = "submit_report";

/// JSON Schema (2020-12) of its arguments; small, flat, and without `$ref`, for weak models: of nested forms they lose
/// the inner ones first. So a link of the chain has its one citation beside its text.
[[nodiscard]] nlohmann::json submission_schema();

/// Reads what a model wrote. Forgives what does not matter: a line as a string, a citation as "log/x:12: text", one
/// object in the place of a list, a category or confidence in other words, unknown fields. Texts are cut at sensible
/// lengths and lists at 20 entries. Errors: `model_failed`, whose `what` and `fix` tell the model what to write
/// instead: no object, no cause.
[[nodiscard]] Result<Submission> parse_submission(const nlohmann::json& arguments);

/// A submission whose citations were looked up.
struct Checked {
  Submission submission;  ///< Lines and claims are mended and marked; citations that stand nowhere are gone.
  std::size_t given = 0;  ///< Citations that the model gave: each place once.
  std::size_t verified = 0;
  std::vector<std::string> wrong;     ///< For the model, a line each: "log/x line 12 does not say '…'; it says '…'".
  std::vector<SourceEvidence> cited;  ///< The lines cited, with one line of context either side.
};

/// Looks up every citation. Texts of the model are cleaned and redacted as the library's are. A claim is verified when
/// one of its citations holds; those that do not are gone.
[[nodiscard]] Checked check(Submission submission, const Library& library);

/// The rules' report with what the model found. The model's finding ("model") comes first when at least one of its
/// cause's citations is verified, with the severity of the rules' first finding (else `error`). An unverified one is
/// never the cause: it comes last, marked as not verified and with low confidence, and the rules' cause, category,
/// confidence and verdict stay, also where they know nothing. No finding of the rules is removed, moved below another
/// one's severity or changed.
[[nodiscard]] Report merge(Report rules, const Checked& checked);

}  // namespace agent::loop
