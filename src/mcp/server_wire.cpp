#include "mcp/server_wire.hpp"

#include "base/text.hpp"
#include "mcp/envelope.hpp"
#include "mcp/header_params.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace agent::mcp {
namespace {

constexpr std::string_view version_header = "MCP-Protocol-Version";

const Json& meta_of(const Message& request) { return value_at(request.params, "_meta"); }

RpcError differs(const std::string& what) {
  return {.code = rpc::header_mismatch, .message = "header mismatch: " + what, .data = {}};
}

RpcError unsupported(const std::string& revision) {
  return {.code = rpc::unsupported_version,
          .message = "unsupported protocol version",
          .data = {{"supported", served_revisions()}, {"requested", revision}}};
}

/// A header that must be there, and say `body`.
std::optional<RpcError> why_header_differs(const std::vector<net::Header>& headers, std::string_view name,
                                           const std::string& body) {
  const auto value = net::header(headers, name);
  if (value.empty()) return differs(std::string(name) + " is missing");
  const auto plain = from_header_value(value);
  if (!plain) return differs(std::string(name) + " is no base64");
  if (*plain != body) return differs(std::string(name) + " is not what the body says");
  return std::nullopt;
}

/// 2026-07-28, "Standard request headers".
std::optional<RpcError> why_headers_differ(const Message& request, const std::vector<net::Header>& headers) {
  if (auto why = why_header_differs(headers, version_header, text_at(meta_of(request), meta::version))) return why;
  if (auto why = why_header_differs(headers, "Mcp-Method", request.method)) return why;
  if (request.method != "tools/call") return std::nullopt;
  return why_header_differs(headers, "Mcp-Name", text_at(request.params, "name"));
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Integers count as numbers: 42.0 is 42.
bool say_the_same(const std::optional<std::string>& left, const std::optional<std::string>& right) {
  if (!left || !right) return false;
  const auto a = number(*left), b = number(*right);
  return *left == *right || (a && b && *a == *b);
}

}  // namespace

Json served_revisions() {
  Json all = Json::array({modern_revision});
  for (const auto revision : legacy_revisions) all.push_back(revision);
  return all;
}

bool is_modern(const Message& request, const std::vector<net::Header>* headers) {
  if (meta_of(request).is_object() && meta_of(request).contains(meta::version)) return true;
  if (headers == nullptr) return request.method == "server/discover";
  const auto named = net::header(*headers, version_header);
  return request.method == "server/discover" || (!named.empty() && !is_legacy_revision(named));
}

std::optional<RpcError> why_refused(const Message& request, const std::vector<net::Header>* headers) {
  const Json& meta = meta_of(request);
  const auto revision = text_at(meta, meta::version);
  const auto named = headers == nullptr ? std::string_view() : net::header(*headers, version_header);
  // Without a `_meta`, a revision nobody knows is the better reason.
  if (revision.empty() && !named.empty() && named != modern_revision) return unsupported(std::string(named));
  if (revision.empty() || !value_at(meta, meta::capabilities).is_object()) {
    return RpcError{.code = rpc::invalid_params,
                    .message = "invalid params: '_meta' has no '" +
                               std::string(revision.empty() ? meta::version : meta::capabilities) + "'",
                    .data = {}};
  }
  if (headers != nullptr && (named.empty() || named != revision)) {
    return differs(std::string(version_header) + (named.empty() ? " is missing" : " is not what the body says"));
  }
  if (revision != modern_revision) return unsupported(revision);
  return headers == nullptr ? std::nullopt : why_headers_differ(request, *headers);
}

std::optional<RpcError> why_params_differ(const Json& input_schema, const Json& arguments,
                                          const std::vector<net::Header>& headers) {
  for (const auto& [name, value] : header_params(input_schema, arguments)) {
    const bool is_there =
        std::ranges::any_of(headers, [&](const net::Header& one) { return lower(one.name) == lower(name); });
    if (!is_there) return differs(name + " is missing");
    if (!say_the_same(from_header_value(net::header(headers, name)), from_header_value(value))) {
      return differs(name + " is not what the body says");
    }
  }
  return std::nullopt;
}

}  // namespace agent::mcp
