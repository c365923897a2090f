#pragma once

#include "llm/model.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace agent::test {

using ModelTurn = std::expected<llm::ModelAnswer, llm::ModelFailure>;

/// An answer of 100 tokens to 1,000, which took 7 ms.
inline llm::ModelAnswer plain_answer(std::string text = {}) {
  llm::ModelAnswer answer;
  answer.message.role = llm::Role::assistant;
  answer.message.text = std::move(text);
  answer.usage = {.model = "scripted", .calls = 1, .input_tokens = 1000, .output_tokens = 100};
  answer.took = std::chrono::milliseconds(7);
  return answer;
}

/// Name and arguments of a tool that the model calls.
using WantedCall = std::pair<std::string, nlohmann::json>;

/// An answer that calls tools, with the ids "call_1", "call_2" …
inline ModelTurn calls(const std::vector<WantedCall>& wanted, std::string text = {}) {
  llm::ModelAnswer answer = plain_answer(std::move(text));
  for (const auto& [name, arguments] : wanted)
    answer.message.tool_calls.push_back(
        {"call_" + std::to_string(answer.message.tool_calls.size() + 1), name, arguments});
  return answer;
}

inline ModelTurn says(std::string text) { return plain_answer(std::move(text)); }

inline ModelTurn fails(ErrorKind kind, std::string what, bool too_long = false) {
  return std::unexpected(
      llm::ModelFailure{.error = {kind, std::move(what), "", "look at the model's server"}, .too_long = too_long});
}

/// A model whose answers are written down beforehand; it keeps what it was asked. When the answers are over, it fails.
class ScriptedModel final : public llm::Model {
 public:
  /// An answer may depend on what is asked.
  using Reply = std::function<ModelTurn(const llm::ModelRequest& request, const std::stop_token& stop)>;

  ScriptedModel() = default;
  explicit ScriptedModel(std::vector<ModelTurn> turns) {
    for (ModelTurn& turn : turns) then(std::move(turn));
  }

  ScriptedModel& then(ModelTurn turn) {
    return then([turn = std::move(turn)](const auto&, const auto&) { return turn; });
  }
  ScriptedModel& then(Reply reply) {
    replies_.push_back(std::move(reply));
    return *this;
  }
  /// What it says whenever nothing else is left.
  ScriptedModel& forever(Reply reply) {
    forever_ = std::move(reply);
    return *this;
  }

  ModelTurn ask(const llm::ModelRequest& request, std::stop_token stop) override {
    requests.push_back(request);
    ModelTurn turn = answer(request, stop);
    if (turn && request.on_text && !turn->message.text.empty()) request.on_text(turn->message.text);
    return turn;
  }
  std::string name() const override { return "scripted"; }
  int context_window_tokens() const override { return window; }
  std::optional<llm::Price> price() const override { return cost; }

  std::vector<llm::ModelRequest> requests;
  int window = 128'000;
  std::optional<llm::Price> cost;

 private:
  ModelTurn answer(const llm::ModelRequest& request, const std::stop_token& stop) {
    if (replies_.empty())
      return forever_ ? forever_(request, stop) : fails(ErrorKind::model_failed, "the script is over");
    const Reply reply = std::move(replies_.front());
    replies_.pop_front();
    return reply(request, stop);
  }

  std::deque<Reply> replies_;
  Reply forever_;
};

}  // namespace agent::test
