#pragma once

#include "net/http.hpp"
#include "sinks/sink.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace agent::sinks {

struct WebhookOptions {
  std::string url;                            ///< May hold a secret: no error names more than its host.
  std::string secret;                         ///< "whsec_BASE64", or any text: its bytes are the key.
  std::chrono::milliseconds timeout{30'000};  ///< Of one delivery.
  net::ClientOptions http = {};
};

/// POSTs {"type": "report.failing", "timestamp", "data": {"id", "issue_url", "report"}}, the report as
/// report.schema.json has it. Signed as Standard Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`:
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), and for receivers that
/// know GitHub's form by `X-Hub-Signature-256`, whose key is the secret's whole text. `webhook-id` is the same when a
/// parcel is sent again, which happens after 429 and 5xx, too. No redirect is followed. Errors, besides those of
/// Sink::deliver(): `settings` for a missing or damaged secret or address.
[[nodiscard]] std::unique_ptr<Sink> webhook_sink(WebhookOptions options);

/// "v1,BASE64": HMAC-SHA256 of "ID.SECONDS.BODY". Errors: `settings` where a secret with "whsec_" is not base64.
[[nodiscard]] Result<std::string> webhook_signature(std::string_view secret, std::string_view id, std::int64_t seconds,
                                                    std::string_view body);

/// "sha256=HEX": https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
[[nodiscard]] std::string hub_signature(std::string_view secret, std::string_view body);

}  // namespace agent::sinks
