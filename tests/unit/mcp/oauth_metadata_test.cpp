#include "mcp/oauth_metadata.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::mcp {
namespace {

using testing::ElementsAre;

std::vector<std::string> places(const char* server) { return resource_metadata_urls(*net::parse_url(server)); }

TEST(ResourceMetadataUrls, InsertThePathThenTryTheRoot) {
  EXPECT_THAT(places("https://h/mcp"), ElementsAre("https://h/.well-known/oauth-protected-resource/mcp",
                                                   "https://h/.well-known/oauth-protected-resource"));
  EXPECT_THAT(places("http://h:8080/a/b/?q=1"),
              ElementsAre("http://h:8080/.well-known/oauth-protected-resource/a/b?q=1",
                          "http://h:8080/.well-known/oauth-protected-resource"));
  EXPECT_THAT(places("https://h/"), ElementsAre("https://h/.well-known/oauth-protected-resource"));
}

TEST(IssuerMetadataUrls, AreInTheOrderOfTheSpecification) {
  EXPECT_THAT(*issuer_metadata_urls("https://h/tenant1"),
              ElementsAre("https://h/.well-known/oauth-authorization-server/tenant1",
                          "https://h/.well-known/openid-configuration/tenant1",
                          "https://h/tenant1/.well-known/openid-configuration"));
  EXPECT_THAT(*issuer_metadata_urls("https://h/"), ElementsAre("https://h/.well-known/oauth-authorization-server",
                                                               "https://h/.well-known/openid-configuration"));
  EXPECT_FALSE(issuer_metadata_urls("ftp://h"));
  EXPECT_FALSE(issuer_metadata_urls("https://h/?tenant=1"));
}

struct CoverCase {
  std::string name, resource, server;
  bool expected;
};

class Covers : public testing::TestWithParam<CoverCase> {};

TEST_P(Covers, HoldsForTheServerAndWhatItIsAPartOf) {
  EXPECT_EQ(covers(GetParam().resource, *net::parse_url(GetParam().server)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Resources, Covers,
                         testing::Values(CoverCase{"itself", "https://h/mcp", "https://h/mcp", true},
                                         CoverCase{"its_origin", "https://h", "https://h/mcp", true},
                                         CoverCase{"another_spelling", "HTTPS://H:443/mcp/", "https://h/mcp", true},
                                         CoverCase{"another_host", "https://evil/mcp", "https://h/mcp", false},
                                         CoverCase{"a_longer_host", "https://h.evil/mcp", "https://h/mcp", false},
                                         CoverCase{"another_port", "https://h:444/mcp", "https://h/mcp", false},
                                         CoverCase{"another_scheme", "http://h/mcp", "https://h/mcp", false},
                                         CoverCase{"half_a_segment", "https://h/mc", "https://h/mcp", false},
                                         CoverCase{"a_deeper_path", "https://h/mcp/x", "https://h/mcp", false},
                                         CoverCase{"a_server_whose_path_is_not_known", "https://h/mcp", "https://h",
                                                   true},
                                         CoverCase{"nothing", "", "https://h", false}),
                         [](const auto& info) { return info.param.name; });

TEST(ReadIssuerMetadata, RefusesAnotherIssuer) {
  const Json document{{"issuer", "https://evil"}, {"token_endpoint", "https://h/token"}};

  const auto server = read_issuer_metadata(document, "https://h");

  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().what, "the authorization server's metadata is of another issuer, 'https://evil'");
}

TEST(ReadIssuerMetadata, KeepsTheIssuerAsItWritesItself) {
  const Json document{{"issuer", "https://h"}, {"token_endpoint", "https://h/token"}};

  const auto server = read_issuer_metadata(document, "https://h/");

  ASSERT_TRUE(server);
  EXPECT_EQ(server->issuer, "https://h");
}

TEST(ReadIssuerMetadata, TakesNothingOfAWrongType) {
  const Json document{{"issuer", "https://h"},
                      {"token_endpoint", "https://h/token"},
                      {"scopes_supported", {"a", 1, nullptr}},
                      {"registration_endpoint", {{"x", 1}}},
                      {"code_challenge_methods_supported", "S256"},
                      {"authorization_response_iss_parameter_supported", "true"}};

  const auto server = read_issuer_metadata(document, "https://h");

  ASSERT_TRUE(server);
  EXPECT_THAT(server->scopes_supported, ElementsAre("a"));
  EXPECT_EQ(server->registration_endpoint, "");
  EXPECT_TRUE(server->code_challenge_methods.empty());
  EXPECT_FALSE(server->names_issuer);
}

TEST(ReadIssuerMetadata, NeedsATokenEndpoint) {
  EXPECT_FALSE(read_issuer_metadata({{"issuer", "https://h"}}, "https://h"));
}

}  // namespace
}  // namespace agent::mcp
