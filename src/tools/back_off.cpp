#include "tools/back_off.hpp"

#include <algorithm>
#include <cstdint>

namespace agent::tools {

std::optional<std::chrono::milliseconds> BackOff::wait(Time now) const {
  if (failures_ < options_.failures || now >= until_) return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(until_ - now);
}

void BackOff::failed(Time now) {
  ++failures_;
  if (failures_ < options_.failures) return;
  constexpr std::size_t most_doublings = 20;
  const std::size_t doublings = std::min(failures_ - options_.failures, most_doublings);
  until_ = now + std::min<std::chrono::milliseconds>(options_.first * (std::int64_t{1} << doublings), options_.longest);
}

void BackOff::succeeded() { failures_ = 0; }

}  // namespace agent::tools
