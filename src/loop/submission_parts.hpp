#pragma once

#include "base/report.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::loop {

/// The category that a model's word stands for: "tests", "OOM", "config"; else unknown.
[[nodiscard]] Category meant_category(std::string_view word);

/// "very high", "90%", 0.9, "certain"; else low.
[[nodiscard]] Confidence meant_confidence(std::string_view word);

using NumberedLines = std::map<std::size_t, std::string>;

/// Lines as excerpts: those that follow each other are one.
[[nodiscard]] std::vector<Excerpt> excerpts_of(const NumberedLines& lines, const std::string& why);

}  // namespace agent::loop
