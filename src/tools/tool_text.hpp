#pragma once

#include "base/error.hpp"
#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What answers of a Kubernetes MCP server mean: text, YAML, JSON, tables or structured content. All of it is foreign:
// any bytes are read without harm. Forms seen: kubernetes-mcp-server 0.0.66 and 0.0.67, tests/data/mcp.

namespace agent::tools {

/// One row of a table, by the column's name in capitals: {"NAME": "web-1", "LAST SEEN": "23s"}.
using TableRow = std::map<std::string, std::string, std::less<>>;

/// The objects that a list gave; or only a table of them, whose rows have names and few fields.
struct Listing {
  std::vector<nlohmann::json> objects;  ///< As they came; each one an object.
  std::vector<TableRow> rows;
};

/// Structured content counts before text. An empty text, and one that says "No … found", is an empty list.
/// Errors: `unreadable`.
[[nodiscard]] Result<Listing> read_listing(const ToolResult& result);

/// One object. Errors: `unreadable`; what error_meaning() says of a text that tells of a failure.
[[nodiscard]] Result<nlohmann::json> read_single(const ToolResult& result);

/// Rows of a table as kubectl and the server print it: columns by their place under the header's words. No header: no
/// rows.
[[nodiscard]] std::vector<TableRow> read_table(std::string_view text);

/// Events as the API has them, made from what `events_list` gives of them; from the table's rows, where there are some,
/// come their names, counts and containers. Without these, names are made up.
[[nodiscard]] std::vector<nlohmann::json> read_events(const std::vector<nlohmann::json>& listed,
                                                      const std::vector<TableRow>& rows);

/// "2026-11-21 15:14:36.5 +0000 UTC", as Go prints it, in RFC 3339; other texts as they are.
[[nodiscard]] std::string rfc3339_of_go(std::string_view text);

/// What a failure's text means; nothing when it is none that is known. Words: client-go's and the API server's.
[[nodiscard]] std::optional<ErrorKind> error_meaning(std::string_view text);

/// Why a call gave nothing: its server did not answer, a policy denied it, or the text says so. `asked` is told in
/// front: "cannot list pods in namespace 'ci'".
[[nodiscard]] Error error_of(const ToolResult& result, std::string_view asked, const std::string& where);

/// The log in the answer of `pods_log`; empty when it says that nothing was logged. Errors: the text is a failure's,
/// though it reads as success.
[[nodiscard]] Result<std::string> read_log_text(std::string text, std::string_view name_space, std::string_view pod);

}  // namespace agent::tools
