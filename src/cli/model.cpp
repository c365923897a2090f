#include "cli/model.hpp"

#include "base/log.hpp"
#include "base/process_captured.hpp"
#include "base/settings_file.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/mcp_settings.hpp"
#include "cli/model_settings.hpp"
#include "cli/wiring.hpp"
#include "llm/fallbacks.hpp"
#include "llm/http_model.hpp"
#include "llm/known_models.hpp"
#include "net/url.hpp"

#include <mutex>
#include <utility>

namespace agent::cli {
namespace {

constexpr int usual_window_tokens = 32'768;

/// Where requests go: base URL and query.
std::pair<std::string, std::string> place_of(const ModelSettings& model) {
  if (model.provider == "azure") return azure_url(model);
  return {versioned_url(model.url), ""};
}

std::string sent_name(const ModelSettings& model) {
  return model.provider == "anthropic" ? llm::full_name(model.model) : model.model;
}

Result<std::optional<llm::Price>> price_of(const Settings& settings, const ModelSettings& model) {
  for (const std::string& name : {model.model, sent_name(model)})
    if (const auto said = TRY(price_settings(settings, name)))
      return llm::Price{said->input, said->cached, said->output};
  // What a proxy or another server asks for a model is its own affair.
  const bool is_maker = model.provider == "anthropic" || model.provider == "openai" || model.provider == "gemini";
  const auto known = is_maker ? llm::known_model(sent_name(model)) : std::nullopt;
  return known ? known->price : std::nullopt;
}

int window_of(const Settings& settings, const ModelSettings& model) {
  if (const auto said = settings.integer("llm.context_window"); said > 0) return static_cast<int>(said);
  const auto known = llm::known_model(sent_name(model));
  return known ? known->context_window_tokens : usual_window_tokens;
}

std::string first_line(const std::string& text) {
  return std::string(trim(text.substr(0, text.find_first_of("\r\n"))));
}

Result<std::string> printed_key(const KeySettings& key, const Environment& environment, const std::stop_token& stop) {
  CapturedCommand command{.argv = key.command, .environment = {}, .timeout = std::chrono::seconds(10)};
  for (const auto& [name, value] : environment) command.environment.push_back(name + "=" + value);
  const std::string what = "the command that gives the model's key ";
  const auto end = run_captured(command, stop);
  const bool is_a_line = key.command.size() == 1 && key.command.front().contains(' ');
  if (!end)
    return fail(ErrorKind::settings, what + "can't be run: " + end.error().what, key.where,
                is_a_line ? R"(give it as a list: ["program", "argument"])" : "");
  if (end->exit_code != 0)
    return fail(ErrorKind::settings, what + "failed with exit code " + std::to_string(end->exit_code), key.where,
                "run it in a shell to see why");
  return first_line(end->output);
}

Result<std::string> read_key(const KeySettings& key, const Environment& environment, const std::stop_token& stop) {
  if (key.file.empty() && key.command.empty()) return key.value;
  std::string found = key.command.empty() ? first_line(TRY(read_small_file(key.file, "key file", key.where)).text)
                                          : TRY(printed_key(key, environment, stop));
  if (found.empty()) return fail(ErrorKind::settings, "the model's key is empty", key.where);
  return found;
}

void learn(flows::SharedRedactor& redactor, const std::string& key, const std::string& url,
           const std::vector<std::pair<std::string, std::string>>& headers) {
  redactor.learn(key, "api_key");
  for (const auto& [name, value] : headers) {
    redactor.learn(value, "header");
    if (const auto blank = value.find(' '); blank != std::string::npos)
      redactor.learn(trim(std::string_view(value).substr(blank)), "header");
  }
  const auto parsed = net::parse_url(url);
  if (!parsed || parsed->userinfo.empty()) return;
  redactor.learn(parsed->userinfo, "password");
  redactor.learn(std::string_view(parsed->userinfo).substr(parsed->userinfo.find(':') + 1), "password");
}

std::vector<net::Header> headers_of(const ModelSettings& model, const std::string& key,
                                    const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<net::Header> headers;
  for (const auto& [name, value] : more) headers.push_back({name, value});
  const bool has_own =
      !net::header(headers, "Authorization").empty() && model.provider != "azure" && model.provider != "anthropic";
  if (key.empty() || has_own) return headers;
  if (model.provider == "azure")
    headers.push_back({"api-key", key});
  else if (model.provider == "anthropic")
    headers.push_back({"x-api-key", key});
  else
    headers.push_back({"Authorization", "Bearer " + key});
  return headers;
}

/// What to do about a key that is not taken.
std::string key_hint(const ModelSettings& model) {
  if (!model.key.where.empty()) return "check the key that " + model.key.where + " gives";
  return "set its key: llm.api_key_file, or the provider's variable";
}

net::ClientOptions client_options(const Context& context) {
  net::ClientOptions http;
  http.proxy = proxy_options(context.environment);
  http.tls.ca_file = context.settings.text("llm.ca_file");
  // SSL_CERT_FILE is for all that we speak to; what else names the cluster's authorities is for those.
  if (const SettingValue& ca = context.settings.at("cluster.ca_file");
      http.tls.ca_file.empty() && ca.where == "SSL_CERT_FILE")
    http.tls.ca_file = ca.value;
  http.idle_timeout = context.settings.duration("llm.idle_timeout");
  http.user_agent = "agent/" + std::string(version);
  return http;
}

Result<std::unique_ptr<llm::Model>> open_one(const Context& context, const ModelSettings& model,
                                             flows::SharedRedactor& redactor, const std::stop_token& stop) {
  const Settings& settings = context.settings;
  const auto more = model.takes_headers ? model_headers(settings) : std::vector<std::pair<std::string, std::string>>{};
  const std::string key = TRY(read_key(model.key, context.environment, stop));
  auto [url, query] = place_of(model);
  learn(redactor, key, url, more);
  llm::HttpModelOptions options;
  options.dialect = model.provider == "anthropic" ? llm::anthropic_dialect() : llm::openai_dialect();
  options.base_url = std::move(url);
  options.query = std::move(query);
  options.model = sent_name(model);
  options.headers = headers_of(model, key, more);
  options.temperature = settings.number("llm.temperature");
  options.max_output_tokens = static_cast<int>(settings.integer("llm.max_output_tokens"));
  options.stream = settings.enabled("llm.stream");
  options.timeout = settings.duration("llm.timeout");
  options.max_retries = static_cast<int>(settings.integer("llm.max_retries"));
  options.context_window_tokens = window_of(settings, model);
  options.price = TRY(price_of(settings, model));
  options.redact = [&redactor](std::string_view text) {
    const std::lock_guard lock(redactor.guard);
    return redactor.redactor.redact(text);
  };
  options.key_hint = key_hint(model);
  options.http = client_options(context);
  return std::make_unique<llm::HttpModel>(std::move(options));
}

}  // namespace

Result<std::optional<ModelChoice>> model_choice(const Context& context) {
  const auto models = TRY(model_settings(context.settings));
  if (models.empty()) return std::nullopt;
  const auto usable = std::ranges::find_if(models, [](const ModelSettings& model) { return !model.without_key; });
  const ModelSettings& first = *usable;
  ModelChoice choice{.provider = first.provider,
                     .model = sent_name(first),
                     .base_url = clean_line(shown_url(place_of(first).first)),
                     .where = first.where.empty() ? "default" : first.where,
                     .provider_where = first.provider_where,
                     .key_where = first.key.where,
                     .key_by_command = !first.key.command.empty(),
                     .fallbacks = {},
                     .context_window_tokens = window_of(context.settings, first),
                     .price = TRY(price_of(context.settings, first))};
  for (auto model = usable + 1; model != models.end(); ++model)
    choice.fallbacks.push_back(model->provider + ":" + sent_name(*model) + (model->without_key ? " (no key)" : ""));
  return choice;
}

Result<std::unique_ptr<llm::Model>> open_model(const Context& context, flows::SharedRedactor& redactor,
                                               const std::stop_token& stop) {
  const auto models = TRY(model_settings(context.settings));
  if (models.empty())
    return fail(ErrorKind::settings, "no language model is configured", "",
                "set LITELLM_URL, ANTHROPIC_API_KEY, OPENAI_API_KEY or --model-url");
  std::vector<std::unique_ptr<llm::Model>> opened;
  std::optional<Error> first_trouble;
  for (const ModelSettings& model : models) {
    auto one = model.without_key ? std::unexpected(*model.without_key) : open_one(context, model, redactor, stop);
    if (one) {
      opened.push_back(*std::move(one));
      continue;
    }
    if (models.size() > 1)
      log(LogLevel::warning, "model.left_out", {{"model", model.model}, {"message", one.error().what}});
    if (!first_trouble) first_trouble = std::move(one).error();
  }
  if (opened.empty()) return std::unexpected(*std::move(first_trouble));
  if (opened.size() == 1) return std::move(opened.front());
  return std::make_unique<llm::FallbackModel>(std::move(opened));
}

}  // namespace agent::cli
