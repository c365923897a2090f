#include "flows/permits.hpp"

#include <malloc.h>

namespace agent::flows {

Permits::Permit::~Permit() {
  if (!held_) return;
  // Else each thread would keep what its largest work took: glibc has an arena for each.
  ::malloc_trim(0);
  {
    const std::lock_guard lock(permits_.guard_);
    ++permits_.free_;
  }
  permits_.changed_.notify_one();
}

void Permits::Permit::take(const std::stop_token& stop) {
  if (held_) return;
  std::unique_lock lock(permits_.guard_);
  held_ = permits_.changed_.wait(lock, stop, [this] { return permits_.free_ > 0; });
  if (held_) --permits_.free_;
}

}  // namespace agent::flows
