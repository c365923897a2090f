#include "base/redactor.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

/// Whatever the bytes: the number of lines stays, and a text that was redacted is redacted no further.
// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  agent::Redactor redactor;
  auto once = redactor.redact(text);
  if (std::ranges::count(once, '\n') != std::ranges::count(text, '\n')) std::abort();
  if (redactor.redact(once) != once) std::abort();
  if (agent::Redactor().redact(once) != once) std::abort();
  return 0;
}
