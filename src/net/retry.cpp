#include "net/retry.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <ctime>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace agent::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::ranges::find(names, name) != names.end();
}

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::chrono::system_clock::time_point> date(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return {};
  constexpr std::time_t latest = 9'000'000'000;  // in 2255; nanoseconds since 1970 end soon after
  return std::chrono::system_clock::from_time_t(std::clamp(::timegm(&parts), std::time_t{0}, latest));
}

}  // namespace

bool is_idempotent(std::string_view method) {
  return is_one_of(method, std::array<std::string_view, 6>{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"});
}

bool is_busy(int status) {
  constexpr std::array busy{429, 500, 502, 503, 504};
  return std::ranges::find(busy, status) != busy.end();
}

bool is_credential(std::string_view header_name) {
  const auto name = lower(header_name);
  constexpr std::array<std::string_view, 6> known{"authorization", "proxy-authorization", "cookie", "x-api-key",
                                                  "api-key",       "private-token"};
  // Kubernetes' impersonation says who we act for: `Impersonate-User` and the like.
  return is_one_of(name, known) || name.find("token") != std::string::npos || name.starts_with("impersonate-");
}

std::optional<milliseconds> retry_after(std::string_view value, std::chrono::system_clock::time_point now) {
  constexpr long longest = 86'400L * 365;
  value = trim(value);
  long count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error == std::errc{} && end == value.data() + value.size() && count >= 0) {
    return seconds(std::min(count, longest));
  }
  const auto at = date(std::string(value));
  if (!at) return {};
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*at - now));
}

milliseconds Backoff::next() {
  thread_local std::minstd_rand chance{std::random_device{}()};
  std::uniform_int_distribution<milliseconds::rep> between(most_.count() / 2, most_.count());
  most_ *= 2;
  return milliseconds(between(chance));
}

void at_once(std::size_t count, std::size_t most, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  const auto start = [&] {
    try {
      others.emplace_back(run);
      return true;
    } catch (const std::system_error&) {
      return false;  // the system gives no more threads: those that are there do the work
    }
  };
  for (std::size_t i = 1; i < std::min(most, count) && start(); ++i) {
  }
  run();
}

}  // namespace agent::net
