#include "flows/remote_first.hpp"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace agent::flows {
namespace {

/// The answer is about the way to the cluster, not about what was asked for.
bool is_of_the_way(ErrorKind kind) {
  return kind == ErrorKind::unreachable || kind == ErrorKind::unauthorised || kind == ErrorKind::forbidden ||
         kind == ErrorKind::unreadable || kind == ErrorKind::deadline;
}

/// Why another way is needed; nothing when the server answered, or when we were stopped.
std::optional<Error> trouble(const Result<Report>& report, const tools::RemoteSource& remote) {
  const bool was_stopped =
      !report && (report.error().kind == ErrorKind::interrupted || report.error().kind == ErrorKind::terminated);
  if (was_stopped) return std::nullopt;
  if (auto failure = remote.server_failure()) return failure;
  if (!report && is_of_the_way(report.error().kind)) return report.error();
  return std::nullopt;
}

std::vector<NotChecked> notes_of(const tools::RemoteSource& remote) {
  std::vector<NotChecked> notes;
  for (tools::NotRead& one : remote.not_read()) notes.push_back({std::move(one.what), std::move(one.why)});
  return notes;
}

/// `known`; an error is told as the server's.
Result<Report> of_the_server(const RemoteFirst& ways, Result<Report> known) {
  if (!known) known.error().what = fmt::format("MCP server '{}': {}", ways.server, known.error().what);
  return known;
}

/// What is known without the server; `known`, where there is no other way.
Result<Report> step_in(const RemoteFirst& ways, const Error& why, const Look& look, Result<Report> known) {
  if (ways.required) return of_the_server(ways, std::unexpected(why));
  if (!ways.own) return of_the_server(ways, std::move(known));
  const Result<kube::Source*> own = ways.own();
  if (!own) return of_the_server(ways, std::move(known));
  const NotChecked note{fmt::format("MCP server '{}'", ways.server),
                        fmt::format("{}; the cluster itself was asked instead", why.what)};
  return look(**own, [&note] { return std::vector{note}; });
}

}  // namespace

Result<Report> look_remote_first(const RemoteFirst& ways, const Look& look) {
  const Result<tools::RemoteSource*> remote = ways.connect();
  if (!remote) {
    const bool was_stopped = remote.error().kind == ErrorKind::interrupted;
    Result<Report> none = std::unexpected(remote.error());
    return was_stopped ? none : step_in(ways, remote.error(), look, none);
  }
  Result<Report> report = look(**remote, [&] { return notes_of(**remote); });
  const std::optional<Error> why = trouble(report, **remote);
  return why ? step_in(ways, *why, look, std::move(report)) : report;
}

}  // namespace agent::flows
