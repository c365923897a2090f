#include "evidence/cluster_units.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace agent::evidence {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr double ki = 1024;
constexpr std::array<std::pair<std::string_view, double>, 16> suffixes{{{"", 1},
                                                                        {"n", 1e-9},
                                                                        {"u", 1e-6},
                                                                        {"m", 1e-3},
                                                                        {"k", 1e3},
                                                                        {"M", 1e6},
                                                                        {"G", 1e9},
                                                                        {"T", 1e12},
                                                                        {"P", 1e15},
                                                                        {"E", 1e18},
                                                                        {"Ki", ki},
                                                                        {"Mi", ki* ki},
                                                                        {"Gi", ki* ki* ki},
                                                                        {"Ti", ki* ki* ki* ki},
                                                                        {"Pi", ki* ki* ki* ki* ki},
                                                                        {"Ei", ki* ki* ki* ki* ki* ki}}};

/// The number at the start of `text`, which is moved behind it.
std::optional<double> take_number(std::string_view& text, std::chars_format form) {
  if (text.empty() || (!is_digit(text.front()) && text.front() != '.' && text.front() != '-')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, form);
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<int> digits(std::string_view text, std::size_t begin, std::size_t size) {
  if (begin + size > text.size()) return std::nullopt;
  const std::string_view part = text.substr(begin, size);
  if (!std::ranges::all_of(part, is_digit)) return std::nullopt;
  int value = 0;
  std::from_chars(part.data(), part.data() + part.size(), value);
  return value;
}

/// "Z", "+02:00": what is to be taken off the local time.
std::optional<std::chrono::minutes> offset(std::string_view zone) {
  if (zone == "Z" || zone == "z") return std::chrono::minutes(0);
  const auto hours = digits(zone, 1, 2);
  const auto minutes = digits(zone, 4, 2);
  if (zone.size() != 6 || !hours || !minutes || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const std::chrono::minutes east{*hours * 60 + *minutes};
  return zone[0] == '-' ? -east : east;
}

}  // namespace

std::optional<double> quantity(std::string_view text) {
  std::string_view rest = text;
  auto value = take_number(rest, std::chars_format::fixed);
  if (!value) return std::nullopt;
  for (const auto& [suffix, factor] : suffixes)
    if (rest == suffix) return *value * factor;
  rest = text;
  value = take_number(rest, std::chars_format::general);  // 1e3, 1E3
  return value && rest.empty() ? value : std::nullopt;
}

std::optional<std::chrono::sys_seconds> timestamp(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  std::string_view zone = text.substr(19);
  if (zone.starts_with('.')) zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  const auto east = offset(zone);
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // Beyond these years the clock's nanoseconds overflow.
  if (*year < 1900 || *year > 2200) return std::nullopt;
  if (!east || !date.ok() || text[4] != '-' || text[13] != ':') return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) - *east;
}

std::optional<std::chrono::seconds> go_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 6> units{
      {{"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"h", 3600}, {"m", 60}, {"s", 1}}};
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto value = take_number(text, std::chars_format::fixed);
    const auto unit = std::ranges::find_if(units, [&](const auto& one) { return text.starts_with(one.first); });
    if (!value || unit == units.end()) return std::nullopt;
    total += *value * unit->second;
    text.remove_prefix(unit->first.size());
  }
  if (std::abs(total) > 1e9) return std::nullopt;  // Thirty years; the clock's nanoseconds overflow at nine times that.
  return std::chrono::seconds(static_cast<std::int64_t>(total));
}

std::string spoken(std::chrono::seconds duration) {
  const auto seconds = std::max<std::int64_t>(duration.count(), 0);
  const auto two = [](std::int64_t large, const char* unit, std::int64_t small, const char* part) {
    return small == 0 ? fmt::format("{} {}", large, unit) : fmt::format("{} {} {} {}", large, unit, small, part);
  };
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return two(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86400) return two(seconds / 3600, "h", seconds % 3600 / 60, "min");
  return two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

}  // namespace agent::evidence
