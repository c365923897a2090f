#pragma once

#include "loop/library.hpp"
#include "tools/tool.hpp"

#include <memory>
#include <vector>

namespace agent::loop {

/// `evidence_read` and `evidence_search`: what a model reads further in the texts behind the report, with line numbers
/// as evidence::print_numbered() shows them. One answer has at most 200 lines (50 of a search) and about 32 KiB; a
/// search of all sources gives each its share. `library` outlives them.
[[nodiscard]] std::vector<std::shared_ptr<tools::Tool>> evidence_tools(const Library& library);

}  // namespace agent::loop
