#include "base/redact_chars.hpp"
#include "base/redact_scan.hpp"

#include <algorithm>
#include <array>

namespace agent::redaction {
namespace {

constexpr bool is_upper_alnum(char c) { return is_upper(c) || is_digit(c); }
constexpr bool is_hex_dash(char c) { return is_hex(c) || c == '-'; }
constexpr bool is_base64_any(char c) { return is_base64(c) || c == '-' || c == '_'; }
constexpr bool is_path(char c) { return is_slug(c) || c == '/'; }
constexpr bool is_signature(char c) { return is_base64_any(c) || c == '%'; }
constexpr bool is_azure(char c) { return is_name(c) || c == '~'; }

/// 14 characters, a dot, 64 hexadecimal digits.
bool is_airtable(std::string_view body) { return body[14] == '.' && std::ranges::all_of(body.substr(15), is_hex); }

/// Letters of both cases and digits: what no word and no hash is.
bool is_mixed(std::string_view body) {
  return std::ranges::any_of(body, is_lower) && std::ranges::any_of(body, is_upper) &&
         std::ranges::any_of(body, is_digit);
}

/// A token told by its first characters.
struct Format {
  std::string_view prefix;  ///< Exact case.
  std::string_view kind;
  bool (*allowed)(char);  ///< What may follow,
  std::size_t min, max;   ///< and how much of it.
  bool (*check)(std::string_view body) = nullptr;
  bool keeps_prefix = false;  ///< The prefix says where, not what: "hooks.slack.com/services/".
};

constexpr std::size_t any = 100'000;

/// Numbers of characters: a provider's documentation or what the rules of gitleaks 8 and trufflehog 3 say; where a
/// prefix is unmistakable, less is enough, so that a token that was cut off is hidden too.
constexpr auto formats = std::to_array<Format>({
    {"AKIA", "aws-access-key-id", is_upper_alnum, 16, 16},
    {"ASIA", "aws-access-key-id", is_upper_alnum, 16, 16},
    {"ABIA", "aws-access-key-id", is_upper_alnum, 16, 16},
    {"ACCA", "aws-access-key-id", is_upper_alnum, 16, 16},
    {"ABSK", "aws-bedrock-key", is_base64, 100, any},
    {"X-Amz-Signature=", "aws-signature", is_hex, 64, 64, nullptr, true},
    {"X-Amz-Security-Token=", "aws-session-token", is_signature, 40, any, nullptr, true},
    {"X-Goog-Signature=", "gcp-signature", is_hex, 64, any, nullptr, true},
    {"AIza", "gcp-api-key", is_slug, 35, 39},
    {"GOCSPX-", "gcp-oauth-secret", is_slug, 24, any},
    {"ya29.", "gcp-access-token", is_name, 20, any},
    {"ghp_", "github-token", is_alnum, 30, any},
    {"gho_", "github-token", is_alnum, 30, any},
    {"ghu_", "github-token", is_alnum, 30, any},
    {"ghs_", "github-token", is_alnum, 30, any},
    {"ghr_", "github-token", is_alnum, 30, any},
    {"github_pat_", "github-token", is_word, 30, any},
    {"glpat-", "gitlab-token", is_name, 20, any},
    {"gldt-", "gitlab-token", is_name, 20, any},
    {"glrt-", "gitlab-token", is_name, 20, any},
    {"glrtr-", "gitlab-token", is_name, 20, any},
    {"glcbt-", "gitlab-token", is_name, 20, any},
    {"glptt-", "gitlab-token", is_name, 20, any},
    {"glft-", "gitlab-token", is_name, 20, any},
    {"glsoat-", "gitlab-token", is_name, 20, any},
    {"glimt-", "gitlab-token", is_name, 20, any},
    {"glagent-", "gitlab-token", is_name, 20, any},
    {"gloas-", "gitlab-token", is_name, 20, any},
    {"glffct-", "gitlab-token", is_name, 20, any},
    {"glwt-", "gitlab-token", is_name, 20, any},
    {"GR1348941", "gitlab-token", is_slug, 20, any},
    {"xoxb-", "slack-token", is_slug, 10, any},
    {"xoxp-", "slack-token", is_slug, 10, any},
    {"xoxa-", "slack-token", is_slug, 10, any},
    {"xoxr-", "slack-token", is_slug, 10, any},
    {"xoxs-", "slack-token", is_slug, 10, any},
    {"xoxo-", "slack-token", is_slug, 10, any},
    {"xoxe-", "slack-token", is_slug, 10, any},
    {"xoxe.", "slack-token", is_slug, 10, any},
    {"xoxc-", "slack-token", is_slug, 10, any},
    {"xoxd-", "slack-token", is_signature, 10, any},
    {"xapp-", "slack-token", is_slug, 10, any, looks_random},
    {"hooks.slack.com/services/", "slack-webhook", is_path, 20, any, nullptr, true},
    {"hooks.slack.com/workflows/", "slack-webhook", is_path, 20, any, nullptr, true},
    {"hooks.slack.com/triggers/", "slack-webhook", is_path, 20, any, nullptr, true},
    {"discord.com/api/webhooks/", "discord-webhook", is_path, 40, any, nullptr, true},
    {"discordapp.com/api/webhooks/", "discord-webhook", is_path, 40, any, nullptr, true},
    {"webhook.office.com/webhookb2/", "teams-webhook", [](char c) { return is_path(c) || c == '@'; }, 40, any, nullptr,
     true},
    {"npm_", "npm-token", is_alnum, 36, 60},
    {"pypi-AgE", "pypi-token", is_slug, 30, any},
    {"rubygems_", "rubygems-token", is_hex, 40, any},
    {"dckr_pat_", "docker-token", is_slug, 20, any},
    {"dckr_oat_", "docker-token", is_slug, 20, any},
    {"SWMTKN-1-", "docker-token", is_slug, 40, any},
    {"oy2", "nuget-key", [](char c) { return is_lower(c) || is_digit(c); }, 43, 43},
    {"cio", "crates-token", is_alnum, 32, 32, is_mixed},
    {"hf_", "huggingface-token", is_alnum, 30, 60},
    {"api_org_", "huggingface-token", is_alnum, 30, 60},
    {"sk-ant-", "anthropic-key", is_slug, 20, any},
    {"sk-proj-", "openai-key", is_slug, 20, any},
    {"sk-svcacct-", "openai-key", is_slug, 20, any},
    {"sk-admin-", "openai-key", is_slug, 20, any},
    {"sk-or-v1-", "openrouter-key", is_slug, 20, any},
    {"sk-", "api-key", is_slug, 20, 200, looks_random},  // OpenAI's older keys, LiteLLM, DeepSeek and others.
    {"gsk_", "groq-key", is_alnum, 40, 80},
    {"xai-", "xai-key", is_alnum, 60, 120},
    {"pplx-", "perplexity-key", is_alnum, 40, 80},
    {"r8_", "replicate-token", is_alnum, 37, 37},
    {"sk_live_", "stripe-key", is_alnum, 10, any},
    {"sk_test_", "stripe-key", is_alnum, 10, any},
    {"rk_live_", "stripe-key", is_alnum, 10, any},
    {"rk_test_", "stripe-key", is_alnum, 10, any},
    {"whsec_", "stripe-key", is_base64, 24, any},
    {"SK", "twilio-key", is_hex, 32, 32},
    {"SG.", "sendgrid-key", is_name, 60, 80},
    {"key-", "mailgun-key", is_hex, 32, 32},
    {"xkeysib-", "brevo-key", is_slug, 60, any},
    {"dop_v1_", "digitalocean-token", is_hex, 40, any},
    {"doo_v1_", "digitalocean-token", is_hex, 40, any},
    {"dor_v1_", "digitalocean-token", is_hex, 40, any},
    {"hvs.", "vault-token", is_slug, 24, any},
    {"hvb.", "vault-token", is_slug, 24, any},
    {"hvr.", "vault-token", is_slug, 24, any},
    {"dp.pt.", "doppler-token", is_name, 40, any},
    {"dp.st.", "doppler-token", is_name, 40, any},
    {"dp.sa.", "doppler-token", is_name, 40, any},
    {"dapi", "databricks-token", is_hex, 32, 32},
    {"pscale_tkn_", "planetscale-token", is_name, 32, any},
    {"pscale_oauth_", "planetscale-token", is_name, 32, any},
    {"pscale_pw_", "planetscale-token", is_name, 32, any},
    {"PMAK-", "postman-key", is_hex_dash, 50, any},
    {"lin_api_", "linear-key", is_alnum, 32, any},
    {"ntn_", "notion-token", is_alnum, 40, 60},
    {"NRAK-", "newrelic-key", is_alnum, 27, 27},
    {"glc_", "grafana-token", is_base64, 32, any, looks_random},
    {"glsa_", "grafana-token", is_word, 40, any},
    {"eyJrIjoi", "grafana-token", is_base64, 60, any},
    {"sntrys_", "sentry-token", is_base64_any, 40, any},
    {"sntryu_", "sentry-token", is_hex, 40, any},
    {"shpat_", "shopify-token", is_hex, 32, any},
    {"shpca_", "shopify-token", is_hex, 32, any},
    {"shppa_", "shopify-token", is_hex, 32, any},
    {"shpss_", "shopify-token", is_hex, 32, any},
    {"fo1_", "fly-token", is_slug, 40, any},
    {"fm1a_", "fly-token", is_base64, 60, any},
    {"fm1r_", "fly-token", is_base64, 60, any},
    {"fm2_", "fly-token", is_base64, 60, any},
    {"pul-", "pulumi-token", is_hex, 40, 40},
    {"squ_", "sonar-token", is_alnum, 40, 40},
    {"sqp_", "sonar-token", is_alnum, 40, 40},
    {"sqa_", "sonar-token", is_alnum, 40, 40},
    {"AKCp", "artifactory-key", is_alnum, 60, 80},
    {"cmVmd", "artifactory-token", is_alnum, 59, 59},
    {"ATATT3", "atlassian-token", is_base64_any, 60, any},
    {"ATCTT3", "atlassian-token", is_base64_any, 60, any},
    {"ATBB", "bitbucket-token", is_alnum, 32, 32},
    {"sha256~", "openshift-token", is_slug, 43, 43},
    {"AGE-SECRET-KEY-1", "age-key", is_upper_alnum, 40, any},
    {"ops_eyJ", "onepassword-token", is_base64_any, 60, any},
    {"figd_", "figma-token", is_slug, 36, any},
    {"bkua_", "buildkite-token", is_hex, 36, any},
    {"CCIPAT_", "circleci-token", is_word, 36, any},
    {"CCIPRJ_", "circleci-token", is_word, 36, any},
    {"HRKU-AA", "heroku-key", is_slug, 50, any},
    {"API-", "octopus-key", is_upper_alnum, 25, 32, looks_random},
    {"sq0atp-", "square-token", is_slug, 22, any},
    {"sq0csp-", "square-token", is_slug, 22, any},
    {"EAAA", "square-token", is_slug, 60, 60, looks_random},
    {"dt0c01.", "dynatrace-token", is_name, 24, any},
    {"rdme_", "readme-key", is_alnum, 60, any},
    {"pnu_", "prefect-key", is_alnum, 36, 36},
    {"tfp_", "typeform-token", is_name, 40, any},
    {"sbp_", "supabase-token", is_hex, 40, 40},
    {"tskey-", "tailscale-key", is_slug, 20, any},
    {"nfp_", "netlify-token", is_alnum, 36, 40},
    {"rnd_", "render-key", is_alnum, 28, 36},
    {"v1.0-", "cloudflare-key", is_hex_dash, 160, 180},
    {"LTAI", "alibaba-key-id", is_alnum, 12, 20},
    {"AKID", "tencent-key-id", is_alnum, 32, 36},
    {"K10", "k3s-token", [](char c) { return is_slug(c) || c == ':'; }, 64, any},
    {"sk.eyJ", "mapbox-token", is_name, 50, any},
    {"sig=", "azure-signature", is_signature, 40, 120, nullptr, true},
    {"_gitlab_session=", "gitlab-token", is_hex, 32, 32, nullptr, true},
    {"pat", "airtable-token", is_name, 79, 79, is_airtable},
    {"pat.", "harness-token", is_name, 68, 68, looks_random},
    {"pat-na1-", "hubspot-token", is_hex_dash, 36, 36},
    {"pat-eu1-", "hubspot-token", is_hex_dash, 36, 36},
    {"CLOJARS_", "clojars-token", is_alnum, 60, 60},
    {"CFPAT-", "contentful-token", is_slug, 40, 50},
    {"duffel_live_", "duffel-token", is_base64_any, 40, 50},
    {"duffel_test_", "duffel-token", is_base64_any, 40, 50},
    {"EZAK", "easypost-key", is_alnum, 54, 54},
    {"EZTK", "easypost-key", is_alnum, 54, 54},
    {"endr+", "endor-key", is_slug, 16, 20},
    {"EAAC", "facebook-token", is_alnum, 60, any, is_mixed},
    {"EAAM", "facebook-token", is_alnum, 60, any, is_mixed},
    {"FLWSECK", "flutterwave-key", is_slug, 32, 60},
    {"fio-u-", "frameio-token", is_slug, 60, 70},
    {"ico-", "infracost-key", is_alnum, 32, 32, is_mixed},
    {"nvapi-", "nvidia-key", is_slug, 50, 80},
    {"access-production-", "plaid-token", is_hex_dash, 36, 36},
    {"access-sandbox-", "plaid-token", is_hex_dash, 36, 36},
    {"access-development-", "plaid-token", is_hex_dash, 36, 36},
    {"tk-us-", "scalingo-token", is_slug, 48, 48},
    {"sm_pat_", "settlemint-token", is_alnum, 16, 32},
    {"sm_aat_", "settlemint-token", is_alnum, 16, 32},
    {"shippo_live_", "shippo-token", is_hex, 40, 40},
    {"shippo_test_", "shippo-token", is_hex, 40, 40},
    {"sgp_", "sourcegraph-token", is_word, 40, 60},
    {"waka_", "wakatime-key", is_hex_dash, 36, 36},
    {"y0_", "yandex-token", is_slug, 50, 70, is_mixed},
});

void scan_format(std::string_view text, std::size_t at, std::size_t row, Found& found) {
  const auto& format = formats[row];
  if (!text.substr(at).starts_with(format.prefix) || !token_may_start(text, at)) return;
  if (!found.matches.empty() && found.matches.back().certainty == Certainty::format && at < found.matches.back().end)
    return;
  auto body = at + format.prefix.size();
  auto end = skip(text.substr(0, body + format.max + 1), body, format.allowed);
  while (end > body && text[end - 1] == '.') --end;  // a sentence's full stop
  auto length = end - body;
  if (length < format.min || length > format.max) return;
  if (format.max < any && is_word(at_or_nul(text, end))) return;
  if (format.check != nullptr && !format.check(text.substr(body, length))) return;
  found.add(format.keeps_prefix ? body : at, end, format.kind, Certainty::format);
}

constexpr std::size_t longest_header = 2048;  // bounds the work on text that is not a token

/// RFC 7519: header and payload are base64url of JSON objects, so both start with "eyJ".
void scan_jwt(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (!text.substr(at).starts_with("eyJ") || !token_may_start(text, at)) return;
  auto header = skip(text.substr(0, at + longest_header), at, is_slug);
  if (header - at < 12 || !text.substr(header).starts_with(".eyJ")) return;
  auto end = skip(text, header + 1, is_slug);
  if (at_or_nul(text, end) == '.') end = skip(text, end + 1, is_slug);
  found.add(at, end, "jwt", Certainty::format);
}

/// Terraform Cloud: 14 characters, ".atlasv1.", 60 to 70 characters.
void scan_terraform(std::string_view text, std::size_t at, std::size_t, Found& found) {
  constexpr std::size_t id = 15;  // With its dot.
  if (!text.substr(at).starts_with("atlasv1.") || at < id || text[at - 1] != '.') return;
  const auto begin = at - id;
  auto end = skip(text, at + 8, is_slug);
  if (token_may_start(text, begin) && std::ranges::all_of(text.substr(begin, id - 1), is_alnum) && end - at >= 48)
    found.add(begin, end, "terraform-token", Certainty::format);
}

/// A secret of Microsoft Entra ID: three characters, a digit (7 to 9 in all that are known), "Q~", 31 to 34 characters.
void scan_azure(std::string_view text, std::size_t at, std::size_t, Found& found) {
  constexpr std::size_t lead = 3;
  if (!text.substr(at + 1).starts_with("Q~") || at < lead) return;
  const auto begin = at - lead;
  auto end = skip(text, at + 3, is_azure);
  while (end > at && text[end - 1] == '.') --end;
  if (token_may_start(text, begin) && std::ranges::all_of(text.substr(begin, lead), is_azure) && end - at >= 28 &&
      end - at <= 37)
    found.add(begin, end, "azure-secret", Certainty::format);
}

/// Mailchimp: 32 hexadecimal digits, "-us", one or two digits.
void scan_mailchimp(std::string_view text, std::size_t at, std::size_t, Found& found) {
  constexpr std::size_t digits = 32;
  if (!text.substr(at).starts_with("-us") || at < digits) return;
  const auto begin = at - digits;
  auto end = skip(text, at + 3, is_digit);
  if (end - at >= 4 && end - at <= 5 && !is_slug(at_or_nul(text, end)) && token_may_start(text, begin) &&
      std::ranges::all_of(text.substr(begin, digits), is_hex))
    found.add(begin, end, "mailchimp-key", Certainty::format);
}

/// MaxMind: 6 characters, "_", 29 characters, "_mmk".
void scan_maxmind(std::string_view text, std::size_t at, std::size_t, Found& found) {
  constexpr std::size_t body = 36;
  if (!text.substr(at).starts_with("_mmk") || at < body) return;
  const auto begin = at - body;
  if (!is_word(at_or_nul(text, at + 4)) && token_may_start(text, begin) && text[begin + 6] == '_' &&
      std::ranges::all_of(text.substr(begin, body), is_word))
    found.add(begin, at + 4, "maxmind-key", Certainty::format);
}

/// Telegram: the bot's number, ":AA", 32 or 33 characters.
void scan_telegram(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (!text.substr(at).starts_with(":AA")) return;
  auto begin = skip_back(text, at, is_digit);
  auto end = skip(text, at + 1, is_slug);
  if (at - begin < 8 || at - begin > 10 || end - at < 34 || end - at > 37) return;
  if (begin >= 3 && text.substr(begin - 3, 3) == "bot")
    return found.add(begin, end, "telegram-token", Certainty::format);
  if (token_may_start(text, begin)) found.add(begin, end, "telegram-token", Certainty::format);
}

/// Discord: base64 of an id, time, signature, joined by dots; only in a line that speaks of Discord.
void scan_discord(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (!starts_folded(text.substr(at), "discord")) return;
  auto stop = line_end_within(text, at, 512);
  text = text.substr(0, stop);
  for (auto begin = at; begin < stop;) {
    begin = skip(text, begin, [](char c) { return !is_slug(c) && c != '\n'; });
    auto id = skip(text, begin, is_slug);
    auto time = id + 1 < stop ? skip(text, id + 1, is_slug) : id;
    auto end = time + 1 < stop ? skip(text, time + 1, is_slug) : time;
    bool fits = id - begin >= 23 && id - begin <= 28 && at_or_nul(text, id) == '.' && time - id == 7 &&
                at_or_nul(text, time) == '.' && end - time >= 27;
    if (fits) found.add(begin, end, "discord-token", Certainty::format);
    begin = std::max(id, begin + 1);
  }
}

/// One that stood in the text: `[REDACTED:kind#n]`.
void scan_placeholder(std::string_view text, std::size_t at, std::size_t, Found& found) {
  constexpr std::string_view opening = "[REDACTED:";
  if (!text.substr(at).starts_with(opening)) return;
  auto kind = at + opening.size();
  auto hash = skip(text, kind, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
  auto number = hash + 1;
  if (hash == kind || at_or_nul(text, hash) != '#') return;
  auto end = skip(text, number, is_digit);
  if (end > number && at_or_nul(text, end) == ']') found.placeholders.push_back({at, end + 1, {}});
}

constexpr std::string_view alphanumeric = "0123456789abcdefghijklmnopqrstuvwxyz_-";
constexpr std::string_view azure_characters = "0123456789abcdefghijklmnopqrstuvwxyz_-.~";

}  // namespace

void add_format_anchors(std::vector<Anchor>& anchors) {
  for (std::size_t row = 0; row < formats.size(); ++row) {
    bool hexadecimal = formats[row].allowed == is_hex;
    anchors.push_back({formats[row].prefix, hexadecimal ? alphanumeric.substr(0, 16) : alphanumeric, scan_format, row});
  }
  anchors.push_back({"eyJ", alphanumeric, scan_jwt});
  anchors.push_back({"atlasv1", {}, scan_terraform});
  for (const std::string_view start : {"7Q~", "8Q~", "9Q~"}) anchors.push_back({start, azure_characters, scan_azure});
  anchors.push_back({"-us", alphanumeric.substr(0, 10), scan_mailchimp});
  anchors.push_back({"_mmk", {}, scan_maxmind});
  anchors.push_back({":AA", alphanumeric, scan_telegram});
  anchors.push_back({"discord", {}, scan_discord});
  anchors.push_back({"[REDACTED:", {}, scan_placeholder});
}

}  // namespace agent::redaction
