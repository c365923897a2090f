#include "mcp/oauth_guard.hpp"

#include "net/call.hpp"
#include "net/resolve.hpp"
#include "support/http_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace agent::mcp {
namespace {

struct PlaceCase {
  std::string name, address;
  Reach reach;
  bool link_local = false;
};

class PlaceOf : public testing::TestWithParam<PlaceCase> {};

TEST_P(PlaceOf, TellsWhoCanReachAnAddress) {
  net::Call call("a test", net::Deadline::max(), {});
  const auto addresses = net::resolve(GetParam().address, 1, "", call);
  ASSERT_TRUE(addresses);

  const Place place = place_of(addresses->front().storage);

  EXPECT_EQ(place.reach, GetParam().reach);
  EXPECT_EQ(place.link_local, GetParam().link_local);
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, PlaceOf,
    testing::Values(
        PlaceCase{"public_v4", "93.184.216.34", Reach::all}, PlaceCase{"public_v6", "2606:2800::1", Reach::all},
        PlaceCase{"loopback", "127.0.0.2", Reach::host}, PlaceCase{"loopback_v6", "::1", Reach::host},
        PlaceCase{"this_host", "0.0.0.0", Reach::host}, PlaceCase{"unspecified_v6", "::", Reach::host},
        PlaceCase{"ten", "10.1.2.3", Reach::network}, PlaceCase{"first_of_172", "172.16.0.1", Reach::network},
        PlaceCase{"last_of_172", "172.31.255.255", Reach::network}, PlaceCase{"after_172", "172.32.0.1", Reach::all},
        PlaceCase{"one_nine_two", "192.168.0.1", Reach::network}, PlaceCase{"shared", "100.64.0.1", Reach::network},
        PlaceCase{"after_shared", "100.128.0.1", Reach::all}, PlaceCase{"multicast", "224.0.0.1", Reach::network},
        PlaceCase{"unique_local", "fd00::1", Reach::network}, PlaceCase{"v6_multicast", "ff02::1", Reach::network},
        PlaceCase{"metadata_service", "169.254.169.254", Reach::network, true},
        PlaceCase{"link_local_v6", "fe80::1", Reach::network, true},
        PlaceCase{"mapped_loopback", "::ffff:127.0.0.1", Reach::host},
        PlaceCase{"mapped_public", "::ffff:93.184.216.34", Reach::all},
        PlaceCase{"first_of_benchmarks", "198.18.0.1", Reach::network},
        PlaceCase{"last_of_benchmarks", "198.19.255.255", Reach::network},
        PlaceCase{"after_benchmarks", "198.20.0.1", Reach::all},
        PlaceCase{"protocol_assignments", "192.0.0.8", Reach::network},
        PlaceCase{"after_protocol_assignments", "192.0.1.1", Reach::all},
        PlaceCase{"six_to_four_of_ten", "2002:a01:203::1", Reach::network},
        PlaceCase{"six_to_four_of_loopback", "2002:7f00:1::", Reach::host},
        PlaceCase{"six_to_four_of_the_metadata_service", "2002:a9fe:a9fe::1", Reach::network, true},
        PlaceCase{"six_to_four_of_a_public_one", "2002:5db8:d822::1", Reach::network},
        PlaceCase{"compatible_with_loopback", "::127.0.0.1", Reach::host},
        PlaceCase{"compatible_with_ten", "::10.0.0.1", Reach::network},
        PlaceCase{"compatible_with_a_public_one", "::93.184.216.34", Reach::network},
        PlaceCase{"nat64_to_a_public_one", "64:ff9b::93.184.216.34", Reach::all},
        PlaceCase{"nat64_to_loopback", "64:ff9b::127.0.0.1", Reach::host},
        PlaceCase{"nat64_of_the_network", "64:ff9b:1::93.184.216.34", Reach::network},
        PlaceCase{"nat64_to_the_metadata_service", "64:ff9b::a9fe:a9fe", Reach::network, true}),
    [](const auto& info) { return info.param.name; });

struct GuardCase {
  std::string name, server, url;
  bool allowed;
  bool allow_internal = false;
};

class Guard : public testing::TestWithParam<GuardCase> {};

TEST_P(Guard, AllowsWhatTheServerCouldReachItself) {
  const test::DnsServer dns;  // every name is at 127.0.0.1
  const UrlGuard guard(*net::parse_url(GetParam().server), GetParam().allow_internal, dns.address());

  const auto url = guard.check(GetParam().url, "the token endpoint", {});

  EXPECT_EQ(url.has_value(), GetParam().allowed) << (url ? "" : describe(url.error()));
  if (!url) {
    EXPECT_EQ(url.error().kind, ErrorKind::unauthorised);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Urls, Guard,
    testing::Values(GuardCase{"public_https", "https://8.8.8.8/mcp", "https://1.1.1.1/token", true},
                    GuardCase{"public_http", "https://8.8.8.8/mcp", "http://1.1.1.1/token", false},
                    GuardCase{"its_own_origin_by_http", "http://10.0.0.1/mcp", "http://10.0.0.1/token", true},
                    GuardCase{"another_port_by_http", "http://10.0.0.1/mcp", "http://10.0.0.1:81/token", false},
                    GuardCase{"loopback_from_outside", "https://8.8.8.8/mcp", "http://127.0.0.1:9/token", false},
                    GuardCase{"loopback_by_a_name", "https://8.8.8.8/mcp", "https://inside.example/token", false},
                    GuardCase{"localhost_by_its_name", "https://8.8.8.8/mcp", "https://localhost/token", false},
                    GuardCase{"loopback_from_loopback", "http://127.0.0.1:8/mcp", "http://localhost:9/token", true},
                    GuardCase{"loopback_from_the_network", "https://10.0.0.1/mcp", "http://127.0.0.1:9/token", false},
                    GuardCase{"the_network_from_the_network", "https://10.0.0.1/mcp", "https://192.168.0.1/token",
                              true},
                    GuardCase{"the_network_from_outside", "https://8.8.8.8/mcp", "https://192.168.0.1/token", false},
                    GuardCase{"cloud_metadata", "http://127.0.0.1:8/mcp", "https://169.254.169.254/latest", false},
                    GuardCase{"a_name_without_address", "https://8.8.8.8/mcp", "https://missing.example/token", true},
                    GuardCase{"credentials", "https://8.8.8.8/mcp", "https://u:p@1.1.1.1/token", false},
                    GuardCase{"a_file", "https://8.8.8.8/mcp", "file:///etc/passwd", false},
                    GuardCase{"a_script", "https://8.8.8.8/mcp", "javascript:alert(1)", false},
                    GuardCase{"an_allowed_place", "https://8.8.8.8/mcp", "http://10.0.0.1/token", true, true},
                    GuardCase{"a_file_though_allowed", "https://8.8.8.8/mcp", "file:///etc/passwd", false, true}),
    [](const auto& info) { return info.param.name; });

TEST(Guard, EndsAtTheDeadline) {
  const test::DnsServer dns;
  const UrlGuard guard(*net::parse_url("https://8.8.8.8/"), false, dns.address());
  const Limits limits{std::chrono::steady_clock::now() + std::chrono::milliseconds(20)};

  const auto url = guard.check("https://silent.example/", "the token endpoint", limits);

  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().kind, ErrorKind::deadline);
}

}  // namespace
}  // namespace agent::mcp
