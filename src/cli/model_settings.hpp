#pragma once

#include "base/error.hpp"
#include "base/settings.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace agent::cli {

/// Where a key comes from; at most one of them, none: it goes without.
struct KeySettings {
  std::string value, file;
  std::vector<std::string> command;
  std::string where;  ///< "LITELLM_API_KEY".

  [[nodiscard]] bool is_set() const { return !value.empty() || !file.empty() || !command.empty(); }
};

/// One model, as settings name it.
struct ModelSettings {
  std::string provider;     ///< "litellm", "anthropic", "openai", "azure", "gemini", "compatible".
  std::string model;        ///< As it is sent, but for Anthropic's short names.
  std::string url;          ///< As it was given: with /v1 or without.
  std::string api_version;  ///< Azure's; empty: v1.
  KeySettings key;
  std::string where;           ///< What named the model: "--model", "LITELLM_MODEL"; empty: the provider's default.
  std::string provider_where;  ///< What decided who is asked: "LITELLM_URL".
  bool takes_headers = false;  ///< llm.headers are meant for its server.
  std::optional<Error> without_key = std::nullopt;  ///< It can't be asked; the rest is not known then.
};

/// The model that settings name, and then its fallbacks. Empty: none is configured, or `offline`.
///
/// The model: llm.model (--model, AGENT_MODEL, the file), else the provider's own (LITELLM_MODEL …), else its default.
/// Who is asked: PROVIDER of "PROVIDER:NAME"; llm.provider; llm.base_url, an OpenAI-compatible server; LiteLLM;
/// PROVIDER of "PROVIDER/NAME"; who makes a model of such a name ("claude-…", "sonnet", "gpt-…", "gemini-…"); then the
/// first that has what it needs of Anthropic, OpenAI, Azure, Gemini. With LiteLLM and at llm.base_url, "openai/…" is
/// part of the name. A key of llm.api_key, its file or its command, and llm.headers, are the first model's, and of
/// fallbacks at its server; where PROVIDER:NAME asks another provider than the file, that one's own key comes first. A
/// provider's own variable is for that provider's address alone, or for the one that llm.provider gives it. A model
/// without key is told as such, where there is another; else that is an error.
/// Errors: `unauthorised`: a model without anyone to ask, a provider without its key, which need not be wrong (a CI
/// system gives no secrets to a fork); `settings`, or `usage` where a flag says it: a provider without address or
/// model, an address that is none.
[[nodiscard]] Result<std::vector<ModelSettings>> model_settings(const Settings& settings);

/// "https://host/v1" of an address with or without it: a path without a version gets "/v1".
[[nodiscard]] std::string versioned_url(std::string url);

/// Azure's base URL and query: "/openai/v1" of the resource, or its deployment with `api_version`, unless the address
/// has such a path already.
[[nodiscard]] std::pair<std::string, std::string> azure_url(const ModelSettings& model);

/// Names and values of llm.headers.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> model_headers(const Settings& settings);

/// US dollars a million tokens, as llm.prices has them for the model.
struct PriceSettings {
  double input = 0, cached = 0, output = 0;
};
/// None: the settings say nothing of it. Errors: `settings`: `input` or `output` is missing.
[[nodiscard]] Result<std::optional<PriceSettings>> price_settings(const Settings& settings, const std::string& model);

}  // namespace agent::cli
