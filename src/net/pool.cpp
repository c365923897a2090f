#include "net/pool.hpp"

#include <utility>

namespace agent::net {
namespace {

constexpr std::size_t most = 16;
constexpr std::chrono::seconds longest{30};  // below what servers and the boxes between them usually keep

}  // namespace

std::unique_ptr<Connection> Pool::take(const std::string& way) {
  const std::lock_guard lock(mutex_);
  auto& idle = idle_[way];
  while (!idle.empty()) {
    Idle last = std::move(idle.back());
    idle.pop_back();
    if (std::chrono::steady_clock::now() - last.since > longest) {
      idle.clear();  // those before it are older
    } else if (last.connection->stream->is_quiet()) {
      return std::move(last.connection);
    }
  }
  return nullptr;
}

void Pool::give(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  auto& idle = idle_[connection->way];
  if (idle.size() == most) idle.erase(idle.begin());
  idle.push_back({std::move(connection), std::chrono::steady_clock::now()});
}

}  // namespace agent::net
