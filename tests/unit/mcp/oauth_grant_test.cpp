#include "mcp/oauth_grant.hpp"

#include "mcp/oauth_secret.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::mcp {
namespace {

constexpr const char* redirect_uri = "http://127.0.0.1:33418/callback";

AuthorizationServer server_with(bool names_issuer) {
  AuthorizationServer server;
  server.issuer = "https://as.example";
  server.authorization_endpoint = "https://as.example/authorize?tenant=1#x";
  server.code_challenge_methods = {"plain", "S256"};
  server.names_issuer = names_issuer;
  return server;
}

TEST(AuthorizationRequestUrl, AsksAsTheSpecificationSays) {
  const auto request =
      authorization_request(server_with(false), {.client_id = "id &1"}, redirect_uri, "a b", "https://h/mcp");

  ASSERT_TRUE(request);
  EXPECT_EQ(request->url,
            "https://as.example/authorize?tenant=1&response_type=code&client_id=id%20%261"
            "&redirect_uri=http%3A%2F%2F127.0.0.1%3A33418%2Fcallback&state=" +
                request->state + "&code_challenge=" + code_challenge(request->code_verifier) +
                "&code_challenge_method=S256&scope=a%20b&resource=https%3A%2F%2Fh%2Fmcp");
}

TEST(AuthorizationRequestUrl, LeavesOutWhatIsNotKnown) {
  const auto request = authorization_request(server_with(false), {.client_id = "id"}, redirect_uri, "", "");

  ASSERT_TRUE(request);
  EXPECT_FALSE(request->url.contains("scope="));
  EXPECT_FALSE(request->url.contains("resource="));
}

TEST(AuthorizationRequestUrl, AsksForConsentWithOfflineAccess) {
  const auto request =
      authorization_request(server_with(false), {.client_id = "id"}, redirect_uri, "a offline_access", "");

  ASSERT_TRUE(request);
  EXPECT_TRUE(request->url.ends_with("&prompt=consent"));
}

TEST(AuthorizationRequestUrl, NeedsPkceWithS256) {
  AuthorizationServer server = server_with(false);
  server.code_challenge_methods = {"plain"};

  const auto request = authorization_request(server, {.client_id = "id"}, redirect_uri, "", "");

  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().what, "the authorization server does not say that it does PKCE with S256");
}

struct RedirectCase {
  std::string name;
  bool names_issuer;
  std::string redirected, code, error;
};

class CodeIn : public testing::TestWithParam<RedirectCase> {};

TEST_P(CodeIn, TakesOnlyTheAnswerToItsQuestion) {
  const AuthorizationRequest request{"", "st at", "v"};

  const auto code = code_in(GetParam().redirected, request, server_with(GetParam().names_issuer), redirect_uri);

  EXPECT_EQ(code.value_or(""), GetParam().code);
  EXPECT_EQ(code ? "" : code.error().what, GetParam().error);
}

const std::string back = redirect_uri;
constexpr const char* other_issuer = "the sign-in's answer is of another issuer";
constexpr const char* other_state = "the sign-in's answer is not the one to our question (its 'state' differs)";

INSTANTIATE_TEST_SUITE_P(
    Redirects, CodeIn,
    testing::Values(
        RedirectCase{"a_code", false, back + "?code=a%2Bb&state=st+at", "a+b", ""},
        RedirectCase{"a_fragment", false, back + "?code=a&state=st%20at#x&code=b", "a", ""},
        RedirectCase{"the_right_issuer", true, back + "?code=a&state=st%20at&iss=https%3A%2F%2Fas.example", "a", ""},
        RedirectCase{"no_issuer_though_announced", true, back + "?code=a&state=st%20at", "",
                     "the sign-in's answer does not say which issuer it is of"},
        RedirectCase{"another_issuer", true, back + "?code=a&state=st%20at&iss=https://evil", "", other_issuer},
        RedirectCase{"another_issuer_not_announced", false, back + "?code=a&state=st%20at&iss=https://evil", "",
                     other_issuer},
        RedirectCase{"an_issuer_that_only_looks_the_same", true,
                     back + "?code=a&state=st%20at&iss=https%3A%2F%2Fas.example%2F", "", other_issuer},
        RedirectCase{"an_empty_issuer", false, back + "?code=a&state=st%20at&iss=", "", other_issuer},
        RedirectCase{"another_state", false, back + "?code=a&state=x", "", other_state},
        RedirectCase{"no_state", false, back + "?code=a", "", other_state},
        RedirectCase{"an_error", false, back + "?error=access_denied&state=st%20at", "",
                     "the sign-in failed: 'access_denied'"},
        RedirectCase{"an_error_of_another_issuer", false, back + "?error=x&state=st%20at&iss=https://evil", "",
                     other_issuer},
        RedirectCase{"no_code", false, back + "?state=st%20at", "", "the sign-in's answer has no code"},
        RedirectCase{"another_address", false, "http://127.0.0.1:33419/callback?code=a&state=st%20at", "",
                     "the sign-in ended at another address"},
        RedirectCase{"broken_escapes", false, back + "?code=%zz%4&state=st%20at", "%zz%4", ""},
        RedirectCase{"nothing", false, "", "", "the sign-in ended at another address"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::mcp
