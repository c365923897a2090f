#pragma once

#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace agent::tools {

/// Calls tools without waiting for one that does not end. Such a call's thread stays until its tool ends; at the end of
/// this object all are waited for, so that a tool never outlives what it uses. Any threads.
class TimedCalls {
 public:
  TimedCalls() = default;
  ~TimedCalls();
  TimedCalls(const TimedCalls&) = delete;
  TimedCalls& operator=(const TimedCalls&) = delete;

  /// The tool's result; status timeout after `timeout`, or once `stop` is asked (failure `interrupted`). Then the tool
  /// is asked to stop and has 250 ms to say what it has. Many stuck calls (64) make all others errors.
  [[nodiscard]] ToolResult call(const std::shared_ptr<Tool>& tool, const nlohmann::json& arguments,
                                std::chrono::milliseconds timeout, const std::stop_token& stop);

 private:
  struct Running;
  [[nodiscard]] bool has_room();

  std::mutex guard_;
  std::vector<std::pair<std::shared_ptr<Running>, std::jthread>> stuck_;
};

}  // namespace agent::tools
