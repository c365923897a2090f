#pragma once

#include "base/clock.hpp"
#include "sinks/forge.hpp"
#include "sinks/issue_text.hpp"
#include "sinks/sink.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace agent::sinks {

/// What a failure does whose issue is closed.
enum class ClosedIssue {
  reopen,
  link,  ///< A new issue, which names the closed ones.
};

struct TrackerOptions {
  IssueStyle style = {};                    ///< Limits: the forge's where they are less.
  std::vector<std::string> labels = {};     ///< Besides the fingerprint's.
  std::vector<std::string> assignees = {};  ///< Of new issues.
  ClosedIssue closed = ClosedIssue::reopen;
  /// The comment that counts repeats is written at most that often; a repeat in between is not counted.
  std::chrono::milliseconds update_every{60'000};
  /// Before an edit is read back, and between tries, at first; waits vary by chance.
  std::chrono::milliseconds settle_wait{150};
  const Clock& clock = system_clock();
};

/// One issue a fingerprint, also when many runs fail at once: after an issue was made all are listed again, the lowest
/// number stays and the others are closed as its duplicates. A repeat edits one comment. A parcel that comes twice
/// counts once. Method: src/sinks/README.md, "One issue a failure".
///
/// deliver() says "Issue created: URL", "Issue updated: URL", "Issue reopened: URL", or "Issue known: URL" when the
/// comment was written too short a while ago.
[[nodiscard]] std::unique_ptr<Tracker> issue_tracker(std::unique_ptr<Forge> forge, TrackerOptions options);

}  // namespace agent::sinks
