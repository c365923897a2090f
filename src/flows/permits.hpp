#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

namespace agent::flows {

/// Lets only some threads at once do what takes much memory.
class Permits {
 public:
  explicit Permits(std::size_t count) : free_(count) {}

  /// One permit, given back at its end. Without take(), none is held.
  class Permit {
   public:
    explicit Permit(Permits& permits) : permits_(permits) {}
    ~Permit();
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

    /// Waits until there is one, or for the stop; the second time, at once.
    void take(const std::stop_token& stop);

   private:
    Permits& permits_;
    bool held_ = false;
  };

 private:
  std::mutex guard_;
  std::condition_variable_any changed_;
  std::size_t free_;
};

}  // namespace agent::flows
