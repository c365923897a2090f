#pragma once

#include "llm/model.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace agent::llm {

/// What is known of a model without asking its server.
struct KnownModel {
  int context_window_tokens = 0;
  std::optional<Price> price;  ///< None: not known.
};

/// By its name at its maker, with a provider's prefix ("openai/…") or a date at its end or without. None: not known.
/// Where a maker asks more for long prompts, it is the price of short ones.
[[nodiscard]] std::optional<KnownModel> known_model(std::string_view name);

/// "claude-sonnet-5-5" of "sonnet"; other names as they are.
[[nodiscard]] std::string full_name(std::string_view name);

}  // namespace agent::llm
