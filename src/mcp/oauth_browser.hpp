#pragma once

#include "mcp/oauth.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace agent::mcp {

/// Tells a user which URL to open: http or https, one line, without control characters.
using Show = std::function<void(const std::string& authorize_url)>;

/// A sign-in by the user's own browser, which is sent back to a port that listens meanwhile: that of the redirect URI,
/// which names a loopback address (RFC 8252, 7.3). What comes there without our `state` is answered 404 and not taken.
/// At most `longest`, whatever the deadline. Sign-ins of one process wait for each other. Errors: `settings` (the port
/// is taken, no loopback address), `deadline`, `interrupted`.
[[nodiscard]] Visit by_browser(Show show, std::chrono::milliseconds longest = std::chrono::minutes(5));

}  // namespace agent::mcp
