#pragma once

#include "mcp/client.hpp"
#include "mcp/message.hpp"
#include "mcp/transport.hpp"

#include <array>
#include <string>
#include <string_view>

namespace agent::mcp {

constexpr std::string_view modern_revision = "2026-07-28";
/// Those with initialize, the newest first.
constexpr std::array<std::string_view, 4> legacy_revisions{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

[[nodiscard]] bool is_legacy_revision(std::string_view revision);

/// What every request of one connection has in common.
struct Envelope {
  Era era = Era::legacy;
  std::string revision;
  Json capabilities = Json::object();  ///< Ours.
  Json client_info;                    ///< {name, version}.
};

/// The capabilities that `callbacks` give us. `revision` decides on their form.
[[nodiscard]] Json client_capabilities(const Callbacks& callbacks);

/// A request as the era has it: 2026-07-28 puts revision, capabilities and client into `_meta`, and method and name
/// into headers.
[[nodiscard]] Outgoing make_request(const Envelope& envelope, const Json& id, const std::string& method, Json params);
[[nodiscard]] Outgoing make_notification(const Envelope& envelope, const std::string& method, Json params);

}  // namespace agent::mcp
