#include "base/json_limits.hpp"

namespace agent {

bool exceeds(std::string_view text, const JsonLimits& limits) {
  std::size_t depth = 0, values = 1;
  for (std::size_t at = 0; (at = text.find_first_of("\"[]{},", at)) != std::string_view::npos; ++at) {
    switch (text[at]) {
      case '"':
        for (++at; (at = text.find_first_of("\"\\", at)) != std::string_view::npos && text[at] == '\\'; at += 2) {
        }
        if (at == std::string_view::npos) return false;
        break;
      case ',':
        if (++values > limits.values) return true;
        break;
      case '[':
      case '{':
        if (++depth > limits.depth || ++values > limits.values) return true;
        break;
      default:
        if (depth > 0) --depth;
    }
  }
  return false;
}

}  // namespace agent
