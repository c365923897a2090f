#pragma once

#include "cli/command.hpp"
#include "flows/shared_redactor.hpp"
#include "llm/model.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

// The only place of the command line that names parts of `llm`.

namespace agent::cli {

/// Which model would be asked, for `config show`, `--dry-run` and the log.
struct ModelChoice {
  std::string provider;                ///< "litellm", "anthropic", "openai", "azure", "gemini", "compatible".
  std::string model;                   ///< As it is sent.
  std::string base_url;                ///< Without credentials.
  std::string where;                   ///< What named the model: "--model", "LITELLM_MODEL", "default".
  std::string provider_where;          ///< What decided who is asked: "LITELLM_URL", "OPENAI_API_KEY".
  std::string key_where;               ///< What names the key; empty: it goes without one.
  bool key_by_command = false;         ///< A command prints it, which may take its time.
  std::vector<std::string> fallbacks;  ///< "provider:model", in order.
  int context_window_tokens = 0;
  std::optional<llm::Price> price;  ///< None: not known.
};

/// Nothing when no model is configured, and with --offline. Reads no key. Errors: `settings`, `usage`.
[[nodiscard]] Result<std::optional<ModelChoice>> model_choice(const Context& context);

/// The model that model_choice() tells, with its fallbacks behind it. Its key is read, from its file or by its command
/// where that is how it is to be had (10 s at most, or until `stop`), and `redactor` learns it; nothing is connected.
/// `redactor` outlives the model. Errors: `settings`, `usage`; a model must be configured (else `settings`).
[[nodiscard]] Result<std::unique_ptr<llm::Model>> open_model(const Context& context, flows::SharedRedactor& redactor,
                                                             const std::stop_token& stop = {});

}  // namespace agent::cli
