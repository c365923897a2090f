#include "mcp/oauth_client.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::mcp {
namespace {

struct MethodCase {
  std::string name, registered, secret;
  std::vector<std::string> offered;
  std::string expected;
};

class AuthMethod : public testing::TestWithParam<MethodCase> {};

TEST_P(AuthMethod, IsWhatBothSidesCanDo) {
  const Registration who{.client_id = "id", .client_secret = GetParam().secret, .auth_method = GetParam().registered};
  AuthorizationServer server;
  server.auth_methods = GetParam().offered;

  EXPECT_EQ(auth_method(who, server, {}), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Offers, AuthMethod,
    testing::Values(
        MethodCase{"what_was_registered", "client_secret_post", "s", {"client_secret_basic"}, "client_secret_post"},
        MethodCase{"no_secret", "", "", {"client_secret_basic"}, "none"},
        MethodCase{"no_offer", "", "s", {}, "client_secret_basic"},
        MethodCase{"both", "", "s", {"client_secret_post", "client_secret_basic"}, "client_secret_basic"},
        MethodCase{"post_alone", "", "s", {"client_secret_post"}, "client_secret_post"},
        MethodCase{"none_alone", "", "s", {"none"}, "none"},
        MethodCase{"what_we_cannot_do", "", "s", {"tls_client_auth"}, "client_secret_post"}),
    [](const auto& info) { return info.param.name; });

TEST(AddClient, EncodesIdAndSecretBeforeBasic) {
  Form form;
  std::vector<net::Header> headers;

  ASSERT_TRUE(add_client(form, headers, {"https://a:b", "s+ é", "client_secret_basic", "", "", 0}, {}, {}, {}));

  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(encode(form), "client_id=https%3A%2F%2Fa%3Ab") << "the Python SDK's server wants it there, too";
  EXPECT_EQ(headers[0].value, "Basic " + base64("https%3A%2F%2Fa%3Ab:s%2B%20%C3%A9"));
}

TEST(AddClient, PutsTheSecretIntoTheFormForPost) {
  Form form;
  std::vector<net::Header> headers;

  ASSERT_TRUE(add_client(form, headers, {"id", "s&x", "client_secret_post", "", "", 0}, {}, {}, {}));

  EXPECT_TRUE(headers.empty());
  EXPECT_EQ(encode(form), "client_id=id&client_secret=s%26x");
}

TEST(AddClient, NamesAPublicClientOnly) {
  Form form;
  std::vector<net::Header> headers;

  ASSERT_TRUE(add_client(form, headers, {"id", "", "none", "", "", 0}, {}, {}, {}));

  EXPECT_TRUE(headers.empty());
  EXPECT_EQ(encode(form), "client_id=id");
}

}  // namespace
}  // namespace agent::mcp
