#pragma once

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace agent::tools {

enum class ToolStatus { ok, error, denied, timeout };

/// What a tool call gave. Texts that read as success but mean "not found" are mapped to `error` where they arise.
struct ToolResult {
  ToolStatus status = ToolStatus::ok;
  std::string text;  ///< Capped; the whole is behind `spool`.
  std::optional<nlohmann::json> structured = std::nullopt;
  std::uint64_t bytes_total = 0;
  bool truncated = false;
  std::string spool = {};  ///< Reference for `evidence_read`; empty when nothing was cut.
  /// Why the tool could not be asked at all, where that is known: `unreachable`, `unauthorised`, `deadline`,
  /// `interrupted` … Empty when the tool itself answered, be it with an error of its own.
  std::optional<Error> failure = std::nullopt;
};

/// What a tool may do. Told by us for built-in tools; a remote server's annotations are hints and never widen it.
enum class ToolEffect { reads, changes };

/// One tool: built-in, remote or local. Names and schemas of built-in ones are those of kubernetes-mcp-server.
class Tool {
 public:
  virtual ~Tool() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::string description() const = 0;
  [[nodiscard]] virtual nlohmann::json input_schema() const = 0;  ///< JSON Schema 2020-12, an object.
  [[nodiscard]] virtual ToolEffect effect() const = 0;

  /// Never throws and never fails but by the result's status. May be called from several threads at once. Ends soon
  /// after `stop` is asked.
  [[nodiscard]] virtual ToolResult call(const nlohmann::json& arguments, std::stop_token stop) = 0;
};

}  // namespace agent::tools
