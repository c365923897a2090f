#pragma once

#include "base/report.hpp"
#include "sinks/sink.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::sinks {

/// What a forge takes, in its own measure.
struct ForgeLimits {
  std::size_t title_code_points = 255;
  std::size_t body_code_points = 65'536;  ///< Of an issue, and of a comment.
  std::size_t label_code_points = 50;
};

/// What our issues and comments say of themselves, in their first line, as a comment of HTML: no log text stands there.
struct Marker {
  enum class Of { issue, repeats, pull_request } of = Of::issue;
  std::string fingerprint;
  std::vector<std::string> parcels;  ///< Ids, newest first: of an issue the one it was made by, of repeats the last 30.
  int times = 1;                     ///< Repeats that were counted.
  bool explained = false;            ///< A model's explanation follows.
  std::string first_at, last_at;     ///< RFC 3339, of repeats.
  std::vector<std::string> runs;     ///< Addresses of the last runs, newest first; the last 5.
  std::string job = {};              ///< Of a pull request: job_id() of what it tells of.
  bool passes = false;               ///< Of a pull request: the job passes again, since `last_at`.
};

/// 16 hexadecimal digits that tell a pipeline's job from the others, by PipelineRun::name; empty for an empty name.
[[nodiscard]] std::string job_id(std::string_view name);

/// "<!-- agent:issue fingerprint=0123456789abcdef … -->"
[[nodiscard]] std::string to_line(const Marker& marker);

/// The marker in the first line of `body`; none in all other texts, hostile ones too: unknown words are ignored,
/// numbers are bounded. All but that of a pull request have a fingerprint.
[[nodiscard]] std::optional<Marker> read_marker(std::string_view body);

/// "agent/0123456789abcdef": the label that an issue of the fingerprint carries.
[[nodiscard]] std::string label_of(std::string_view fingerprint);

struct IssueStyle {
  /// With {cause}, {category}, {target}, {fingerprint}, {verdict}, {repository}, {pipeline}, {branch}; what is not
  /// known is left out. Unknown names: see check_title_template().
  std::string title_template = "{category}: {cause}";
  ForgeLimits limits = {};
  std::string version = {};  ///< Of the agent that makes the text: "1.2.3".
};

/// Errors: `settings`, naming the first word in braces that is none of those.
[[nodiscard]] Result<void> check_title_template(std::string_view title_template);

/// One line without mentions and references, cut at the limit; never empty.
[[nodiscard]] std::string issue_title(const Report& report, const IssueStyle& style);

/// Marker, error summary, cause, evidence (folded), potential solutions, what was not checked, how it was made. What
/// goes beyond the limit is left out from the end of the evidence, and said.
[[nodiscard]] std::string issue_body(const Parcel& parcel, const IssueStyle& style);

/// The one comment that counts repeats: how often since when, the last runs, and what the newest has that `issue_body`
/// does not say: findings, and what is known of the run. Its marker also has the newest's run among the last.
[[nodiscard]] std::string repeats_comment(const Marker& marker, const Parcel& newest, std::string_view issue_body,
                                          const ForgeLimits& limits);

/// The comment of a pull request, marker first: verdict, cause, evidence folded, the issue's address.
[[nodiscard]] std::string pull_request_text(const Parcel& parcel, const ForgeLimits& limits);

/// What takes its place when the job passes: that it does, with run, commit and time. `marker`: of the comment so far.
[[nodiscard]] std::string passing_text(const Marker& marker, const Parcel& passed);

}  // namespace agent::sinks
