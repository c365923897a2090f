#pragma once

#include "mcp/envelope.hpp"
#include "mcp/transport.hpp"

#include <functional>
#include <optional>
#include <string>

namespace agent::mcp {

/// What both sides agreed on, and what the server says of itself.
struct Agreement {
  Envelope envelope;
  std::string name, version, instructions;
  Json capabilities;
};

/// How a way was refused: another way may be right.
struct Refusal {
  int status = 0;   ///< HTTP's; 200 of other transports.
  std::string why;  ///< "-32601 Method not found"; foreign text, cleaned.
};

/// Ours of a connection.
struct Introduction {
  Json capabilities, client_info;
  std::string revision;  ///< Only this one; empty: any.
};

/// What an attempt gave: agreement, or a refusal that leaves other ways open.
struct Attempt {
  std::optional<Agreement> agreement;
  Refusal refusal;
};

/// `server/discover`, as 2026-07-28 has it. No agreement: the server speaks an earlier revision only; so does, when
/// `silence_is_refusal`, one that does not answer at all: a command within a third of the time, 5 s at most, a server
/// over HTTP within two thirds. Errors: Transport's.
[[nodiscard]] Result<Attempt> discover(Transport& transport, const Introduction& ours, bool silence_is_refusal,
                                       const Limits& limits);

/// `initialize` and `notifications/initialized`, as the revisions before it have them. The newest that the server knows
/// is taken. No agreement: HTTP 400, 404 or 405. Errors: `unreadable` (it refuses, or names a revision that nobody
/// knows), Transport's.
[[nodiscard]] Result<Attempt> initialize(Transport& transport, const Introduction& ours, const Limits& limits);

}  // namespace agent::mcp
