#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"
#include "cli/output.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::cli {

/// One place that a report is to go to.
struct PlannedPlace {
  enum class Kind { issue, pull_request, slack, webhook } kind = Kind::issue;
  std::string forge;         ///< "gitea" or "github", of an issue and of a pull request.
  std::string owner, repo;   ///< Both or none.
  std::string url;           ///< Of the forge's API, without credentials; empty: an MCP server's tools alone reach it.
  std::uint64_t number = 0;  ///< Of the pull request.
};

/// What the outbox calls a place: "gitea user1/mcp at https://git.example", "github o/r pull request 12 at …", "slack".
/// It holds no secret.
[[nodiscard]] std::string key_of(const PlannedPlace& place);

/// The place that a key names; nothing when it is none.
[[nodiscard]] std::optional<PlannedPlace> place_of_key(std::string_view key);

/// The address of a forge's API, "gitea" or "github", with its credentials where it has some; in Gitea's and Forgejo's
/// own CI theirs. Empty: not known.
[[nodiscard]] std::string forge_address(const std::string& forge, const Settings& settings,
                                        const Environment& environment);

/// The repository of a forge that settings name; in Gitea's and Forgejo's own CI the one that it runs for. Without
/// owner and name when none is named. Errors: `settings`.
[[nodiscard]] Result<PlannedPlace> repository_of(const std::string& forge, const Settings& settings,
                                                 const Environment& environment);

/// Where reports go as settings say, the issue first. Errors: `usage` or `settings`: an owner or repository that is
/// none, an unknown name after --notify, a pull request that is no number or that the environment does not tell, a
/// title with unknown words, --offline beside any of them.
[[nodiscard]] Result<std::vector<PlannedPlace>> planned_places(const Settings& settings,
                                                               const Environment& environment);

/// True when the place is one of the forge's that settings name now: a report goes to no other server.
[[nodiscard]] bool is_reached_by(const PlannedPlace& place, const Settings& settings, const Environment& environment);

}  // namespace agent::cli
