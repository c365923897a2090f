#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::loop {

/// The source ids that a model may mean by `name`: the id itself; else those that end with it ("build.log" for
/// "log/ci/build.log"); else those that have it among their parts ("web-0" for "pod/ci/web-0/app", an object for its
/// fields). In the order of `ids`; empty: none.
[[nodiscard]] std::vector<std::string> sources_meant(std::string_view name, std::span<const std::string> ids);

/// Where source ids are sorted: "tool/10" comes behind "tool/9".
struct SourceOrder {
  bool operator()(const std::string& a, const std::string& b) const;
};

}  // namespace agent::loop
