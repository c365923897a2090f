#pragma once

#include "net/http.hpp"
#include "sinks/sink.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace agent::sinks {

/// Either an incoming webhook, or a bot's token (scope `chat:write`) and a channel, which the bot is a member of.
struct SlackOptions {
  std::string webhook_url;  ///< A secret as a whole: no error names more than its host.
  std::string token;        ///< "xoxb-…"; a secret.
  std::string channel;      ///< An id ("C0123456789"), or "#name".
  std::string api_url = "https://slack.com/api";
  std::chrono::milliseconds timeout{30'000};  ///< Of one delivery.
  net::ClientOptions http = {};
};

/// Posts slack_message(). After 429 it waits as long as `Retry-After` asks for, within `timeout`. Slack does not know
/// parcels: perhaps_delivered() tells when a message may be there that no answer speaks of. Errors, besides those of
/// Sink::deliver(): `settings` for options that are missing, and for an address that is not encrypted (loopback may
/// be).
[[nodiscard]] std::unique_ptr<Sink> slack_sink(SlackOptions options);

/// The report in Block Kit: verdict, cause, what is known of the run, the lines that prove it, what to do, links, with
/// `text` for notifications. No text of the report is read as markup, mention or link: log lines stand in
/// `rich_text_preformatted`, all else in `rich_text` and `plain_text`. At most 20 blocks and about 12,000 characters.
/// Limits: https://docs.slack.dev/reference/block-kit/blocks/
[[nodiscard]] nlohmann::json slack_message(const Parcel& parcel);

}  // namespace agent::sinks
