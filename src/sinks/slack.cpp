#include "sinks/slack.hpp"

#include "base/json_limits.hpp"
#include "net/url.hpp"
#include "sinks/display.hpp"
#include "sinks/hidden_post.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::json;

constexpr int status_ok = 200, status_too_many = 429, status_server_broke = 500;

/// Words of Slack's, of webhooks and of chat.postMessage, that have a kind and a remedy of their own. Sources:
/// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors
/// https://docs.slack.dev/reference/methods/chat.postMessage/#errors
struct Refusal {
  std::string_view word;
  ErrorKind kind;
  std::string_view fix;
};

constexpr std::string_view new_token = "make a token for the app at https://api.slack.com/apps",
                           new_webhook = "make a webhook for the app at https://api.slack.com/apps",
                           invite = "invite the app to the channel: /invite @APP",
                           name_channel = "give the channel's id, and invite the app to it: /invite @APP",
                           ask_admin = "ask an administrator of the workspace";

constexpr std::array refusals{
    Refusal{"invalid_auth", ErrorKind::unauthorised, new_token},
    Refusal{"not_authed", ErrorKind::unauthorised, new_token},
    Refusal{"account_inactive", ErrorKind::unauthorised, new_token},
    Refusal{"token_expired", ErrorKind::unauthorised, new_token},
    Refusal{"token_revoked", ErrorKind::unauthorised, new_token},
    Refusal{"invalid_token", ErrorKind::unauthorised, new_webhook},
    Refusal{"missing_scope", ErrorKind::forbidden, "give the app the scope 'chat:write'"},
    Refusal{"not_in_channel", ErrorKind::forbidden, invite},
    Refusal{"restricted_action", ErrorKind::forbidden, ask_admin},
    Refusal{"action_prohibited", ErrorKind::forbidden, ask_admin},
    Refusal{"posting_to_general_channel_denied", ErrorKind::forbidden, ask_admin},
    Refusal{"team_disabled", ErrorKind::forbidden, ask_admin},
    Refusal{"no_service", ErrorKind::target_not_found, new_webhook},
    Refusal{"no_service_id", ErrorKind::target_not_found, new_webhook},
    Refusal{"no_team", ErrorKind::target_not_found, new_webhook},
    Refusal{"channel_not_found", ErrorKind::target_not_found, name_channel},
    Refusal{"channel_is_archived", ErrorKind::target_not_found, "choose another channel"},
    Refusal{"is_archived", ErrorKind::target_not_found, "choose another channel"},
    Refusal{"ratelimited", ErrorKind::delivery_failed, "wait a minute, then 'agent deliver'"},
};

/// A word of Slack's: small letters and underscores. Anything else is no answer of Slack's, and may repeat the address.
std::string slack_word(std::string_view text) {
  constexpr std::size_t longest = 60;
  const bool is_word =
      text.size() <= longest && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
  return is_word ? std::string(text) : "";
}

std::string word_of(const Json& answer) {
  const auto error = answer.find("error");
  const auto* word = error == answer.end() ? nullptr : error->get_ptr<const std::string*>();
  return word == nullptr ? "" : slack_word(*word);
}

Refusal refusal_of(int status, std::string_view word) {
  const auto* const known = std::ranges::find(refusals, word, &Refusal::word);
  if (known != refusals.end()) return *known;
  switch (status) {
    case 401: return {word, ErrorKind::unauthorised, new_token};
    case 403: return {word, ErrorKind::forbidden, ask_admin};
    case 404:
    case 410: return {word, ErrorKind::target_not_found, new_webhook};
    case status_too_many: return {word, ErrorKind::delivery_failed, "wait a minute, then 'agent deliver'"};
    default: break;
  }
  return {word, ErrorKind::delivery_failed, status >= status_server_broke ? "look at https://status.slack.com" : ""};
}

std::unexpected<Error> refused(int status, const std::string& word, const std::string& where) {
  const Refusal refusal = refusal_of(status, word);
  const std::string what = word.empty() ? " (" + std::to_string(status) + ")" : ": '" + word + "'";
  return fail(refusal.kind, "Slack does not take the message" + what, where, std::string(refusal.fix));
}

class SlackSink final : public Sink {
 public:
  explicit SlackSink(SlackOptions options) : options_(std::move(options)), client_(without_redirects(options_.http)) {}

  [[nodiscard]] std::string name() const override {
    return options_.webhook_url.empty() ? "slack " + one_line(options_.channel) : "slack";
  }
  [[nodiscard]] bool knows_parcels() const override { return false; }
  [[nodiscard]] bool perhaps_delivered() const override { return perhaps_delivered_; }

  [[nodiscard]] Result<Delivery> deliver(const Parcel& parcel, const std::stop_token& stop) override {
    perhaps_delivered_ = false;
    TRY(check());
    Json message = slack_message(parcel);
    return options_.webhook_url.empty() ? by_token(std::move(message), stop) : by_webhook(message, stop);
  }

 private:
  [[nodiscard]] Result<void> check() const {
    if (options_.webhook_url.empty() && (options_.token.empty() || options_.channel.empty()))
      return fail(ErrorKind::settings, "Slack needs a webhook's address, or a token and a channel", "",
                  std::string(new_webhook));
    const auto url = net::parse_url(options_.webhook_url.empty() ? options_.api_url : options_.webhook_url);
    if (url && !url->tls && !net::is_loopback(url->host))
      return fail(ErrorKind::settings, "the address of Slack is not encrypted", "",
                  "use one that begins with https://");
    return {};
  }

  [[nodiscard]] net::Request request(std::string url, const Json& message) const {
    return {.url = std::move(url),
            .headers = {{"Content-Type", "application/json; charset=utf-8"}},
            .body = message.dump(-1, ' ', false, Json::error_handler_t::replace),
            .deadline = std::chrono::steady_clock::now() + options_.timeout,
            .repeat = net::Repeat::if_refused};
  }

  /// Says "ok", or a word of Slack's with a status.
  [[nodiscard]] Result<Delivery> by_webhook(const Json& message, const std::stop_token& stop) {
    Posted posted = post_hidden(client_, request(options_.webhook_url, message), "the Slack webhook", stop);
    perhaps_delivered_ = posted.perhaps_done;
    const net::WholeResponse answer = TRY(std::move(posted.answer));
    if (answer.status == status_ok) return Delivery{.message = "Posted to Slack", .url = {}};
    return refused(answer.status, slack_word(answer.body), hidden_address(options_.webhook_url, answer.status));
  }

  /// Says {"ok": true} or {"ok": false, "error": WORD}, with 200 mostly.
  [[nodiscard]] Result<Delivery> by_token(Json message, const std::stop_token& stop) {
    message["channel"] = options_.channel;
    net::Request post = request(options_.api_url + "/chat.postMessage", message);
    post.headers.push_back({"Authorization", "Bearer " + options_.token});
    const std::string url = post.url;
    Posted posted = post_hidden(client_, std::move(post), "Slack's API", stop);
    perhaps_delivered_ = posted.perhaps_done;
    const net::WholeResponse answer = TRY(std::move(posted.answer));
    const Json said = exceeds(answer.body, {}) ? Json() : Json::parse(answer.body, nullptr, false);
    const auto ok = said.is_object() ? said.find("ok") : said.end();
    const bool tells = said.is_object() && ok != said.end() && ok->is_boolean();
    if (tells && ok->get<bool>() && answer.status == status_ok) return Delivery{"Posted to Slack", {}};
    const std::string word = tells ? word_of(said) : "";
    perhaps_delivered_ = perhaps_delivered_ || (answer.status == status_ok && (!tells || may_have_worked(word)));
    return refused(answer.status, word, hidden_address(url, answer.status));
  }

  /// "It's possible some aspect of the operation succeeded before the error was raised."
  [[nodiscard]] static bool may_have_worked(std::string_view word) {
    return word == "internal_error" || word == "fatal_error" || word == "service_unavailable" ||
           word == "request_timeout";
  }

  SlackOptions options_;
  net::HttpClient client_;
  bool perhaps_delivered_ = false;
};

}  // namespace

std::unique_ptr<Sink> slack_sink(SlackOptions options) { return std::make_unique<SlackSink>(std::move(options)); }

}  // namespace agent::sinks
