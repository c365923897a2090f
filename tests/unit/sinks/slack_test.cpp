#include "sinks/slack.hpp"

#include "sinks/report_json.hpp"
#include "support/golden.hpp"
#include "support/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

namespace agent::sinks {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using test::HttpServer;
using test::SeenRequest;
using test::Talk;
using testing::HasSubstr;
using testing::Not;

const std::string secret_path = "/services/T00000000/B00000000/hookHOOKhook";
const std::string token = "xoxb-0000-tokenTOKENtoken";

Parcel parcel_of(const std::string& name) {
  auto report = parse_report(test::read_source_file("tests/data/reports/" + name + ".json"));
  EXPECT_TRUE(report) << name;
  return {report.value_or(Report{}), "00112233445566aa", "https://forge.example/octo/app/issues/41"};
}

std::size_t units(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    count += (byte & 0xC0U) == 0x80U ? 0 : byte >= 0xF0 ? 2 : 1;
  }
  return count;
}

/// All that a rule of Slack's, or of ours, forbids in `node`.
void expect_sound(const Json& node) {
  if (node.is_object()) {
    EXPECT_NE(node.value("type", ""), "mrkdwn") << node;
    if (node.contains("text") && node["text"].is_string()) {
      EXPECT_FALSE(node["text"].get<std::string>().empty()) << node;
      EXPECT_LE(units(node["text"].get<std::string>()), 3000U);
    }
    if (node.value("type", "") == "header") EXPECT_LE(units(node["text"]["text"].get<std::string>()), 150U);
    if (node.value("type", "") == "context") EXPECT_LE(node["elements"].size(), 10U);
    if (node.value("type", "") == "plain_text") {
      EXPECT_EQ(node["emoji"], false);
      for (const char* mention : {"@admin", "<!channel>", "<!here>"})
        EXPECT_THAT(node["text"].get<std::string>(), Not(HasSubstr(mention)));
    }
  }
  if (node.is_structured())
    for (const auto& child : node) expect_sound(child);
}

class SlackMessage : public testing::TestWithParam<std::string> {};

TEST_P(SlackMessage, OfAStoredReportIsAsAgreed) {
  const Json message = slack_message(parcel_of(GetParam()));

  test::expect_golden("tests/data/slack/" + GetParam() + ".json", message.dump(2) + "\n");
}

TEST_P(SlackMessage, KeepsSlacksLimits) {
  const Json message = slack_message(parcel_of(GetParam()));

  expect_sound(message["blocks"]);
  EXPECT_LE(message["blocks"].size(), 20U);
  EXPECT_LE(units(message["blocks"].dump()), 20'000U);
  EXPECT_EQ(message["unfurl_links"], false);
}

INSTANTIATE_TEST_SUITE_P(Reports, SlackMessage,
                         testing::Values("test_failure", "unknown", "healthy", "many", "hostile", "hostile_model",
                                         "explained", "explained_earlier", "degraded"),
                         [](const auto& info) { return info.param; });

/// A report that says `text` wherever it can.
Report report_saying(const std::string& text) {
  Report report;
  report.target = report.cause = report.fingerprint = report.degraded_because = text;
  report.degraded = true;
  report.verdict = Verdict::failing;
  const Remedy remedy{text, text};
  const Finding finding{
      .rule = text, .headline = text, .evidence = {{"log/" + text, 2, text, text}}, .remedies = {remedy}};
  report.findings.assign(40, finding);
  report.remedies.assign(40, remedy);
  report.not_checked = {{text, text}};
  report.evidence = {{"log/a", 1, text.size(), {{text, 1, 1, 3, text}}}};
  report.explanation.emplace().chain.assign(40, Claim{text, {}, false});
  report.seen = SeenBefore{2, text, text, text};
  report.pipeline = PipelineRun{text, text, text, text, text, text};
  return report;
}

struct TextCase {
  std::string name, text;
};
void PrintTo(const TextCase& row, std::ostream* out) { *out << row.name; }

class SlackMessageSaying : public testing::TestWithParam<TextCase> {};

TEST_P(SlackMessageSaying, IsSound) {
  const Json message = slack_message({report_saying(GetParam().text), "00112233445566aa", GetParam().text});

  expect_sound(message["blocks"]);
  EXPECT_LE(message["blocks"].size(), 20U);
  EXPECT_LE(units(message["text"].get<std::string>()), 3000U);
  for (const char* mention : {"<!channel>", "<!here>", "@admin", "<http"})
    EXPECT_THAT(message["text"].get<std::string>(), Not(HasSubstr(mention)));
  EXPECT_THAT(message.dump(), Not(HasSubstr(R"("type":"link")")));
  EXPECT_NO_THROW(static_cast<void>(message.dump()));  // it is UTF-8
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, SlackMessageSaying,
    testing::Values(TextCase{"nothing", ""}, TextCase{"blanks", " \n\t "},
                    TextCase{"mentions", "<!channel> <!here> <@U123> <#C1|x> @admin @here <http://x|y> &lt;!here&gt;"},
                    TextCase{"fences_and_marks",
                             std::string("``` *b* _i_ ~s~ `c` > q :tada: </pre> \x1b[31m\xE2\x80") + "\xAE ::error::x"},
                    TextCase{"long_ascii", std::string(50'000, 'a')},
                    TextCase{"long_lines", repeated("word\n", 20'000)},
                    TextCase{"long_astral", repeated("\xF0\x9F\x92\xA5", 20'000)},
                    TextCase{"long_mentions", repeated("<!channel>@a&", 5'000)},
                    TextCase{"no_utf8", "\xFF\xFE\xC3 a\xE2\x82"}, TextCase{"script", "javascript:alert(1)"},
                    TextCase{"credentials", "https://user:pass@host.example/"}),
    [](const auto& info) { return info.param.name; });

TEST(SlackMessage, LinksTheRunAndTheIssue) {
  const std::string text = slack_message(parcel_of("explained")).dump();

  EXPECT_THAT(text, HasSubstr(R"("url":"https://forge.example/octo/app/actions/runs/7001/attempts/2")"));
  EXPECT_THAT(text, HasSubstr(R"("url":"https://forge.example/octo/app/issues/41")"));
}

net::ClientOptions quick() {
  net::ClientOptions options;
  options.first_retry_wait = 1ms;
  options.idle_timeout = 300ms;
  return options;
}

SlackOptions by_webhook(const HttpServer& server) {
  return {.webhook_url = server.url(secret_path), .token = {}, .channel = {}, .http = quick()};
}

SlackOptions by_token(const HttpServer& server) {
  return {.webhook_url = {}, .token = token, .channel = "#ci", .api_url = server.url("/api"), .http = quick()};
}

std::string whole(const Error& error) { return describe(error); }

struct AnswerCase {
  std::string name;
  int status = 200;
  std::string body;
  ErrorKind kind = ErrorKind::bug;
  std::string word;
  bool perhaps = false;
};
void PrintTo(const AnswerCase& row, std::ostream* out) { *out << row.name; }

/// Expects the failure that a row tells of, and no secret in it.
void expect_failure(Sink& sink, const AnswerCase& row) {
  const auto delivery = sink.deliver(parcel_of("test_failure"), {});

  ASSERT_FALSE(delivery);
  EXPECT_EQ(delivery.error().kind, row.kind) << whole(delivery.error());
  EXPECT_THAT(whole(delivery.error()), HasSubstr(row.word));
  EXPECT_EQ(sink.perhaps_delivered(), row.perhaps);
  EXPECT_THAT(whole(delivery.error()), Not(HasSubstr("HOOK")));
  EXPECT_THAT(whole(delivery.error()), Not(HasSubstr("TOKEN")));
}

class SlackWebhookAnswers : public testing::TestWithParam<AnswerCase> {};

TEST_P(SlackWebhookAnswers, IsToldWithWhatToDo) {
  const HttpServer server(
      [](const SeenRequest&, Talk& talk) { talk.answer(GetParam().status, GetParam().body, {{"Location", "/else"}}); });

  expect_failure(*slack_sink(by_webhook(server)), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Answers, SlackWebhookAnswers,
    testing::Values(
        AnswerCase{"invalid_payload", 400, "invalid_payload", ErrorKind::delivery_failed, "'invalid_payload'"},
        AnswerCase{"action_prohibited", 403, "action_prohibited", ErrorKind::forbidden, "'action_prohibited'"},
        AnswerCase{"invalid_token", 403, "invalid_token", ErrorKind::unauthorised, "'invalid_token'"},
        AnswerCase{"no_service", 404, "no_service", ErrorKind::target_not_found, "'no_service'"},
        AnswerCase{"channel_not_found", 404, "channel_not_found", ErrorKind::target_not_found, "/invite"},
        AnswerCase{"archived", 410, "channel_is_archived", ErrorKind::target_not_found, "another channel"},
        AnswerCase{"page_that_repeats_the_address", 404, "<p>" + secret_path + " was not found",
                   ErrorKind::target_not_found, "(404)"},
        AnswerCase{"words_that_are_no_word", 403, "no. " + secret_path, ErrorKind::forbidden, "(403)"},
        AnswerCase{"rate_limit_without_a_time", 429, "", ErrorKind::delivery_failed, "agent deliver"},
        AnswerCase{"redirect", 302, "", ErrorKind::delivery_failed, "(302)"},
        AnswerCase{"broken_server", 500, "rollup_error", ErrorKind::delivery_failed, "'rollup_error'", true},
        AnswerCase{"gateway", 502, "<html>", ErrorKind::delivery_failed, "(502)", true}),
    [](const auto& info) { return info.param.name; });

class SlackApiAnswers : public testing::TestWithParam<AnswerCase> {};

TEST_P(SlackApiAnswers, IsToldWithWhatToDo) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(GetParam().status, GetParam().body); });

  expect_failure(*slack_sink(by_token(server)), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Answers, SlackApiAnswers,
    testing::Values(
        AnswerCase{"invalid_auth", 200, R"({"ok":false,"error":"invalid_auth"})", ErrorKind::unauthorised, "app"},
        AnswerCase{"missing_scope", 200, R"({"ok":false,"error":"missing_scope"})", ErrorKind::forbidden, "chat:write"},
        AnswerCase{"not_in_channel", 200, R"({"ok":false,"error":"not_in_channel"})", ErrorKind::forbidden, "/invite"},
        AnswerCase{"no_channel", 200, R"({"ok":false,"error":"channel_not_found"})", ErrorKind::target_not_found, ""},
        AnswerCase{"too_long", 200, R"({"ok":false,"error":"msg_too_long"})", ErrorKind::delivery_failed, "msg_too"},
        AnswerCase{"limited", 429, R"({"ok":false,"error":"ratelimited"})", ErrorKind::delivery_failed, "deliver"},
        AnswerCase{"fatal_error", 200, R"({"ok":false,"error":"fatal_error"})", ErrorKind::delivery_failed, "", true},
        AnswerCase{"no_json", 200, "<html>" + token, ErrorKind::delivery_failed, "(200)", true},
        AnswerCase{"other_json", 200, R"([1])", ErrorKind::delivery_failed, "(200)", true},
        AnswerCase{"ok_is_no_flag", 200, R"({"ok":"true"})", ErrorKind::delivery_failed, "(200)", true},
        AnswerCase{"deep_json", 200, std::string(5000, '['), ErrorKind::delivery_failed, "(200)", true},
        AnswerCase{"error_is_no_word", 200, R"({"ok":false,"error":{"a":")" + token + R"("}})",
                   ErrorKind::delivery_failed, "(200)"},
        AnswerCase{"words_with_a_secret", 200, R"({"ok":false,"error":")" + token + R"("})", ErrorKind::delivery_failed,
                   "(200)"}),
    [](const auto& info) { return info.param.name; });

TEST(Slack, PostsToTheWebhook) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200, "ok"); });
  const auto sink = slack_sink(by_webhook(server));

  const auto delivery = sink->deliver(parcel_of("hostile"), {});

  ASSERT_TRUE(delivery) << describe(delivery.error());
  const SeenRequest seen = server.seen().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, secret_path);
  EXPECT_EQ(seen.header("content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(Json::parse(seen.body), slack_message(parcel_of("hostile")));
  EXPECT_EQ(sink->name(), "slack");
  EXPECT_FALSE(sink->knows_parcels());
  EXPECT_FALSE(sink->perhaps_delivered());
}

TEST(Slack, PostsByItsApi) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200, R"({"ok":true,"ts":"1.2"})"); });
  const auto sink = slack_sink(by_token(server));

  const auto delivery = sink->deliver(parcel_of("test_failure"), {});

  ASSERT_TRUE(delivery) << describe(delivery.error());
  const SeenRequest seen = server.seen().at(0);
  EXPECT_EQ(seen.target, "/api/chat.postMessage");
  EXPECT_EQ(seen.header("authorization"), "Bearer " + token);
  EXPECT_EQ(Json::parse(seen.body)["channel"], "#ci");
  EXPECT_EQ(sink->name(), "slack #ci");
}

TEST(Slack, WaitsAsLongAsARateLimitAsksFor) {
  std::atomic<int> requests = 0;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    if (requests++ == 0) return talk.answer(429, "", {{"Retry-After", "0"}});
    talk.answer(200, "ok");
  });

  EXPECT_TRUE(slack_sink(by_webhook(server))->deliver(parcel_of("test_failure"), {}));
  EXPECT_EQ(requests, 2);
}

TEST(Slack, SendsNothingTwiceThatMayHaveArrived) {
  std::atomic<int> requests = 0;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    ++requests;
    talk.answer(503, "", {{"Retry-After", "0"}});
  });

  const auto sink = slack_sink(by_webhook(server));

  EXPECT_FALSE(sink->deliver(parcel_of("test_failure"), {}));
  EXPECT_TRUE(sink->perhaps_delivered());
  EXPECT_EQ(requests, 1);
}

TEST(Slack, MayHaveArrivedWhenNoAnswerComes) {
  const HttpServer server([](const SeenRequest& seen, Talk& talk) {
    if (seen.target == secret_path) return talk.cut();
    talk.wait();
  });

  for (const SlackOptions& options : {by_webhook(server), by_token(server)}) {
    const auto sink = slack_sink(options);
    const auto delivery = sink->deliver(parcel_of("test_failure"), {});
    ASSERT_FALSE(delivery);
    EXPECT_EQ(delivery.error().kind, ErrorKind::unreachable);
    EXPECT_THAT(whole(delivery.error()), Not(HasSubstr("HOOK")));
    EXPECT_TRUE(sink->perhaps_delivered());
  }
}

TEST(Slack, HasNotArrivedWhereNobodyListens) {
  std::string url;
  {
    const HttpServer gone([](const SeenRequest&, Talk& talk) { talk.answer(200); });
    url = gone.url(secret_path);
  }
  const auto sink = slack_sink({.webhook_url = url, .token = {}, .channel = {}});

  const auto delivery = sink->deliver(parcel_of("test_failure"), {});

  ASSERT_FALSE(delivery);
  EXPECT_EQ(delivery.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(whole(delivery.error()), Not(HasSubstr("HOOK")));
  EXPECT_FALSE(sink->perhaps_delivered());
}

struct OptionsCase {
  std::string name;
  SlackOptions options;
};
void PrintTo(const OptionsCase& row, std::ostream* out) { *out << row.name; }

class WrongSlackOptions : public testing::TestWithParam<OptionsCase> {};

TEST_P(WrongSlackOptions, AreAnErrorOfTheSettings) {
  const auto delivery = slack_sink(GetParam().options)->deliver(parcel_of("test_failure"), {});

  ASSERT_FALSE(delivery);
  EXPECT_EQ(delivery.error().kind, ErrorKind::settings) << whole(delivery.error());
  EXPECT_THAT(whole(delivery.error()), Not(HasSubstr("HOOK.slack")));
  EXPECT_THAT(whole(delivery.error()), Not(HasSubstr("TOKEN")));
}

INSTANTIATE_TEST_SUITE_P(
    Options, WrongSlackOptions,
    testing::Values(OptionsCase{"none", {}}, OptionsCase{"no_channel", {.webhook_url = {}, .token = token}},
                    OptionsCase{"no_url", {.webhook_url = "HOOK.slack/services/secret"}},
                    OptionsCase{"not_encrypted", {.webhook_url = "http://HOOK.slack.example/services/secret"}},
                    OptionsCase{"line_break_in_the_token",
                                {.token = token + "\r\nX: y", .channel = "c", .api_url = "http://127.0.0.1:1"}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::sinks
