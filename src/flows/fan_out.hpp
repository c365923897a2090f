#pragma once

#include <cstddef>
#include <functional>

namespace agent::flows {

/// work(0) … work(count - 1), begun in this order, on at most `most_threads` threads of this call; returns when all are
/// done. `work` must not throw.
void fan_out(std::size_t count, std::size_t most_threads, const std::function<void(std::size_t)>& work);

}  // namespace agent::flows
