#include "mcp/handshake.hpp"
#include "mcp/message.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

using namespace agent;
using namespace agent::mcp;

namespace {

/// A server whose answers are the lines of the input, one after the other.
class Scripted final : public Transport {
 public:
  explicit Scripted(std::string_view script) : script_(script) {}

  Result<Reply> exchange(const Outgoing& /*request*/, const Limits& /*limits*/) override {
    if (script_.empty()) return fail(ErrorKind::unreachable, "no more");
    const std::string_view line = script_.substr(0, script_.find('\n'));
    script_.remove_prefix(std::min(script_.size(), line.size() + 1));
    auto messages = parse_messages(line);
    if (!messages) return std::unexpected(std::move(messages).error());
    Reply reply{.status = line.size() % 2 == 0 ? 200 : 400, .message = {}};
    if (messages->front().is_answer()) reply.message = std::move(messages->front());
    return reply;
  }
  Result<void> send(const Outgoing& /*message*/, const Limits& /*limits*/) override { return {}; }
  void agree(const std::string& /*revision*/) override {}
  void close(const Limits& /*limits*/) override {}
  [[nodiscard]] TransportKind kind() const override { return TransportKind::streamable_http; }

 private:
  std::string_view script_;
};

}  // namespace

/// Any bytes are messages or an error; what was read can be written and read again; and whatever a server says to being
/// asked for its era ends in an agreement or an error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto messages = parse_messages(text)) {
    for (const Message& one : *messages) {
      const std::string again = one.error          ? error_text(one.id, *one.error)
                                : one.is_answer()  ? result_text(one.id, one.result)
                                : one.is_request() ? request_text(one.id, one.method, one.params)
                                                   : notification_text(one.method, one.params);
      if (again.find('\n') != std::string::npos || !parse_messages(again)) std::abort();
    }
  }
  const Introduction ours{.capabilities = Json::object(), .client_info = {{"name", "fuzz"}}, .revision = {}};
  Scripted server(text);
  const auto modern = discover(server, ours, false, {});
  if (modern && modern->agreement && modern->agreement->envelope.era != Era::modern) std::abort();
  const auto legacy = initialize(server, ours, {});
  if (legacy && legacy->agreement && !is_legacy_revision(legacy->agreement->envelope.revision)) std::abort();
  return 0;
}
