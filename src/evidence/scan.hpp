#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// What one pass over a block found.
struct ScanHit {
  std::size_t offset = 0;           ///< Where in the block a phrase of signals() may begin.
  std::size_t line_end = 0;         ///< Where its line's '\n' stands; the block's end without one.
  std::size_t newlines_before = 0;  ///< '\n' in the block before it.
};

/// Finds in `block` the lines that may hold a phrase of signals() (some do not; none is missed), each once, and counts
/// the newlines. Appends to `hits`. The number of newlines. Vectorised with AVX2 where the processor has it; the
/// portable path gives the same hits.
std::size_t scan(std::string_view block, std::vector<ScanHit>& hits);

/// The portable path, for tests.
std::size_t scan_portable(std::string_view block, std::vector<ScanHit>& hits);

}  // namespace agent::evidence
