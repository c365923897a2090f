#include "mcp/oauth_browser.hpp"

#include "net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace agent::mcp {
namespace {

using testing::HasSubstr;

constexpr const char* question = "https://as.example/authorize?client_id=x&state=s3cr3t&scope=a";

/// A port that was free a moment ago.
std::string redirect_uri() {
  const auto server = net::HttpServer::listen({}, [](const net::ServerRequest&, net::Responder&) {});
  EXPECT_TRUE(server);
  return "http://127.0.0.1:" + std::to_string(server->port()) + "/callback";
}

net::WholeResponse get(const std::string& url) {
  auto answer = net::HttpClient().fetch({.url = url});
  EXPECT_TRUE(answer) << (answer ? "" : describe(answer.error()));
  return answer ? *std::move(answer) : net::WholeResponse();
}

/// A browser that asks for `urls` one after the other.
class Browser {
 public:
  explicit Browser(std::vector<std::string> urls) : urls_(std::move(urls)) {}
  Show show() {
    return [this](const std::string& authorize_url) {
      shown_ = authorize_url;
      thread_ = std::jthread([this] {
        for (const std::string& url : urls_) answers_.push_back(get(url));
      });
    };
  }
  const std::string& shown() const { return shown_; }
  const std::vector<net::WholeResponse>& answers() {
    if (thread_.joinable()) thread_.join();
    return answers_;
  }

 private:
  std::vector<std::string> urls_;
  std::string shown_;
  std::vector<net::WholeResponse> answers_;
  std::jthread thread_;
};

TEST(SignInByBrowser, GivesTheUrlThatTheBrowserIsSentBackTo) {
  const std::string uri = redirect_uri();
  Browser browser({uri + "?code=a%20b&state=s3cr3t"});

  const auto redirected = by_browser(browser.show())(question, uri, {});

  EXPECT_EQ(redirected, uri + "?code=a%20b&state=s3cr3t");
  EXPECT_EQ(browser.shown(), question);
  EXPECT_THAT(browser.answers().front().body, HasSubstr("You can close this window"));
}

TEST(SignInByBrowser, TakesNothingThatIsNotTheAnswer) {
  const std::string uri = redirect_uri(), origin = uri.substr(0, uri.find("/callback"));
  Browser browser({origin + "/favicon.ico", uri, uri + "?code=evil", uri + "?code=evil&state=s3cr3t1",
                   uri + "?code=evil&xstate=s3cr3t", origin + "/other?state=s3cr3t", uri + "?code=good&state=s3cr3t"});

  const auto redirected = by_browser(browser.show())(question, uri, {});

  EXPECT_EQ(redirected, uri + "?code=good&state=s3cr3t");
  for (std::size_t n = 0; n < 6; ++n) EXPECT_EQ(browser.answers()[n].status, 404) << n;
}

TEST(SignInByBrowser, IsOneAtATime) {
  const std::string uri = redirect_uri();
  std::atomic<int> at_once = 0, most = 0;
  const auto sign_in = [&] {
    std::jthread browser;
    const Show show = [&](const std::string&) {
      most = std::max(most.load(), ++at_once);
      browser = std::jthread([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));  // for others to come
        --at_once;
        get(uri + "?code=good&state=s3cr3t");
      });
    };
    EXPECT_EQ(by_browser(show)(question, uri, {}), uri + "?code=good&state=s3cr3t");
  };

  {
    const std::jthread first(sign_in), second(sign_in), third(sign_in);
  }

  EXPECT_EQ(most, 1);
}

TEST(SignInByBrowser, WaitsForAnotherUntilTheDeadline) {
  std::stop_source stop;
  std::binary_semaphore shown(0);
  const std::string uri = redirect_uri();
  const std::jthread first([&] {
    EXPECT_FALSE(by_browser([&](const std::string&) { shown.release(); })(question, uri, {.stop = stop.get_token()}));
  });
  shown.acquire();

  const auto late = by_browser([](const std::string&) { ADD_FAILURE(); })(
      question, uri, {.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(20)});

  stop.request_stop();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::deadline);
}

TEST(SignInByBrowser, EndsAfterItsTime) {
  const auto redirected =
      by_browser([](const std::string&) {}, std::chrono::milliseconds(20))(question, redirect_uri(), {});

  ASSERT_FALSE(redirected);
  EXPECT_EQ(redirected.error().kind, ErrorKind::deadline);
}

TEST(SignInByBrowser, EndsWhenItIsStopped) {
  std::stop_source stop;

  const auto redirected = by_browser([&](const std::string&) { stop.request_stop(); })(question, redirect_uri(),
                                                                                       {.stop = stop.get_token()});

  ASSERT_FALSE(redirected);
  EXPECT_EQ(redirected.error().kind, ErrorKind::interrupted);
}

struct PlaceCase {
  std::string name, uri;
};

class RedirectUri : public testing::TestWithParam<PlaceCase> {};

TEST_P(RedirectUri, MustBeAtALoopbackAddress) {
  bool shown = false;

  const auto redirected = by_browser([&](const std::string&) { shown = true; })(question, GetParam().uri, {});

  ASSERT_FALSE(redirected);
  EXPECT_EQ(redirected.error().kind, ErrorKind::settings);
  EXPECT_FALSE(shown);
}

INSTANTIATE_TEST_SUITE_P(Uris, RedirectUri,
                         testing::Values(PlaceCase{"every_address", "http://0.0.0.0:33418/callback"},
                                         PlaceCase{"a_name", "http://example.com:33418/callback"},
                                         PlaceCase{"https", "https://127.0.0.1:33418/callback"},
                                         PlaceCase{"a_query", "http://127.0.0.1:33418/callback?x=1"},
                                         PlaceCase{"an_app", "agent://callback"}),
                         [](const auto& info) { return info.param.name; });

TEST(SignInByBrowser, SaysThatThePortIsTaken) {
  const auto other = net::HttpServer::listen({}, [](const net::ServerRequest&, net::Responder&) {});
  const std::string uri = "http://127.0.0.1:" + std::to_string(other->port()) + "/callback";

  const auto redirected = by_browser([](const std::string&) {})(question, uri, {});

  ASSERT_FALSE(redirected);
  EXPECT_EQ(redirected.error().kind, ErrorKind::settings);
}

}  // namespace
}  // namespace agent::mcp
