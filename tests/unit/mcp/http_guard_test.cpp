#include "mcp/http_guard.hpp"

#include <gtest/gtest.h>

namespace agent::mcp {
namespace {

struct GuardCase {
  std::string name, address, host, origin, authorization;
  int status;  ///< 0: served.
};

class HttpGuarded : public testing::TestWithParam<GuardCase> {};

TEST_P(HttpGuarded, ServesWhomItKnows) {
  const auto& row = GetParam();
  const HttpGuard guard(row.address, row.authorization.empty() ? "" : "s3cret", {"agent.test"}, {"https://ui.test"});

  const auto why =
      guard.why_refused({{"Host", row.host}, {"Origin", row.origin}, {"Authorization", row.authorization}});

  EXPECT_EQ(why ? why->status : 0, row.status);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, HttpGuarded,
    testing::Values(
        GuardCase{"loopback", "127.0.0.1", "127.0.0.1:8080", "", "", 0},
        GuardCase{"loopback_by_name", "127.0.0.1", "LocalHost:8080", "http://localhost:3000", "", 0},
        GuardCase{"loopback_of_ipv6", "::1", "[::1]:8080", "http://[::1]:8080", "", 0},
        GuardCase{"loopback_of_ipv6_without_a_port", "::1", "[::1]", "", "", 0},
        GuardCase{"a_name_bound_to_loopback", "127.0.0.1", "evil.example.com", "", "", 403},
        GuardCase{"a_name_that_begins_like_loopback", "127.0.0.1", "127.0.0.1.evil.example.com", "", "", 403},
        GuardCase{"a_name_that_begins_like_localhost", "127.0.0.1", "localhost.evil.example.com:80", "", "", 403},
        GuardCase{"a_page_of_another_site", "127.0.0.1", "127.0.0.1", "http://evil.example.com", "", 403},
        GuardCase{"a_page_without_an_origin", "127.0.0.1", "127.0.0.1", "null", "", 403},
        GuardCase{"a_host_that_is_allowed", "127.0.0.1", "agent.test:80", "", "", 0},
        GuardCase{"an_origin_that_is_allowed", "127.0.0.1", "127.0.0.1", "https://UI.test", "", 0},
        GuardCase{"an_address_that_others_reach", "0.0.0.0", "agent.test", "", "Bearer s3cret", 0},
        GuardCase{"another_name_of_it", "0.0.0.0", "other.test", "", "Bearer s3cret", 403},
        GuardCase{"a_page_of_loopback_to_it", "0.0.0.0", "agent.test", "http://localhost", "Bearer s3cret", 403},
        GuardCase{"the_token", "127.0.0.1", "localhost", "", "bearer  s3cret", 0},
        GuardCase{"another_token", "127.0.0.1", "localhost", "", "Bearer s3cre", 401},
        GuardCase{"a_longer_token", "127.0.0.1", "localhost", "", "Bearer s3cret2", 401},
        GuardCase{"another_scheme", "127.0.0.1", "localhost", "", "Basic s3cret", 401},
        GuardCase{"a_scheme_alone", "127.0.0.1", "localhost", "", "Bearer", 401}),
    [](const auto& info) { return info.param.name; });

TEST(HttpGuard, WantsTheTokenOfAll) {
  EXPECT_EQ(HttpGuard("127.0.0.1", "s3cret", {}, {}).why_refused({{"Host", "localhost"}})->status, 401);
}

}  // namespace
}  // namespace agent::mcp
