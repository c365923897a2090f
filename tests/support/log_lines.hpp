#pragma once

#include "evidence/rules.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace agent::test {

/// A log's lines as the rules are given them. They view into `log`.
inline std::vector<evidence::JudgedLine> lines_of(std::string_view log) {
  std::vector<evidence::JudgedLine> lines;
  for (std::size_t number = 1; !log.empty(); ++number) {
    const auto end = std::min(log.find('\n'), log.size());
    lines.push_back({number, log.substr(0, end)});
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return lines;
}

}  // namespace agent::test
