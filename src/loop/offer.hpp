#pragma once

#include "llm/model.hpp"
#include "tools/tool.hpp"
#include "tools/toolbox.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace agent::loop {

/// Our own tools, which no toolbox has: they read in the library.
using OwnTools = std::vector<std::shared_ptr<tools::Tool>>;

/// What a model is told of tools: those of `toolbox` that may be called and change nothing, then `own`, then
/// submit_report. A tool of a server that has the name of one of ours is left out. Descriptions are cut, so that they
/// take at most a quarter of the window; where that is not enough, the last tools of the toolbox are left out.
[[nodiscard]] std::vector<llm::ToolDescription> offered_tools(const tools::Toolbox& toolbox, const OwnTools& own,
                                                              std::size_t window_tokens);

/// submit_report, as a model is told of it.
[[nodiscard]] llm::ToolDescription submission_tool();

/// So many tokens the descriptions take.
[[nodiscard]] std::size_t estimated_tokens(const std::vector<llm::ToolDescription>& tools);

}  // namespace agent::loop
