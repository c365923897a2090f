#include "sinks/forge_json.hpp"
#include "sinks/issue_text.hpp"
#include "sinks/repeats.hpp"
#include "sinks/rest_forge.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace agent::sinks;

void require(bool holds) {
  if (!holds) std::abort();
}

/// What a marker says is bounded, and the same once it is written and read again.
void marker(std::string_view body) {
  const auto read = read_marker(body);
  if (!read) return;
  const auto again = read_marker(to_line(*read));
  require(again && again->fingerprint == read->fingerprint && again->parcels == read->parcels &&
          again->times == read->times && again->explained == read->explained);
  const Marker twice = merged(*read, *again);
  require(twice.times >= read->times && twice.parcels == read->parcels);
}

}  // namespace

// What a forge answers: a status, headers of its limits, and JSON with issues whose bodies may be anybody's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  marker(text);
  const std::string_view line = text.substr(0, text.find('\n'));
  for (const char* name : {"retry-after", "x-ratelimit-reset"}) {
    const ForgeAnswer answer{429, {{"x-ratelimit-remaining", "0"}, {name, std::string(line)}}, {}};
    const auto wait = rate_wait(answer, std::chrono::system_clock::from_time_t(1'800'000'000));
    require(wait && wait->count() >= 0);
  }
  const auto json = parse_foreign(text);
  if (!json || !json->is_array()) return 0;
  std::uint64_t before = 0;
  std::vector<ForgeIssue> issues;
  for (const auto& value : *json)
    if (auto issue = issue_of(value)) issues.push_back(*std::move(issue));
  for (const ForgeIssue& issue : in_order(std::move(issues))) {
    require(issue.number > before);
    before = issue.number;
    marker(issue.body);
  }
  return 0;
}
