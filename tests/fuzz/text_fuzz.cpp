#include "base/text.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// A cleaned line is clean, and cleaning it again changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto line = agent::clean_line({reinterpret_cast<const char*>(data), size});
  if (!agent::is_clean(line) || agent::clean_line(line) != line) std::abort();
  return 0;
}
