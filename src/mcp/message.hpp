#pragma once

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

using Json = nlohmann::json;

/// JSON-RPC 2.0, 5.1, and what MCP adds to its codes.
struct RpcError {
  int code = 0;
  std::string message;  ///< The server's own words: foreign text.
  Json data;
};

namespace rpc {
constexpr int parse_error = -32700, invalid_request = -32600, method_not_found = -32601, invalid_params = -32602,
              internal_error = -32603;
constexpr int header_mismatch = -32020, missing_capability = -32021, unsupported_version = -32022;
}  // namespace rpc

/// One JSON-RPC message: a request has a method and an id, a notification a method alone, an answer an id alone.
struct Message {
  Json id;
  std::string method;
  Json params, result;
  std::optional<RpcError> error;

  [[nodiscard]] bool is_request() const { return !method.empty() && !id.is_null(); }
  [[nodiscard]] bool is_notification() const { return !method.empty() && id.is_null(); }
  [[nodiscard]] bool is_answer() const { return method.empty(); }
};

/// Values may be nested this deep; deeper ones are refused before they are read.
constexpr std::size_t most_depth = 128;
/// Values, all together: each takes tens of bytes of memory, be it but two brackets.
constexpr std::size_t most_values = 1'000'000;

/// Any JSON text. Errors: `unreadable` (no JSON, nested deeper than most_depth, more than most_values).
[[nodiscard]] Result<Json> parse_json_text(std::string_view text);

/// The messages of one text: one, or an array of them (a batch, 2025-03-26). Errors: `unreadable` (no JSON, nested too
/// deep, too many values, no JSON-RPC 2.0).
[[nodiscard]] Result<std::vector<Message>> parse_messages(std::string_view text);

/// What is sent; on one line.
[[nodiscard]] std::string request_text(const Json& id, std::string_view method, const Json& params);
[[nodiscard]] std::string notification_text(std::string_view method, const Json& params);
[[nodiscard]] std::string result_text(const Json& id, const Json& result);
[[nodiscard]] std::string error_text(const Json& id, const RpcError& error);

/// `object[key]` when `object` is an object and has a text there; else empty.
[[nodiscard]] std::string text_at(const Json& object, std::string_view key);
/// `object[key]`, or null.
[[nodiscard]] const Json& value_at(const Json& object, std::string_view key);

}  // namespace agent::mcp
