#include "mcp/handshake.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace agent::mcp {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds longest_probe{5000};
constexpr int bad_request = 400, missing = 404, not_allowed = 405, not_acceptable = 406, gone = 410,
              no_such_media = 415, not_implemented = 501;
constexpr std::size_t shown_bytes = 200;

std::string cleaned(const std::string& text) { return clean_line(text.substr(0, shown_bytes)); }

Refusal refusal(const Reply& reply) {
  Refusal told{.status = reply.status, .why = {}};
  if (reply.message && reply.message->error)
    told.why = std::to_string(reply.message->error->code) + " " + cleaned(reply.message->error->message);
  else
    told.why = "HTTP " + std::to_string(reply.status);
  return told;
}

/// Statuses with which servers refuse what they don't speak.
bool is_other_protocol(int status) {
  return status == bad_request || status == missing || status == not_allowed || status == not_acceptable ||
         status == gone || status == no_such_media || status == not_implemented;
}

std::unexpected<Error> failed(const Reply& reply, std::string_view method) {
  const Refusal told = refusal(reply);
  return fail(ErrorKind::unreachable, "the MCP server refuses '" + std::string(method) + "': " + told.why, "",
              reply.status >= 500 ? "look at the server's log" : "check the address and the server's settings");
}

bool names(const Json& list, std::string_view revision) {
  return list.is_array() && std::ranges::any_of(list, [&](const Json& one) {
           return one.is_string() && one.get_ref<const std::string&>() == revision;
         });
}

Agreement agreement(const Envelope& envelope, const Json& result) {
  // 2026-07-28 has serverInfo in `_meta`; a draft of it, and all before, in the result.
  const Json& in_meta = value_at(value_at(result, "_meta"), "io.modelcontextprotocol/serverInfo");
  const Json& info = in_meta.is_object() ? in_meta : value_at(result, "serverInfo");
  return {.envelope = envelope,
          .name = cleaned(text_at(info, "name")),
          .version = cleaned(text_at(info, "version")),
          .instructions = text_at(result, "instructions"),
          .capabilities = value_at(result, "capabilities")};
}

Envelope modern_envelope(const Introduction& ours) {
  return {Era::modern, std::string(modern_revision), ours.capabilities, ours.client_info};
}

/// The probe's own limits, which leave time for the next way. A command that does not know the question may say nothing
/// at all; over HTTP that is rare, and a server that is slow more likely.
Limits probe_limits(const Transport& transport, const Limits& limits) {
  const auto now = Clock::now();
  const bool by_http = transport.kind() == TransportKind::streamable_http;
  if (limits.deadline == net::Deadline::max()) return {now + longest_probe, limits.stop};
  const auto left = limits.deadline - now;
  return {now + (by_http ? left * 2 / 3 : std::min<Clock::duration>(longest_probe, left / 3)), limits.stop};
}

bool is_modern_error(const RpcError& error) {
  return error.code == rpc::header_mismatch || error.code == rpc::missing_capability ||
         error.code == rpc::unsupported_version;
}

Outgoing initialize_request(const Introduction& ours, const std::string& revision, int id) {
  const Envelope plain{Era::legacy, revision, ours.capabilities, ours.client_info};
  Outgoing request = make_request(
      plain, id, "initialize",
      {{"protocolVersion", revision}, {"capabilities", ours.capabilities}, {"clientInfo", ours.client_info}});
  request.opens_session = true;
  request.repeatable = true;
  return request;
}

/// The newest of ours that the refusal names, when it is an unsupported version; else empty.
std::string other_version(const RpcError& error, const std::string& refused) {
  for (const auto revision : legacy_revisions)
    if (names(value_at(error.data, "supported"), revision) && revision != refused) return std::string(revision);
  return {};
}

Result<Attempt> agree(Transport& transport, const Introduction& ours, const Json& result, const Limits& limits) {
  const std::string revision = text_at(result, "protocolVersion");
  if (!is_legacy_revision(revision) || (!ours.revision.empty() && revision != ours.revision)) {
    return fail(ErrorKind::unreadable, "the MCP server speaks revision '" + cleaned(revision) + "' of the protocol", "",
                ours.revision.empty() ? "update this program, or the server" : "set no 'revision' for the server");
  }
  const Envelope envelope{Era::legacy, revision, ours.capabilities, ours.client_info};
  // The header that names the revision came with 2025-06-18.
  transport.agree(revision >= "2025-06-18" ? revision : "");
  TRY(transport.send(make_notification(envelope, "notifications/initialized", nullptr), limits));
  return Attempt{agreement(envelope, result), {}};
}

}  // namespace

Result<Attempt> discover(Transport& transport, const Introduction& ours, bool silence_is_refusal,
                         const Limits& limits) {
  const Envelope envelope = modern_envelope(ours);
  transport.agree(envelope.revision);
  const Limits probe = silence_is_refusal ? probe_limits(transport, limits) : limits;
  for (int tries = 0;; ++tries) {
    Outgoing request = make_request(envelope, "discover-" + std::to_string(tries), "server/discover", Json::object());
    request.repeatable = true;
    auto reply = transport.exchange(request, probe);
    const bool silent =
        !reply && reply.error().kind == ErrorKind::deadline && silence_is_refusal && Clock::now() < limits.deadline;
    if (silent) return Attempt{{}, {.status = 200, .why = "no answer to 'server/discover'"}};
    if (!reply) return std::unexpected(std::move(reply).error());
    const auto& message = reply->message;
    if (message && !message->error) {
      if (names(value_at(message->result, "supportedVersions"), modern_revision))
        return Attempt{agreement(envelope, message->result), {}};
      return Attempt{{}, {.status = 200, .why = "it names only earlier revisions"}};
    }
    if (message && message->error->code == rpc::unsupported_version) {
      // A server may refuse a revision that it then names: once more.
      const bool again = names(value_at(message->error->data, "supported"), modern_revision);
      if (again && tries == 0) continue;
      if (!again) return Attempt{{}, refusal(*reply)};
    }
    if (message && is_modern_error(*message->error)) return failed(*reply, "server/discover");
    if (message || is_other_protocol(reply->status)) return Attempt{{}, refusal(*reply)};
    return failed(*reply, "server/discover");
  }
}

Result<Attempt> initialize(Transport& transport, const Introduction& ours, const Limits& limits) {
  transport.agree("");
  std::string revision = ours.revision.empty() ? std::string(legacy_revisions.front()) : ours.revision;
  for (int tries = 0;; ++tries) {
    auto reply = TRY(transport.exchange(initialize_request(ours, revision, tries), limits));
    if (reply.message && !reply.message->error) return agree(transport, ours, reply.message->result, limits);
    if (reply.message && tries == 0 && ours.revision.empty()) {
      revision = other_version(*reply.message->error, revision);
      if (!revision.empty()) continue;
    }
    if (is_other_protocol(reply.status)) return Attempt{{}, refusal(reply)};
    return failed(reply, "initialize");
  }
}

}  // namespace agent::mcp
