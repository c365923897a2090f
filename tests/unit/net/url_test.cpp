#include "net/url.hpp"

#include <gtest/gtest.h>

namespace agent::net {
namespace {

struct ShownCase {
  std::string name, text, shown;
};

struct LoopbackCase {
  std::string name, host;
  bool expected = false;
};

class Loopback : public testing::TestWithParam<LoopbackCase> {};

TEST_P(Loopback, IsToldByTheWholeHost) { EXPECT_EQ(is_loopback(GetParam().host), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Hosts, Loopback,
    testing::Values(LoopbackCase{"name", "localhost", true}, LoopbackCase{"name_in_capitals", "LocalHost", true},
                    LoopbackCase{"first_address", "127.0.0.1", true}, LoopbackCase{"another", "127.8.9.10", true},
                    LoopbackCase{"ipv6", "::1", true}, LoopbackCase{"ipv6_in_brackets", "[::1]", true},
                    LoopbackCase{"a_name_that_begins_so", "127.example.org", false},
                    LoopbackCase{"a_name_that_begins_with_the_address", "127.0.0.1.example.org", false},
                    LoopbackCase{"too_many_numbers", "127.0.0.1.5", false},
                    LoopbackCase{"another_network", "10.0.0.1", false}, LoopbackCase{"any_address", "0.0.0.0", false},
                    LoopbackCase{"nothing", "", false}),
    [](const auto& info) { return info.param.name; });

class UrlShown : public testing::TestWithParam<ShownCase> {};

TEST_P(UrlShown, NamesTheServerWithoutSecrets) {
  const auto url = parse_url(GetParam().text);

  EXPECT_EQ(url ? url->shown() : url.error().what, GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, UrlShown,
    testing::Values(
        ShownCase{"plain", "http://Host.Example/a/b", "http://host.example/a/b"},
        ShownCase{"no_path", "https://host", "https://host/"},
        ShownCase{"own_port_left_out", "https://host:443/", "https://host/"},
        ShownCase{"other_port", "https://host:6443/api", "https://host:6443/api"},
        ShownCase{"ipv6", "http://[::1]:8080/", "http://[::1]:8080/"},
        ShownCase{"credentials", "https://user:secret@host/x", "https://host/x"},
        ShownCase{"query_values", "https://host/x?sig=abc&limit=5&flag", "https://host/x?sig=…&limit=…&flag"},
        ShownCase{"query_with_signs", "https://host/?a=b=c&d=", "https://host/?a=…&d=…"},
        ShownCase{"fragment", "https://host/x#part", "https://host/x"},
        ShownCase{"other_scheme", "ftp://user:secret@host/x", "'host/x' is no URL that can be asked"},
        ShownCase{"no_scheme", "host/x?token=secret", "'host/x' is no URL that can be asked"},
        ShownCase{"line_break", "http://host/\r\nX: y", "'X: y' is no URL that can be asked"},
        ShownCase{"blank", "http://host/a b", "'http://host/a b' is no URL that can be asked"},
        ShownCase{"port_too_large", "http://host:65536/", "'http://host:65536/' is no URL that can be asked"},
        ShownCase{"port_zero", "http://host:0/", "'http://host:0/' is no URL that can be asked"},
        ShownCase{"no_host", "http:///x", "'http:///x' is no URL that can be asked"},
        ShownCase{"empty", "", "'' is no URL that can be asked"}),
    [](const auto& info) { return info.param.name; });

TEST(Url, HasANumberForAPort) {
  for (const char* text : {"https://host:port", "https://host:port/x", "https://host:70000/", "https://host:0/"})
    EXPECT_FALSE(parse_url(text)) << text;
}

TEST(Url, HasItsPartsDecodedWhereTheyAreUsedSo) {
  const auto url = *parse_url("http://us%40er:p%3Aw@host:81/a%20b?q=%2F");

  EXPECT_EQ(url.userinfo, "us@er:p:w");
  EXPECT_EQ(url.target, "/a%20b?q=%2F");
  EXPECT_EQ(url.authority(), "host:81");
  EXPECT_EQ(url.origin(), "http://host:81");
}

struct ResolveCase {
  std::string name, location, expected;
};

class UrlResolve : public testing::TestWithParam<ResolveCase> {};

TEST_P(UrlResolve, FollowsALocation) {
  const auto url = resolve_url(*parse_url("https://host/a/b?c"), GetParam().location);

  EXPECT_EQ(url ? url->origin() + url->target : url.error().what, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Locations, UrlResolve,
    testing::Values(ResolveCase{"absolute", "http://other:81/x", "http://other:81/x"},
                    ResolveCase{"path", "/x?y=z", "https://host:443/x?y=z"},
                    ResolveCase{"relative", "x", "https://host:443/a/x"},
                    ResolveCase{"scheme_relative", "//other/x", "https://other:443/x"},
                    ResolveCase{"other_scheme", "file:///etc/passwd",
                                "the server redirects to 'file:///etc/passwd', which is no web URL"},
                    ResolveCase{"nonsense", "http://[", "the server redirects to 'http://[', which is no web URL"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::net
