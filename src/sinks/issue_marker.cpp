#include "sinks/issue_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace agent::sinks {
namespace {

constexpr std::string_view opening = "<!-- agent:";
constexpr std::string_view closing = "-->";
constexpr std::size_t most_line_bytes = 4096;
constexpr std::size_t most_parcels = 30;
constexpr std::size_t most_runs = 5;
constexpr std::size_t most_run_bytes = 300;
constexpr int most_times = 1'000'000;
constexpr std::array<std::pair<Marker::Of, std::string_view>, 3> kinds{
    {{Marker::Of::issue, "issue"}, {Marker::Of::repeats, "repeats"}, {Marker::Of::pull_request, "pull-request"}}};

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

/// 16 hexadecimal digits: a fingerprint, or the id of a parcel.
bool is_id(std::string_view text) { return text.size() == 16 && consists_of(text, "0123456789abcdef"); }

bool is_moment(std::string_view text) {
  return text.size() >= 10 && text.size() <= 35 && consists_of(text, "0123456789TZ:.+-") &&
         text.find("--") == std::string_view::npos;
}

/// Nothing that would end the comment or the list it stands in.
bool is_run(std::string_view text) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#@&=%+";
  return (text.starts_with("https://") || text.starts_with("http://")) && text.size() <= most_run_bytes &&
         consists_of(text, characters) && text.find("--") == std::string_view::npos;
}

template <class Holds>
std::string joined(const std::vector<std::string>& items, std::size_t most, Holds holds) {
  std::string text;
  for (const std::string& item : items) {
    if (!holds(item)) continue;
    if (most-- == 0) break;
    text += (text.empty() ? "" : ",") + item;
  }
  return text;
}

template <class Holds>
std::vector<std::string> split(std::string_view list, std::size_t most, Holds holds) {
  std::vector<std::string> items;
  while (!list.empty() && items.size() < most) {
    const std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    if (holds(item)) items.emplace_back(item);
  }
  return items;
}

int bounded_times(std::string_view digits) {
  int times = 1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), times);
  if (error == std::errc::result_out_of_range) return most_times;
  return error == std::errc{} && end == digits.data() + digits.size() ? std::clamp(times, 1, most_times) : 1;
}

void read_word(Marker& marker, std::string_view word) {
  const std::size_t equals = std::min(word.find('='), word.size());
  const std::string_view key = word.substr(0, equals), value = word.substr(std::min(equals + 1, word.size()));
  if (key == "fingerprint" && is_id(value)) marker.fingerprint = value;
  if (key == "parcels") marker.parcels = split(value, most_parcels, is_id);
  if (key == "times") marker.times = bounded_times(value);
  if (key == "explained") marker.explained = true;
  if (key == "first" && is_moment(value)) marker.first_at = value;
  if (key == "last" && is_moment(value)) marker.last_at = value;
  if (key == "runs") marker.runs = split(value, most_runs, is_run);
  if (key == "job" && is_id(value)) marker.job = value;
  if (key == "passes") marker.passes = true;
}

/// What stands between "<!-- agent:" and "-->" in the first line of `body`, when nothing follows there.
std::string_view marker_words(std::string_view body) {
  std::string_view line = body.substr(0, most_line_bytes);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);  // a forge's page sends its line ends
  if (!line.starts_with(opening) || !line.ends_with(closing)) return {};
  line.remove_prefix(opening.size());
  line.remove_suffix(closing.size());
  return line.find('>') == std::string_view::npos ? line : std::string_view{};
}

}  // namespace

/// FNV-1a, 64 bits (draft-eastlake-fnv).
std::string job_id(std::string_view name) {
  if (name.empty()) return "";
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(hash >> shift) & 15U];
  return digits;
}

std::string to_line(const Marker& marker) {
  std::string line(opening);
  for (const auto& [of, name] : kinds)
    if (of == marker.of) line += name;
  const auto add = [&line](std::string_view key, const std::string& value) {
    if (!value.empty()) line += " " + std::string(key) + "=" + value;
  };
  if (is_id(marker.fingerprint)) add("fingerprint", marker.fingerprint);
  add("parcels", joined(marker.parcels, most_parcels, is_id));
  if (marker.of == Marker::Of::repeats) add("times", std::to_string(std::clamp(marker.times, 1, most_times)));
  if (is_moment(marker.first_at)) add("first", marker.first_at);
  if (is_moment(marker.last_at)) add("last", marker.last_at);
  add("runs", joined(marker.runs, most_runs, is_run));
  if (is_id(marker.job)) add("job", marker.job);
  if (marker.explained) line += " explained";
  if (marker.passes) line += " passes";
  return line + " " + std::string(closing);
}

std::optional<Marker> read_marker(std::string_view body) {
  std::string_view rest = marker_words(body);
  const std::string_view name = rest.substr(0, rest.find(' '));
  const auto kind = std::ranges::find(kinds, name, &std::pair<Marker::Of, std::string_view>::second);
  if (kind == kinds.end()) return std::nullopt;
  Marker marker{.of = kind->first};
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    read_word(marker, word);
  }
  if (marker.fingerprint.empty() && marker.of != Marker::Of::pull_request) return std::nullopt;
  return marker;
}

std::string label_of(std::string_view fingerprint) {
  constexpr std::size_t digits = 16;
  std::string label = "agent/";
  for (const char c : fingerprint.substr(0, digits))
    if (consists_of({&c, 1}, "0123456789abcdef")) label += c;
  return label;
}

}  // namespace agent::sinks
