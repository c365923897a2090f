#include "sinks/webhook.hpp"

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "net/url.hpp"
#include "sinks/hidden_post.hpp"
#include "sinks/report_json.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

namespace agent::sinks {
namespace {

constexpr std::string_view encoded_prefix = "whsec_";

std::string hmac_sha256(std::string_view key, std::string_view text) {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);  // as make_tls() does
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  if (made == nullptr) std::abort();  // only where memory is out
  return {reinterpret_cast<const char*>(digest.data()), size};
}

Result<std::string> key_of(std::string_view secret) {
  if (secret.empty())
    return fail(ErrorKind::settings, "the webhook has no secret to sign with", "",
                "give one: the text 'whsec_' and the base64 of 24 to 64 random bytes");
  if (!secret.starts_with(encoded_prefix)) return std::string(secret);
  auto key = decode_base64(secret.substr(encoded_prefix.size()));
  if (!key || key->empty())
    return fail(ErrorKind::settings, "what follows 'whsec_' in the webhook's secret is not base64", "",
                "copy the whole secret");
  return *std::move(key);
}

std::string body_of(const Parcel& parcel) {
  const nlohmann::ordered_json json{
      {"type", "report." + std::string(agent::name(parcel.report.verdict))},
      {"timestamp", parcel.report.created_at},
      {"data", {{"id", parcel.id}, {"issue_url", parcel.issue_url}, {"report", to_json(parcel.report)}}}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

struct Meaning {
  ErrorKind kind;
  std::string_view what, fix;
};

Meaning meaning_of(int status) {
  if (status >= 300 && status < 400)
    return {ErrorKind::delivery_failed, "the webhook redirects, which is not followed",
            "give the address that it redirects to"};
  switch (status) {
    case 401:
      return {ErrorKind::unauthorised, "the webhook does not accept the signature", "give both sides one secret"};
    case 403: return {ErrorKind::forbidden, "the webhook refuses the report", "give both sides one secret"};
    case 404:
    case 410: return {ErrorKind::target_not_found, "there is no webhook at this address", "look whether it is right"};
    default: return {ErrorKind::delivery_failed, "the webhook does not take the report", ""};
  }
}

class WebhookSink final : public Sink {
 public:
  explicit WebhookSink(WebhookOptions options)
      : options_(std::move(options)), client_(without_redirects(options_.http)) {}

  [[nodiscard]] std::string name() const override {
    const auto url = net::parse_url(options_.url);
    return url ? "webhook " + url->authority() : "webhook";
  }
  [[nodiscard]] bool knows_parcels() const override { return true; }

  [[nodiscard]] Result<Delivery> deliver(const Parcel& parcel, const std::stop_token& stop) override {
    net::Request request = TRY(signed_request(parcel));
    const Posted posted = post_hidden(client_, std::move(request), "the webhook", stop);
    const net::WholeResponse& answer = TRY(posted.answer);
    if (answer.status >= 200 && answer.status < 300) return Delivery{"Sent to the webhook of " + host(), {}};
    const Meaning meaning = meaning_of(answer.status);
    return fail(meaning.kind, std::string(meaning.what) + said(answer.body, options_.url),
                hidden_address(options_.url, answer.status), std::string(meaning.fix));
  }

 private:
  [[nodiscard]] Result<net::Request> signed_request(const Parcel& parcel) const {
    const std::int64_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(system_clock().now().time_since_epoch()).count();
    const std::string id = "report_" + parcel.id;
    std::string body = body_of(parcel);
    const std::string signature = TRY(webhook_signature(options_.secret, id, seconds, body));
    return net::Request{.url = options_.url,
                        .headers = {{"Content-Type", "application/json"},
                                    {"webhook-id", id},
                                    {"webhook-timestamp", std::to_string(seconds)},
                                    {"webhook-signature", signature},
                                    {"X-Hub-Signature-256", hub_signature(options_.secret, body)}},
                        .body = std::move(body),
                        .deadline = std::chrono::steady_clock::now() + options_.timeout,
                        .repeat = net::Repeat::yes};
  }

  [[nodiscard]] std::string host() const {
    const auto url = net::parse_url(options_.url);
    return url ? url->authority() : "";
  }

  WebhookOptions options_;
  net::HttpClient client_;
};

}  // namespace

Result<std::string> webhook_signature(std::string_view secret, std::string_view id, std::int64_t seconds,
                                      std::string_view body) {
  const std::string key = TRY(key_of(secret));
  std::string text(id);
  text.append(".").append(std::to_string(seconds)).append(".").append(body);
  return "v1," + base64(hmac_sha256(key, text));
}

std::string hub_signature(std::string_view secret, std::string_view body) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "sha256=";
  for (const char byte : hmac_sha256(secret, body)) {
    const auto value = static_cast<unsigned char>(byte);
    text += digits[value >> 4U];
    text += digits[value & 0xFU];
  }
  return text;
}

std::unique_ptr<Sink> webhook_sink(WebhookOptions options) { return std::make_unique<WebhookSink>(std::move(options)); }

}  // namespace agent::sinks
