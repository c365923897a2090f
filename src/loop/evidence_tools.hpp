#pragma once

#include "loop/library.hpp"
#include "tools/tool.hpp"

#include <memory>
#include <vector>

namespace agent::loop {

/// `evidence_read` and `evidence_search`: what a model reads further in the texts behind the report, with line numbers
/// as evidence::print_numbered() shows them. `library` outlives them.
[[nodiscard]] std::vector<std::shared_ptr<tools::Tool>> evidence_tools(const Library& library);

}  // namespace agent::loop
