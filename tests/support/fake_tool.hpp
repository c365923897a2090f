#pragma once

#include "tools/tool.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace agent::test {

/// A tool whose answer is a function.
class FakeTool final : public tools::Tool {
 public:
  using Answer = std::function<tools::ToolResult(const nlohmann::json& arguments, const std::stop_token& stop)>;

  FakeTool(std::string name, Answer answer, tools::ToolEffect effect = tools::ToolEffect::reads)
      : name_(std::move(name)), answer_(std::move(answer)), effect_(effect) {}

  std::string name() const override { return name_; }
  std::string description() const override { return "A tool of a test"; }
  nlohmann::json input_schema() const override { return {{"type", "object"}}; }
  tools::ToolEffect effect() const override { return effect_; }
  tools::ToolResult call(const nlohmann::json& arguments, std::stop_token stop) override {
    ++calls;
    return answer_(arguments, stop);
  }

  std::atomic<int> calls = 0;

 private:
  std::string name_;
  Answer answer_;
  tools::ToolEffect effect_;
};

/// A tool that always says `text`.
inline std::shared_ptr<FakeTool> saying(std::string name, std::string text,
                                        tools::ToolEffect effect = tools::ToolEffect::reads) {
  return std::make_shared<FakeTool>(
      std::move(name), [text = std::move(text)](const auto&, const auto&) { return tools::ToolResult{.text = text}; },
      effect);
}

}  // namespace agent::test
