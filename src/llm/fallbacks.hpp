#pragma once

#include "llm/model.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace agent::llm {

/// Several models as one: when the one that is asked gives no answer, the next is. Not when the conversation is too
/// long, or when nobody wants an answer any more (`deadline`, `interrupted`). What gave an answer is asked first from
/// then on, until it fails; after the last comes none. An answer of another one than was asked first has "fallback"
/// among its repairs; its usage names the model. `models` is not empty. One thread at a time.
class FallbackModel final : public Model {
 public:
  explicit FallbackModel(std::vector<std::unique_ptr<Model>> models) : models_(std::move(models)) {}

  [[nodiscard]] std::expected<ModelAnswer, ModelFailure> ask(const ModelRequest& request,
                                                             std::stop_token stop) override;
  /// Of the one that is asked next.
  [[nodiscard]] std::string name() const override { return models_[asked_]->name(); }
  [[nodiscard]] int context_window_tokens() const override { return models_[asked_]->context_window_tokens(); }
  [[nodiscard]] std::optional<Price> price() const override { return models_[asked_]->price(); }

 private:
  std::vector<std::unique_ptr<Model>> models_;
  std::size_t asked_ = 0;
};

}  // namespace agent::llm
