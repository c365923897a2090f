#include "mcp/oauth.hpp"

#include "unit/mcp/oauth_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace agent::mcp {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST_F(SignIn, HappensOnceAtTheFirstChallenge) {
  const auto authorizer = make(options());

  EXPECT_EQ(authorizer->authorization(soon(), {}), "") << "nothing is asked before";
  EXPECT_EQ(call(*authorizer), 200);
  EXPECT_EQ(call(*authorizer), 200);

  EXPECT_EQ(visits_, 1);
  EXPECT_THAT(fake_.sent_to("/as1/register"), SizeIs(1));
  EXPECT_THAT(fake_.sent_to("/as1/token"), SizeIs(1));
  EXPECT_THAT(fake_.sent_to("/as1/token")[0], HasSubstr("code_verifier="));
  EXPECT_THAT(learnt_, Contains("access-1"));
  EXPECT_THAT(learnt_, Contains("refresh-1"));
}

TEST_F(SignIn, HoldsForTheNextProcess) {
  ASSERT_EQ(call(*make(options())), 200);

  auto next = options();
  next.visit = nullptr;
  EXPECT_EQ(call(*make(next)), 200);

  EXPECT_THAT(fake_.sent_to("/as1/token"), SizeIs(1));
}

TEST_F(SignIn, IsRefreshedBeforeItsEnd) {
  const auto authorizer = make(options());
  ASSERT_EQ(call(*authorizer), 200);

  clock_.seconds = 3571;
  EXPECT_EQ(authorizer->authorization(soon(), {}), "Bearer access-2");

  EXPECT_EQ(call(*authorizer), 200);
  EXPECT_EQ(visits_, 1);
  EXPECT_THAT(fake_.sent_to("/as1/token")[1], HasSubstr("refresh_token=refresh-1&resource=http"));
}

TEST_F(SignIn, IsRefreshedByTheNextProcess) {
  ASSERT_EQ(call(*make(options())), 200);
  clock_.seconds = 4000;

  auto next = options();
  next.visit = nullptr;
  EXPECT_EQ(call(*make(next)), 200);
}

TEST_F(SignIn, IsRefreshedWhenTheServerRefusesIt) {
  const auto authorizer = make(options());
  ASSERT_EQ(call(*authorizer), 200);
  fake_.forget_tokens();
  clock_.seconds = 60;

  EXPECT_EQ(call(*authorizer), 200);

  EXPECT_EQ(visits_, 1);
}

TEST_F(SignIn, TakesWhatAnotherProcessRefreshed) {
  const auto one = make(options()), other = make(options());
  ASSERT_EQ(call(*one), 200);
  ASSERT_EQ(call(*other), 200);
  clock_.seconds = 3590;
  ASSERT_EQ(call(*one), 200);

  EXPECT_EQ(other->authorization(soon(), {}), "Bearer access-2");

  EXPECT_THAT(fake_.sent_to("/as1/token"), SizeIs(2)) << "a refresh token is for one use";
}

TEST_F(SignIn, HappensAgainWhenTheRefreshIsRefused) {
  const auto authorizer = make(options());
  ASSERT_EQ(call(*authorizer), 200);
  fake_.forget_tokens();
  fake_.refreshes = false;
  clock_.seconds = 60;

  EXPECT_EQ(call(*authorizer), 200);

  EXPECT_EQ(visits_, 2);
  EXPECT_THAT(fake_.sent_to("/as1/register"), SizeIs(1)) << "the client is the same";
}

TEST_F(SignIn, EndsWhereNoTokenIsEverAccepted) {
  fake_.accepts = false;
  const auto authorizer = make(options());

  EXPECT_EQ(call(*authorizer), 401);
  const auto second = call(*authorizer);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what, "the MCP server refuses the token that its authorization server gave");
  EXPECT_EQ(visits_, 1);
}

TEST_F(SignIn, AsksForMoreScopesBesidesThoseBefore) {
  const auto authorizer = make(options());
  ASSERT_EQ(call(*authorizer), 200);
  fake_.needs = "write";

  EXPECT_EQ(call(*authorizer), 200);

  EXPECT_THAT(fake_.sent_to("/as1/authorize")[1], HasSubstr("scope=read%20write&"));
}

TEST_F(SignIn, DoesNotAskForTheSameScopesTwice) {
  const auto authorizer = make(options());
  ASSERT_EQ(call(*authorizer), 200);
  const std::string value = *authorizer->authorization(soon(), {});
  const std::string challenge = R"(Bearer error="insufficient_scope", scope="read")";

  EXPECT_EQ(authorizer->challenged(403, challenge, value, soon(), {}), false);

  EXPECT_EQ(visits_, 1);
}

TEST_F(SignIn, AsksForMoreScopesAtMostFiveTimes) {
  const auto authorizer = make(options());
  ASSERT_EQ(call(*authorizer), 200);

  for (int n = 0; n < 10; ++n) {
    const std::string challenge = R"(Bearer error="insufficient_scope", scope="s)" + std::to_string(n) + "\"";
    const std::string value = *authorizer->authorization(soon(), {});
    EXPECT_EQ(authorizer->challenged(403, challenge, value, soon(), {}), n < 5) << n;
  }

  EXPECT_EQ(visits_, 6);
}

TEST_F(SignIn, IsNotTriedForOtherRefusals) {
  const auto authorizer = make(options());

  EXPECT_EQ(authorizer->challenged(403, "Bearer error=\"access_denied\"", "", soon(), {}), false);
  EXPECT_EQ(authorizer->challenged(404, "Bearer scope=\"a\"", "", soon(), {}), false);

  EXPECT_EQ(visits_, 0);
}

TEST_F(SignIn, NeedsSomebodyWhoCan) {
  auto alone = options();
  alone.visit = nullptr;

  const auto status = call(*make(alone));

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(status.error().what, "the MCP server wants a user to sign in");
  EXPECT_THAT(fake_.sent_to("/as1/register"), IsEmpty()) << "nothing is registered in vain";
}

TEST_F(SignIn, RegistersAgainAtAnotherAuthorizationServer) {
  const auto authorizer = make(options());
  ASSERT_EQ(call(*authorizer), 200);
  fake_.forget_tokens();
  fake_.issuer = "/as2";

  EXPECT_EQ(call(*authorizer), 200);

  EXPECT_THAT(fake_.sent_to("/as2/register"), SizeIs(1));
  ASSERT_THAT(fake_.sent_to("/as2/token"), SizeIs(1));
  EXPECT_THAT(fake_.sent_to("/as2/token")[0], Not(HasSubstr("refresh-1")));
  EXPECT_THAT(fake_.sent_to("/as2/token")[0], HasSubstr("client_id=client-of%2Fas2"));
}

TEST_F(SignIn, GivesAConfiguredSecretToOneIssuerOnly) {
  auto configured = options();
  configured.client.id = "configured";
  configured.client.secret = "top-secret";
  const auto authorizer = make(configured);
  ASSERT_EQ(call(*authorizer), 200);
  fake_.forget_tokens();
  fake_.issuer = "/as2";

  const auto same_process = call(*authorizer), next_process = call(*make(configured));

  ASSERT_FALSE(same_process);
  EXPECT_THAT(same_process.error().what, HasSubstr("another authorization server than the one that the client id"));
  EXPECT_FALSE(next_process);
  EXPECT_THAT(fake_.sent_to("/as2/token"), IsEmpty());
}

TEST_F(SignIn, GivesAConfiguredSecretToNoIssuerElsewhereUnlessThatIsConfigured) {
  const test::HttpServer elsewhere([&](const test::SeenRequest& request, test::Talk& talk) {
    if (request.target.ends_with("/token")) return talk.answer(400, R"({"error":"unauthorized_client"})");
    const std::string issuer = "http://" + request.header("host");
    talk.answer(200, Json{{"issuer", issuer}, {"token_endpoint", issuer + "/token"}}.dump());
  });
  fake_.resource_changes = {{"authorization_servers", {elsewhere.url("")}}};
  auto service = options();
  service.grant = OAuthGrant::client_credentials;
  service.client.id = "service";
  service.client.secret = "top-secret";

  const auto refused = call(*make(service));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::settings) << describe(refused.error());
  EXPECT_THAT(refused.error().fix, HasSubstr("oauth.issuer to '" + elsewhere.url("") + "'"));
  service.client.issuer = elsewhere.url("");
  const auto asked = call(*make(service));
  ASSERT_FALSE(asked);
  EXPECT_THAT(describe(asked.error()), HasSubstr("unauthorized_client"));
}

TEST_F(SignIn, ByClientCredentialsNeedsNobody) {
  auto service = options();
  service.visit = nullptr;
  service.grant = OAuthGrant::client_credentials;
  service.client.id = "service";
  service.client.secret = "top-secret";
  fake_.server_changes = {{"token_endpoint_auth_methods_supported", {"client_secret_post"}}};

  EXPECT_EQ(call(*make(service)), 200);

  EXPECT_THAT(fake_.sent_to("/as1/token")[0], HasSubstr("grant_type=client_credentials&scope=read&resource=http"));
  EXPECT_THAT(fake_.sent_to("/as1/token")[0], HasSubstr("&client_id=service&client_secret=top-secret"));
}

TEST_F(SignIn, WorksAtAServerOf2025March) {
  fake_.has_metadata = false;
  fake_.challenge = "Bearer";
  const auto authorizer = make(options());

  EXPECT_EQ(call(*authorizer), 200);

  ASSERT_THAT(fake_.sent_to("/token"), SizeIs(1));
  EXPECT_THAT(fake_.sent_to("/token")[0], Not(HasSubstr("resource=")));
}

TEST_F(SignIn, RegistersAgainAfterOneThatFailed) {
  auto with_failure = options();
  bool fails = false;
  with_failure.visit = [&, visit = with_failure.visit](const auto& url, const auto& uri, const Limits& limits) {
    if (std::exchange(fails, false)) return Result<std::string>(fail(ErrorKind::deadline, "nobody came"));
    return visit(url, uri, limits);
  };
  ASSERT_EQ(call(*make(with_failure)), 200);
  fake_.forget_tokens();
  fake_.refreshes = false;
  fails = true;

  EXPECT_FALSE(call(*make(with_failure)));
  EXPECT_EQ(call(*make(with_failure)), 200);

  EXPECT_THAT(fake_.sent_to("/as1/register"), SizeIs(2)) << "the server may have lost its clients";
}

TEST_F(SignIn, SaysThatAServerWithoutAnyOfItNeedsAToken) {
  const test::HttpServer server(
      [](const test::SeenRequest& request, test::Talk& talk) { talk.answer(request.target == "/mcp" ? 401 : 404); });
  auto elsewhere = options();
  elsewhere.server_url = server.url("/mcp");

  const auto again = make(elsewhere)->challenged(401, "", "", soon(), {});

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().what, "the MCP server wants credentials, and does not say how to sign in");
  EXPECT_EQ(again.error().fix, "give it a token");
  EXPECT_EQ(visits_, 0);
}

TEST_F(SignIn, IsDoneByOneOfManyThreads) {
  const auto authorizer = make(options());

  std::vector<std::jthread> threads;
  for (int n = 0; n < 8; ++n) threads.emplace_back([&] { EXPECT_EQ(call(*authorizer), 200); });
  threads.clear();

  EXPECT_EQ(visits_, 1);
}

TEST_F(SignIn, OfAnotherThreadIsWaitedForUntilTheDeadline) {
  auto slow = options();
  std::stop_source done;
  std::atomic<bool> visiting = false;
  slow.visit = [&](const std::string&, const std::string&, const Limits&) -> Result<std::string> {
    visiting = true;
    visiting.notify_all();
    while (!done.stop_requested()) std::this_thread::yield();
    return fail(ErrorKind::interrupted, "the user went away");
  };
  const auto authorizer = make(slow);
  std::jthread other([&] { EXPECT_FALSE(call(*authorizer)); });
  visiting.wait(false);

  const auto late = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  const auto waited = authorizer->challenged(401, "Bearer", "", late, {});
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = authorizer->challenged(401, "Bearer", "", soon(), stop.get_token());
  done.request_stop();

  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::deadline);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
}

struct MetadataCase {
  std::string name;
  Json resource, server;
  std::string says;
};

class SignInByBadMetadata : public SignIn, public testing::WithParamInterface<MetadataCase> {};

TEST_P(SignInByBadMetadata, IsRefusedBeforeAUserIsAsked) {
  fake_.resource_changes = GetParam().resource;
  fake_.server_changes = GetParam().server;

  const auto status = call(*make(options()));

  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().what, HasSubstr(GetParam().says));
  EXPECT_EQ(visits_, 0);
  EXPECT_THAT(fake_.sent_to("/as1/token"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Documents, SignInByBadMetadata,
    testing::Values(
        MetadataCase{"another_resource", {{"resource", "https://evil.example/mcp"}}, {}, "is of another resource"},
        MetadataCase{"no_resource", {{"resource", nullptr}}, {}, "is of another resource"},
        MetadataCase{"another_issuer", {}, {{"issuer", "https://evil.example"}}, "is of another issuer"},
        MetadataCase{"an_issuer_that_is_no_text", {}, {{"issuer", {1, 2}}}, "is of another issuer"},
        MetadataCase{
            "no_authorization_server_metadata", {{"authorization_servers", {"http://localhost:1/as"}}}, {}, ""},
        MetadataCase{"an_issuer_that_is_no_url", {{"authorization_servers", {"no url"}}}, {}, "is no web URL"},
        MetadataCase{"cloud_metadata",
                     {{"authorization_servers", {"https://169.254.169.254/x"}}},
                     {},
                     "is at an internal address"},
        MetadataCase{"http_somewhere_else", {{"authorization_servers", {"http://8.8.8.8/x"}}}, {}, "is not https"},
        MetadataCase{"no_pkce", {}, {{"code_challenge_methods_supported", nullptr}}, "PKCE"},
        MetadataCase{"a_script_to_open", {}, {{"authorization_endpoint", "javascript:alert(1)"}}, "no http or https"},
        MetadataCase{"a_file_to_open", {}, {{"authorization_endpoint", "file:///etc/passwd"}}, "no http or https"},
        MetadataCase{"an_option_to_open", {}, {{"authorization_endpoint", "--help"}}, "no http or https"},
        MetadataCase{"no_registration", {}, {{"registration_endpoint", nullptr}}, "registers no clients"}),
    [](const auto& info) { return info.param.name; });

struct TokenAnswerCase {
  std::string name;
  int status = 200;
  std::string body, says;
};

class SignInByBadAnswer : public SignIn, public testing::WithParamInterface<TokenAnswerCase> {};

TEST_P(SignInByBadAnswer, IsAnErrorInOurOwnWords) {
  fake_.token_answer = [](test::Talk& talk) { talk.answer(GetParam().status, GetParam().body); };

  const auto status = call(*make(options()));

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::unauthorised);
  EXPECT_EQ(status.error().what, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, SignInByBadAnswer,
    testing::Values(
        TokenAnswerCase{"an_error", 400, R"({"error":"invalid_target","error_description":"s3cr3t"})",
                        "the authorization server gives no token: 'invalid_target'"},
        TokenAnswerCase{"an_error_with_status_200", 200, R"({"error":"invalid_scope"})",
                        "the authorization server gives no token: 'invalid_scope'"},
        TokenAnswerCase{"an_error_of_many_words", 400, R"({"error":"Go to https://evil"})",
                        "the authorization server gives no token: status 400"},
        TokenAnswerCase{"a_page", 200, "<html>", "the token endpoint's answer has no token"},
        TokenAnswerCase{"a_redirect", 302, "", "the authorization server gives no token: status 302"},
        TokenAnswerCase{"a_token_with_a_line_break", 200, R"({"access_token":"a\r\nX: y","token_type":"bearer"})",
                        "the token endpoint's answer has no token"},
        TokenAnswerCase{"a_token_that_is_no_text", 200, R"({"access_token":{"a":1}})",
                        "the token endpoint's answer has no token"},
        TokenAnswerCase{"another_kind", 200, R"({"access_token":"a","token_type":"mac"})",
                        "the authorization server gives no bearer token, but another kind"},
        TokenAnswerCase{"deep_json", 200, std::string(100'000, '['), "the token endpoint's answer has no token"}),
    [](const auto& info) { return info.param.name; });

struct LifeCase {
  std::string name, expires_in;
  int lives_seconds;
};

class SignInWithALife : public SignIn, public testing::WithParamInterface<LifeCase> {};

TEST_P(SignInWithALife, EndsHalfAMinuteBeforeIt) {
  fake_.token_answer = [](test::Talk& talk) {
    talk.answer(200, R"({"access_token":"a","token_type":"Bearer","expires_in":)" + GetParam().expires_in + "}");
  };
  const auto authorizer = make(options());
  ASSERT_EQ(authorizer->challenged(401, "", "", soon(), {}), true);

  clock_.seconds = GetParam().lives_seconds - 1;
  EXPECT_EQ(authorizer->authorization(soon(), {}), "Bearer a");
  clock_.seconds = GetParam().lives_seconds;
  EXPECT_EQ(authorizer->authorization(soon(), {}), "");
}

INSTANTIATE_TEST_SUITE_P(Values, SignInWithALife,
                         testing::Values(LifeCase{"a_number", "100", 70}, LifeCase{"a_text", "\"100\"", 70},
                                         LifeCase{"a_fraction", "100.9", 70},
                                         LifeCase{"a_huge_one", "1e300", 316'224'000 - 30}),
                         [](const auto& info) { return info.param.name; });

TEST_F(SignIn, HoldsWhereTheTokenHasNoEnd) {
  fake_.token_answer = [](test::Talk& talk) { talk.answer(200, R"({"access_token":"a","expires_in":-1})"); };
  const auto authorizer = make(options());
  ASSERT_EQ(authorizer->challenged(401, "", "", soon(), {}), true);

  clock_.seconds = 1'000'000;

  EXPECT_EQ(authorizer->authorization(soon(), {}), "Bearer a");
}

TEST_F(SignIn, FollowsNoMetadataToAnInternalAddress) {
  const test::HttpServer elsewhere([](const test::SeenRequest&, test::Talk& talk) {
    talk.answer(302, "", {{"Location", "http://169.254.169.254/latest/meta-data"}});
  });
  fake_.challenge = "Bearer resource_metadata=\"" + elsewhere.url("/x") + "\"";

  const auto status = call(*make(options()));

  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "the protected resource metadata is not https");
}

TEST_F(SignIn, FollowsMetadataThatMoved) {
  const test::HttpServer elsewhere([this](const test::SeenRequest&, test::Talk& talk) {
    talk.answer(307, "", {{"Location", fake_.url("/.well-known/oauth-protected-resource/mcp")}});
  });
  fake_.challenge = "Bearer resource_metadata=\"" + elsewhere.url("/x") + "\"";

  EXPECT_EQ(call(*make(options())), 200);
}

struct OptionsCase {
  std::string name;
  OAuthOptions options;
};

class BadOAuthOptions : public testing::TestWithParam<OptionsCase> {};

TEST_P(BadOAuthOptions, AreErrorsOfSettings) {
  const auto made = OAuthAuthorizer::make(GetParam().options);

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::settings);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadOAuthOptions,
    testing::Values(OptionsCase{"no_server", {}}, OptionsCase{"a_server_that_is_no_url", {.server_url = "h"}},
                    OptionsCase{"a_document_by_http",
                                {.server_url = "https://h", .client = {.document_url = "http://h/client.json"}}},
                    OptionsCase{"credentials_without_a_client",
                                {.server_url = "https://h", .grant = OAuthGrant::client_credentials}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::mcp
