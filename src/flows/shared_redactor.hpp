#pragma once

#include "base/redactor.hpp"

#include <mutex>
#include <string>
#include <string_view>

namespace agent::flows {

/// One redactor for several threads: whoever uses `redactor` holds `guard`.
struct SharedRedactor {
  std::mutex guard;
  Redactor redactor;

  void learn(std::string_view secret, std::string_view kind) {
    const std::lock_guard lock(guard);
    redactor.learn(secret, kind);
  }
};

}  // namespace agent::flows
