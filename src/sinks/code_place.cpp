#include "sinks/code_place.hpp"

namespace agent::sinks {

std::optional<CodePlace> code_place(const Finding&, std::string_view) { return std::nullopt; }

}  // namespace agent::sinks
