#include "net/proxy.hpp"

#include <gtest/gtest.h>

namespace agent::net {
namespace {

struct NoProxyCase {
  std::string name, no_proxy, url;
  bool direct = false;
};

class NoProxy : public testing::TestWithParam<NoProxyCase> {};

TEST_P(NoProxy, DecidesTheWay) {
  const auto proxy = proxy_for(*parse_url(GetParam().url), {"proxy:3128", "proxy:3128", GetParam().no_proxy});

  ASSERT_TRUE(proxy);
  EXPECT_EQ(!proxy->has_value(), GetParam().direct);
}

INSTANTIATE_TEST_SUITE_P(
    Entries, NoProxy,
    testing::Values(NoProxyCase{"none", "", "https://host/", false}, NoProxyCase{"all", "*", "https://host/", true},
                    NoProxyCase{"the_host", "other, Host.example", "https://host.example/", true},
                    NoProxyCase{"a_subdomain", "example.com", "https://a.example.com/", true},
                    NoProxyCase{"only_the_end_is_the_same", "ample.com", "https://example.com/", false},
                    NoProxyCase{"dot_for_a_subdomain", ".example.com", "https://a.example.com/", true},
                    NoProxyCase{"dot_for_the_host_itself", ".example.com", "https://example.com/", false},
                    NoProxyCase{"star_for_a_subdomain", "*.example.com", "https://a.example.com/", true},
                    NoProxyCase{"port", "host:8443", "https://host:8443/", true},
                    NoProxyCase{"another_port", "host:8443", "https://host/", false},
                    NoProxyCase{"address", "10.0.0.1", "https://10.0.0.1:6443/", true},
                    NoProxyCase{"block", "10.0.0.0/9", "https://10.127.255.255/", true},
                    NoProxyCase{"outside_the_block", "10.0.0.0/9", "https://10.128.0.0/", false},
                    NoProxyCase{"whole_space", "0.0.0.0/0", "https://10.128.0.0/", true},
                    NoProxyCase{"block_too_long", "10.0.0.0/33", "https://10.0.0.0/", false},
                    NoProxyCase{"ipv6", "fd00::1", "https://[fd00::1]/", true},
                    NoProxyCase{"ipv6_with_port", "[fd00::1]:6443", "https://[fd00::1]:6443/", true},
                    NoProxyCase{"ipv6_block", "fd00::/8", "https://[fd12::1]/", true},
                    NoProxyCase{"ipv6_outside", "fd00::/8", "https://[fe80::1]/", false},
                    NoProxyCase{"localhost", "", "http://localhost:8080/", true},
                    NoProxyCase{"loopback", "", "http://127.0.0.2/", true},
                    NoProxyCase{"loopback_ipv6", "", "http://[::1]/", true},
                    NoProxyCase{"empty_entries", ",, ,", "https://host/", false}),
    [](const auto& info) { return info.param.name; });

TEST(ProxyFor, TakesTheOneOfTheScheme) {
  const ProxyOptions options{"http://plain:81", "secure", ""};

  EXPECT_EQ(proxy_for(*parse_url("http://host/"), options)->value().host, "plain");
  EXPECT_EQ(proxy_for(*parse_url("https://host/"), options)->value().host, "secure");
  EXPECT_EQ(proxy_for(*parse_url("http://host/"), options)->value().port, 81);
  EXPECT_FALSE(proxy_for(*parse_url("http://host/"), {})->has_value());
}

TEST(ProxyFor, ReadsCredentials) {
  const ProxyOptions options{"http://user:p%40ss@proxy:3128", "", ""};

  EXPECT_EQ(proxy_for(*parse_url("http://host/"), options)->value().authorization, "Basic dXNlcjpwQHNz");
}

TEST(ProxyFor, RefusesWhatItCannotSpeakWithoutShowingIt) {
  for (const std::string wrong : {"https://user:secret@proxy", "socks5://user:secret@proxy", "::secret::"}) {
    const auto proxy = proxy_for(*parse_url("https://host/"), {"", wrong, ""});

    ASSERT_FALSE(proxy);
    EXPECT_EQ(proxy.error().kind, ErrorKind::settings);
    EXPECT_EQ(describe(proxy.error()).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace agent::net
