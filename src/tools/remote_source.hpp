#pragma once

#include "kube/kinds.hpp"
#include "kube/source.hpp"
#include "tools/tool_text.hpp"
#include "tools/toolbox.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::tools {

struct RemoteSourceOptions {
  std::string server;                ///< The server's id in the toolbox: "kubernetes".
  std::string described;             ///< "cluster through MCP server 'kubernetes' at https://host/mcp".
  std::int64_t log_lines = 100'000;  ///< From a log's end, where no number is asked for. The server has no other limit.
  std::int64_t few_log_lines = 5'000;  ///< Where that many are more than one answer may hold.
  std::size_t most_objects = 250;      ///< That are asked for one by one, where a list gives but their names.
  std::size_t max_in_flight = 8;       ///< Of these.
};

/// A part of what was asked for that the server can't give, and why.
struct NotRead {
  std::string what, why;
};

/// A cluster as a Kubernetes MCP server (kubernetes-mcp-server) tells of it, by resources_get or pods_get,
/// resources_list, pods_list_in_namespace, pods_list or events_list, and pods_log. Answers may be structured content,
/// YAML, JSON or tables; a server that lists by tables only (its default) is asked for each object, which takes a
/// request each: `--list-output yaml` spares that. Its events then have no other fields than the two lists of them
/// tell.
///
/// Secrets are never asked for, and `forbidden`. A log's lines are counted from the first one that came. An answer that
/// is of another object than was asked for is `unreadable`. Errors: those of Source, and `unreadable`: what the server
/// has no tool for, or says in an unknown form. Any threads.
class RemoteSource final : public kube::Source {
 public:
  RemoteSource(std::shared_ptr<Toolbox> toolbox, RemoteSourceOptions options);

  [[nodiscard]] Result<nlohmann::json> get(const kube::Kind& kind, const std::string& name_space,
                                           const std::string& name, std::stop_token stop) override;
  [[nodiscard]] Result<std::vector<nlohmann::json>> list(const kube::Kind& kind, const kube::ListOptions& options,
                                                         std::stop_token stop) override;
  [[nodiscard]] Result<std::unique_ptr<ByteStream>> open_log(const std::string& name_space, const std::string& pod,
                                                             const kube::LogOptions& options,
                                                             std::stop_token stop) override;
  [[nodiscard]] std::string describe() const override { return options_.described; }

  /// What was cut so far: the beginnings of long logs.
  [[nodiscard]] std::vector<NotRead> not_read() const;

  /// Why the server itself did not answer, the first time; nothing while it does.
  [[nodiscard]] std::optional<Error> server_failure() const;

 private:
  /// A call that is asked for, and how it is told.
  struct Question {
    std::string tool, spoken;
    nlohmann::json arguments;
  };

  [[nodiscard]] bool has(const std::string& tool) const;
  [[nodiscard]] Result<ToolResult> ask(const Question& question, const std::stop_token& stop);
  [[nodiscard]] Question question_of_get(const kube::KindInfo& kind, const std::string& name_space,
                                         const std::string& name) const;
  [[nodiscard]] Result<Question> question_of_list(const kube::KindInfo& kind, const kube::ListOptions& options) const;
  [[nodiscard]] Result<std::vector<nlohmann::json>> list_events(const kube::KindInfo& kind,
                                                                const kube::ListOptions& options,
                                                                const std::vector<TableRow>& rows,
                                                                const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<nlohmann::json>> get_each(const kube::KindInfo& kind,
                                                             const kube::ListOptions& options,
                                                             const std::vector<TableRow>& rows,
                                                             const std::stop_token& stop);
  [[nodiscard]] Result<std::string> read_log(const std::string& name_space, const std::string& pod,
                                             const kube::LogOptions& options, std::int64_t lines,
                                             const std::stop_token& stop);
  void note_failure(const ToolResult& result);

  std::shared_ptr<Toolbox> toolbox_;
  RemoteSourceOptions options_;
  mutable std::mutex guard_;
  std::vector<NotRead> not_read_;
  std::optional<Error> failure_;
};

}  // namespace agent::tools
