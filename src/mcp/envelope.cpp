#include "mcp/envelope.hpp"

#include "mcp/header_params.hpp"

#include <algorithm>
#include <utility>

namespace agent::mcp {
namespace {

/// 2026-07-28, "Standard request headers".
std::vector<net::Header> standard_headers(const std::string& method, const Json& params) {
  std::vector<net::Header> headers{{"Mcp-Method", method}};
  const bool by_name = method == "tools/call" || method == "prompts/get";
  if (by_name) headers.push_back({"Mcp-Name", to_header_value(text_at(params, "name"))});
  if (method == "resources/read") headers.push_back({"Mcp-Name", to_header_value(text_at(params, "uri"))});
  return headers;
}

void add_meta(const Envelope& envelope, Json& params) {
  if (!params.is_object()) params = Json::object();
  Json& meta = params["_meta"];
  if (!meta.is_object()) meta = Json::object();
  meta["io.modelcontextprotocol/protocolVersion"] = envelope.revision;
  meta["io.modelcontextprotocol/clientCapabilities"] = envelope.capabilities;
  meta["io.modelcontextprotocol/clientInfo"] = envelope.client_info;
}

}  // namespace

bool is_legacy_revision(std::string_view revision) {
  return std::ranges::find(legacy_revisions, revision) != legacy_revisions.end();
}

Json client_capabilities(const Callbacks& callbacks) {
  Json all = Json::object();
  if (callbacks.sample) all["sampling"] = Json::object();
  if (callbacks.elicit) all["elicitation"] = {{"form", {{"applyDefaults", true}}}, {"url", Json::object()}};
  if (callbacks.roots) all["roots"] = {{"listChanged", false}};
  return all;
}

Outgoing make_request(const Envelope& envelope, const Json& id, const std::string& method, Json params) {
  const bool modern = envelope.era == Era::modern;
  if (modern) add_meta(envelope, params);
  return {.id = id,
          .text = request_text(id, method, params),
          .headers = modern ? standard_headers(method, params) : std::vector<net::Header>{}};
}

Outgoing make_notification(const Envelope& envelope, const std::string& method, Json params) {
  const bool modern = envelope.era == Era::modern;
  if (modern) add_meta(envelope, params);
  return {.id = nullptr,
          .text = notification_text(method, params),
          .headers = modern ? standard_headers(method, params) : std::vector<net::Header>{}};
}

}  // namespace agent::mcp
