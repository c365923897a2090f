#pragma once

#include "base/clock.hpp"
#include "tools/back_off.hpp"
#include "tools/spool.hpp"
#include "tools/timed_calls.hpp"
#include "tools/tool.hpp"
#include "tools/tool_policy.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::tools {

/// What is noted of each call, also of one that is denied.
struct AuditRecord {
  std::chrono::system_clock::time_point at;
  std::string server;  ///< Empty: built in.
  std::string tool;    ///< As it was called.
  std::size_t arguments_bytes = 0;
  std::string arguments;  ///< JSON in one line, redacted, of at most 2,000 bytes.
  ToolStatus status = ToolStatus::ok;
  std::chrono::milliseconds took{0};
  std::uint64_t bytes = 0;  ///< Of the result, before it was cut.
};

/// For whom a result is. A model's is redacted and cut, the whole kept in the spool; code, which parses it and redacts
/// what it makes of it, gets it as it came.
enum class Reader { model, code };

struct ToolCall {
  std::string name;
  nlohmann::json arguments = nlohmann::json::object();
  Reader reader = Reader::model;
};

struct ToolboxOptions {
  std::map<std::string, ToolPolicy, std::less<>> policies = {};  ///< By server; "" for built-in tools.
  ToolPolicy policy = {};                                        ///< Of servers that have none of their own.
  std::size_t result_bytes = 65'536;                             ///< What a model gets of one result.
  std::size_t code_bytes = 134'217'728;                          ///< What code gets; more is an error.
  BackOffOptions back_off = {};                                  ///< Of each server.
  std::shared_ptr<Spool> spool = nullptr;
  /// Whole lines in, as many lines out. Called by several threads.
  std::function<std::string(std::string_view)> redact = {};
  std::function<void(const AuditRecord&)> audit = {};  ///< Called by several threads, one at a time.
};

/// One tool in the box.
struct BoxedTool {
  std::string name;    ///< Unique in the box: [a-zA-Z0-9_-], at most 64.
  std::string server;  ///< Our id of its server; empty: built in.
  std::string own;     ///< As the server calls it.
  std::shared_ptr<Tool> tool;
  std::string denied;  ///< Why it may not be called; empty when it may.
};

/// All tools of an investigation, and the rules by which they are called: allowed or not, for how long, how much of the
/// result. Any threads; tools may be added at any time.
class Toolbox {
 public:
  explicit Toolbox(ToolboxOptions options, const Clock& clock = system_clock());

  /// Adds tools of `server`. A name that is taken, or that a model's API would refuse, becomes SERVER_NAME; so a
  /// server can't take the place of a tool that is there already.
  void add(const std::string& server, const std::vector<std::shared_ptr<Tool>>& tools);
  void remove(const std::string& server);  ///< All of its tools; calls that run go on.

  [[nodiscard]] std::optional<BoxedTool> find(std::string_view name) const;
  /// By the server's own name for it.
  [[nodiscard]] std::optional<BoxedTool> find(std::string_view server, std::string_view own) const;
  [[nodiscard]] std::vector<BoxedTool> all() const;  ///< Denied ones, too; in the order in which they were added.

  /// The result, whatever goes wrong. `denied`: by a policy. `timeout`: the tool's time is over, or `stop` was asked; a
  /// stuck tool is not waited for. A server that did not answer three times in a row is left alone for five seconds,
  /// then for twice as long each time, up to five minutes: its calls fail at once.
  [[nodiscard]] ToolResult call(const ToolCall& call, const std::stop_token& stop);
  [[nodiscard]] ToolResult call(const std::string& name, const nlohmann::json& arguments, const std::stop_token& stop) {
    return call(ToolCall{name, arguments}, stop);
  }

  /// The results of `calls`, in their order; at most `max_in_flight` (at least 1) at once.
  [[nodiscard]] std::vector<ToolResult> call_all(const std::vector<ToolCall>& calls, std::size_t max_in_flight,
                                                 const std::stop_token& stop);

 private:
  [[nodiscard]] const ToolPolicy& policy_of(const std::string& server) const;
  [[nodiscard]] std::string free_name(const std::string& server, const std::string& own) const;
  [[nodiscard]] ToolResult call_allowed(const BoxedTool& boxed, const ToolCall& call, const std::stop_token& stop);
  [[nodiscard]] ToolResult unknown(const std::string& name) const;
  [[nodiscard]] std::optional<ToolResult> left_alone(const std::string& server);
  void note(const std::string& server, const ToolResult& result);
  void tell(AuditRecord record, const ToolCall& call, const ToolResult& result);

  const ToolboxOptions options_;
  const Clock& clock_;
  mutable std::mutex guard_;
  std::mutex audit_guard_;
  std::vector<BoxedTool> tools_;
  std::map<std::string, BackOff, std::less<>> back_offs_;
  TimedCalls calls_;
};

}  // namespace agent::tools
