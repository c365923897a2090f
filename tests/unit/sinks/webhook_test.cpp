#include "sinks/webhook.hpp"

#include "sinks/report_json.hpp"
#include "support/golden.hpp"
#include "support/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <ctime>

namespace agent::sinks {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using test::HttpServer;
using test::SeenRequest;
using test::Talk;
using testing::HasSubstr;
using testing::Not;

const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string secret_path = "/hooks/hookHOOKhook";

Parcel parcel() {
  Report report;
  report.target = "log a";
  report.created_at = "2026-11-21T08:30:00.123Z";
  report.verdict = Verdict::failing;
  report.cause = "a\xFFz ##[error]";
  return {report, "00112233445566aa", "https://forge.example/o/r/issues/41"};
}

WebhookOptions options_for(const HttpServer& server) {
  net::ClientOptions http;
  http.first_retry_wait = 1ms;
  http.idle_timeout = 300ms;
  return {.url = server.url(secret_path), .secret = secret, .http = http};
}

// From the specification's page; the same by: openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary | base64
TEST(WebhookSignature, IsThatOfStandardWebhooks) {
  const auto signature =
      webhook_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})");

  ASSERT_TRUE(signature);
  EXPECT_EQ(*signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

// From https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
TEST(WebhookSignature, IsThatOfGitHub) {
  EXPECT_EQ(hub_signature("It's a Secret to Everybody", "Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST(WebhookSignature, TakesAnyTextAsKey) {
  // printf 'id.7.body' | openssl dgst -sha256 -hmac 'plain text' -binary | base64
  EXPECT_EQ(webhook_signature("plain text", "id", 7, "body").value(),
            "v1,wtPEBTxAwE4NqNi1jjzsSzrcGKf3nxyspD8A+/mJAM0=");
}

TEST(Webhook, SendsTheReportSigned) {
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(204); });
  const auto sink = webhook_sink(options_for(server));

  const auto delivery = sink->deliver(parcel(), {});

  ASSERT_TRUE(delivery) << describe(delivery.error());
  const SeenRequest seen = server.seen().at(0);
  const Json body = Json::parse(seen.body);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, secret_path);
  EXPECT_EQ(seen.header("content-type"), "application/json");
  EXPECT_EQ(body["type"], "report.failing");
  EXPECT_EQ(body["timestamp"], "2026-11-21T08:30:00.123Z");
  EXPECT_EQ(body["data"]["id"], "00112233445566aa");
  EXPECT_EQ(body["data"]["issue_url"], "https://forge.example/o/r/issues/41");
  EXPECT_EQ(body["data"]["report"], to_json(parcel().report));
  EXPECT_EQ(seen.header("webhook-id"), "report_00112233445566aa");
  const auto seconds = std::stoll(seen.header("webhook-timestamp"));
  EXPECT_NEAR(static_cast<double>(seconds), static_cast<double>(std::time(nullptr)), 60);
  EXPECT_EQ(seen.header("webhook-signature"),
            webhook_signature(secret, "report_00112233445566aa", seconds, seen.body).value());
  EXPECT_EQ(seen.header("x-hub-signature-256"), hub_signature(secret, seen.body));
  EXPECT_TRUE(sink->knows_parcels());
  EXPECT_EQ(sink->name(), "webhook 127.0.0.1:" + std::to_string(server.port()));
}

// tests/deliveries/run signs what is stored here by another implementation.
TEST(Webhook, SignsAsIsStored) {
  constexpr std::int64_t seconds = 1'764'000'000;
  const HttpServer server([](const SeenRequest&, Talk& talk) { talk.answer(200); });
  Json messages = Json::array();
  for (const std::string name : {"test_failure", "hostile"}) {
    const auto report = parse_report(test::read_source_file("tests/data/reports/" + name + ".json"));
    ASSERT_TRUE(report);
    ASSERT_TRUE(webhook_sink(options_for(server))->deliver({*report, name, "https://forge.example/i/1"}, {}));
    const std::string body = server.seen().back().body, id = "report_" + name;
    messages.push_back({{"secret", secret},
                        {"id", id},
                        {"seconds", seconds},
                        {"signature", webhook_signature(secret, id, seconds, body).value()},
                        {"hub", hub_signature(secret, body)},
                        {"body", body}});
  }

  test::expect_golden("tests/data/webhook/signed.json", messages.dump(2) + "\n");
}

TEST(Webhook, HasTheSameIdEachTime) {
  std::atomic<int> requests = 0;
  const HttpServer server([&](const SeenRequest&, Talk& talk) {
    if (requests++ == 0) return talk.cut();
    talk.answer(requests == 2 ? 503 : 200);
  });

  ASSERT_TRUE(webhook_sink(options_for(server))->deliver(parcel(), {}));

  ASSERT_EQ(server.seen().size(), 3U);
  for (const SeenRequest& seen : server.seen()) EXPECT_EQ(seen.header("webhook-id"), "report_00112233445566aa");
}

struct AnswerCase {
  std::string name;
  int status = 200;
  std::string body;
  ErrorKind kind = ErrorKind::bug;
  std::string word;
};
void PrintTo(const AnswerCase& row, std::ostream* out) { *out << row.name; }

class WebhookAnswers : public testing::TestWithParam<AnswerCase> {};

TEST_P(WebhookAnswers, IsToldWithoutItsAddress) {
  const HttpServer server([](const SeenRequest&, Talk& talk) {
    talk.answer(GetParam().status, GetParam().body, {{"Location", "/elsewhere"}});
  });

  const auto delivery = webhook_sink(options_for(server))->deliver(parcel(), {});

  ASSERT_FALSE(delivery);
  EXPECT_EQ(delivery.error().kind, GetParam().kind);
  EXPECT_THAT(describe(delivery.error()), HasSubstr(GetParam().word));
  EXPECT_THAT(describe(delivery.error()), Not(HasSubstr("hookHOOK")));
  EXPECT_THAT(describe(delivery.error()), Not(HasSubstr("whsec_")));
  EXPECT_THAT(describe(delivery.error()), Not(HasSubstr("\x1b")));
  for (const SeenRequest& seen : server.seen()) EXPECT_EQ(seen.target, secret_path);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, WebhookAnswers,
    testing::Values(AnswerCase{"wrong_signature", 401, "signature\x1b[31m differs", ErrorKind::unauthorised, "differs"},
                    AnswerCase{"forbidden", 403, "", ErrorKind::forbidden, "403"},
                    AnswerCase{"gone", 410, "", ErrorKind::target_not_found, "410"},
                    AnswerCase{"page_that_repeats_the_address", 404, "no " + secret_path + " here",
                               ErrorKind::target_not_found, "404"},
                    AnswerCase{"page", 400, "<html>no", ErrorKind::delivery_failed, "400"},
                    AnswerCase{"redirect", 308, "", ErrorKind::delivery_failed, "redirects"},
                    AnswerCase{"broken_server", 500, std::string(100'000, 'x'), ErrorKind::delivery_failed, "500"}),
    [](const auto& info) { return info.param.name; });

TEST(Webhook, NamesNoPathWhereNobodyListens) {
  std::string url;
  {
    const HttpServer gone([](const SeenRequest&, Talk& talk) { talk.answer(200); });
    url = gone.url(secret_path);
  }
  net::ClientOptions http;
  http.max_retries = 0;

  const auto delivery = webhook_sink({.url = url, .secret = secret, .http = http})->deliver(parcel(), {});

  ASSERT_FALSE(delivery);
  EXPECT_EQ(delivery.error().kind, ErrorKind::unreachable);
  EXPECT_THAT(describe(delivery.error()), Not(HasSubstr("hookHOOK")));
}

struct OptionsCase {
  std::string name, url, secret;
};
void PrintTo(const OptionsCase& row, std::ostream* out) { *out << row.name; }

class WrongWebhookOptions : public testing::TestWithParam<OptionsCase> {};

TEST_P(WrongWebhookOptions, AreAnErrorOfTheSettings) {
  const auto delivery =
      webhook_sink({.url = GetParam().url, .secret = GetParam().secret, .http = {}})->deliver(parcel(), {});

  ASSERT_FALSE(delivery);
  EXPECT_EQ(delivery.error().kind, ErrorKind::settings);
  EXPECT_THAT(describe(delivery.error()), Not(HasSubstr("hidden")));
}

INSTANTIATE_TEST_SUITE_P(Options, WrongWebhookOptions,
                         testing::Values(OptionsCase{"no_secret", "http://127.0.0.1:1/", ""},
                                         OptionsCase{"empty_key", "http://127.0.0.1:1/", "whsec_"},
                                         OptionsCase{"no_base64", "http://127.0.0.1:1/", "whsec_hidden!"},
                                         OptionsCase{"no_url", "hidden", "s"},
                                         OptionsCase{"other_scheme", "ftp://hidden.example/", "s"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::sinks
