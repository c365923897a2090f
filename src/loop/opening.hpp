#pragma once

#include "base/report.hpp"
#include "llm/model.hpp"
#include "loop/library.hpp"
#include "loop/prompts.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace agent::loop {

/// What the first request is made of.
struct OpeningParts {
  const Library& library;
  const Prompts& prompts;
  std::vector<llm::ToolDescription> tools;
  std::size_t window_tokens = 0;
};

/// The first request: what the job is, with two worked examples where the window has 16,000 tokens or more; then what
/// the rules know, with the evidence behind source ids and line numbers. All that was read stands between marks.
/// Takes at most a third of the window, but for prompts that take it all by themselves.
[[nodiscard]] llm::ModelRequest opening(const Report& rules, OpeningParts parts);

}  // namespace agent::loop
