#include "flows/fan_out.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace agent::flows {

void fan_out(std::size_t count, std::size_t most_threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t index = next++; index < count; index = next++) work(index);
  };
  std::vector<std::jthread> threads;
  for (std::size_t n = 1; n < std::min(count, most_threads); ++n) threads.emplace_back(take);
  take();
}

}  // namespace agent::flows
