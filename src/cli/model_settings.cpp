#include "cli/model_settings.hpp"

#include "base/text.hpp"
#include "cli/mcp_settings.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace agent::cli {
namespace {

constexpr std::string_view litellm = "litellm", anthropic = "anthropic", openai = "openai", azure = "azure",
                           gemini = "gemini", compatible = "compatible";
/// In the order in which they are looked for.
constexpr std::array providers{compatible, litellm, anthropic, openai, azure, gemini};

bool is_provider(std::string_view name) { return std::ranges::count(providers, name) > 0; }

std::string key_of(std::string_view provider, std::string_view what) {
  return "llm.providers." + std::string(provider) + "." + std::string(what);
}

/// A name and the provider before it, where there is one.
struct Named {
  std::string provider, model;
};

Named split_at(const std::string& name, char mark) {
  const auto at = name.find(mark);
  if (at == std::string::npos || !is_provider(name.substr(0, at))) return {"", name};
  return {name.substr(0, at), name.substr(at + 1)};
}

bool is_set(const SettingValue& value) { return value.origin != Origin::default_value && !value.value.empty(); }

/// Reads what settings say of models.
class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {}

  [[nodiscard]] const SettingValue& at(const std::string& key) const { return settings_.at(key); }
  [[nodiscard]] const SettingValue& of(std::string_view provider, std::string_view what) const {
    return settings_.at(key_of(provider, what));
  }

  /// Who is asked because something is set for it, and what that is; null when nothing is.
  [[nodiscard]] const SettingValue* named_by(std::string_view provider) const {
    if (provider == compatible) return is_set(at("llm.base_url")) ? &at("llm.base_url") : nullptr;
    const bool by_url = provider == litellm || provider == azure || provider == openai;
    if (by_url && is_set(of(provider, "url"))) return &of(provider, "url");
    const bool by_key = provider != litellm && provider != azure;
    return by_key && is_set(of(provider, "api_key")) ? &of(provider, "api_key") : nullptr;
  }
  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  const Settings& settings_;
};

/// Who makes a model of that name.
std::string_view maker_of(std::string_view model) {
  const auto begins = [model](std::string_view start) { return model.starts_with(start); };
  if (begins("claude") || model == "sonnet" || model == "opus" || model == "haiku") return anthropic;
  if (begins("gpt-") || begins("chatgpt") || begins("o1") || begins("o3") || begins("o4")) return openai;
  return begins("gemini") ? gemini : std::string_view{};
}

/// Who is asked, and what decided it; the model's name without the provider's.
struct Chosen {
  Named named;
  std::string where;
};

/// Takes "litellm/" off a name for LiteLLM, "openai/" off one for OpenAI. Where names are the server's own, the rest
/// stays.
std::string own_name(const std::string& provider, const std::string& name) {
  const Named split = split_at(name, '/');
  return split.provider == provider ? split.model : name;
}

Result<std::optional<Chosen>> choose(const Reader& reader, const std::string& name, const std::string& where) {
  if (const Named split = split_at(name, ':'); !split.provider.empty()) return Chosen{split, where};
  const auto chosen = [&](std::string_view provider, const std::string& by) {
    return Chosen{{std::string(provider), own_name(std::string(provider), name)}, by};
  };
  if (const SettingValue& provider = reader.at("llm.provider"); is_set(provider))
    return chosen(provider.value, provider.where);
  for (const std::string_view own_names : {compatible, litellm})
    if (const SettingValue* by = reader.named_by(own_names)) return chosen(own_names, by->where);
  if (const Named split = split_at(name, '/'); !split.provider.empty()) return Chosen{split, where};
  const std::string_view maker = maker_of(name);
  if (const SettingValue* by = maker.empty() ? nullptr : reader.named_by(maker)) return chosen(maker, by->where);
  // Only a server at an address of the user's own may have other makers' models.
  const bool may_be_elsewhere = is_set(reader.of(openai, "url")) || is_set(reader.of(azure, "url"));
  if (!maker.empty() && !may_be_elsewhere) return chosen(maker, where);
  for (const std::string_view provider : providers)
    if (const SettingValue* by = reader.named_by(provider)) return chosen(provider, by->where);
  return std::nullopt;
}

/// llm.api_key and the like; nothing when none is set.
std::optional<KeySettings> general_key(const Reader& reader) {
  for (const char* name : {"llm.api_key", "llm.api_key_file", "llm.api_key_command"}) {
    const SettingValue& value = reader.at(name);
    if (!is_set(value)) continue;
    const std::string_view kind(name);
    KeySettings key{.value = {}, .file = {}, .command = {}, .where = value.where};
    if (kind.ends_with("file"))
      key.file = value.value;
    else if (kind.ends_with("command"))
      key.command = reader.settings().list(name);
    else
      key.value = value.value;
    return key;
  }
  return std::nullopt;
}

std::string variable_of(std::string_view provider, std::string_view what) {
  for (const Setting& row : settings_table())
    if (row.key == key_of(provider, what)) return std::string(row.environment.substr(0, row.environment.find(' ')));
  return {};
}

Result<ModelSettings> checked(ModelSettings model, const std::string& where) {
  const std::string who = "model provider '" + model.provider + "'";
  if (model.url.empty())
    return fail(
        ErrorKind::settings, who + " has no address", where,
        model.provider == compatible ? "set --model-url or llm.base_url" : "set " + variable_of(model.provider, "url"));
  if (!net::parse_url(model.url))
    return fail(where.starts_with("--") ? ErrorKind::usage : ErrorKind::settings,
                "'" + clean_line(shown_url(model.url)) + "' is no address of a model", where,
                "begin it with http:// or https://");
  const bool needs_key = model.provider == anthropic || model.provider == azure || model.provider == gemini ||
                         (model.provider == openai && model.url.starts_with("https://api.openai.com"));
  if (needs_key && !model.key.is_set())
    return fail(ErrorKind::unauthorised, who + " has no key", where,
                "set " + variable_of(model.provider, "api_key") + ", or llm.api_key_file");
  if (model.model.empty())
    return fail(ErrorKind::settings, who + " has no model", where,
                model.provider == azure ? "name the deployment: AZURE_OPENAI_DEPLOYMENT or --model"
                                        : "name one: --model or AGENT_MODEL");
  return model;
}

enum class Place { first, fallback };

/// A file's key is for the model of the file, not for another provider that the command line or the environment names
/// and that has a key of its own.
bool is_meant(const Reader& reader, const ModelSettings& model, const Chosen& chosen) {
  const auto is_of_file = [&](const char* name) { return reader.at(name).origin == Origin::file; };
  const bool key_of_file =
      is_of_file("llm.api_key") || is_of_file("llm.api_key_file") || is_of_file("llm.api_key_command");
  const bool names_another = !is_of_file("llm.model") && chosen.where == reader.at("llm.model").where &&
                             reader.at("llm.provider").value != model.provider;
  return !(key_of_file && names_another && model.key.is_set());
}

/// All that is known of the one that was chosen.
Result<ModelSettings> read_model(const Reader& reader, const Chosen& chosen, const std::string& where, Place place) {
  ModelSettings model{.provider = chosen.named.provider,
                      .model = chosen.named.model,
                      .url = {},
                      .api_version = {},
                      .key = {},
                      .where = chosen.named.model.empty() ? "" : where,
                      .provider_where = chosen.where};
  const bool is_own = model.provider != compatible;
  if (is_own) {
    if (model.model.empty()) model.where = reader.of(model.provider, "model").where;
    if (model.model.empty()) model.model = reader.of(model.provider, "model").value;
    model.url = reader.of(model.provider, "url").value;
    model.key.value = reader.of(model.provider, "api_key").value;
    model.key.where = reader.of(model.provider, "api_key").where;
    if (model.provider == azure) model.api_version = reader.of(azure, "api_version").value;
  }
  model.takes_headers = place == Place::first || !is_own;
  if (model.takes_headers && is_set(reader.at("llm.base_url"))) {
    model.url = reader.at("llm.base_url").value;
    // Another address than the provider's own gets its key only where settings say that it is that provider.
    if (is_own && reader.at("llm.provider").value != model.provider) model.key = {};
  }
  if (const auto key = general_key(reader); key && model.takes_headers && is_meant(reader, model, chosen))
    model.key = *key;
  if (!is_own && model.model.empty()) model.model = "default";  // llama.cpp's server takes any name
  return checked(std::move(model), chosen.where);
}

Result<std::optional<ModelSettings>> first_model(const Reader& reader) {
  const SettingValue& named = reader.at("llm.model");
  const auto chosen = TRY(choose(reader, named.value, named.where));
  if (chosen) return TRY(read_model(reader, *chosen, named.where, Place::first));
  if (named.value.empty()) return std::nullopt;
  return fail(ErrorKind::unauthorised,
              "no key and no address for model '" + clean_line(named.value.substr(0, 80)) + "'", named.where,
              "set LITELLM_URL, ANTHROPIC_API_KEY, OPENAI_API_KEY or --model-url");
}

ModelSettings without_key(std::string provider, std::string model, Error why) {
  ModelSettings none;
  none.provider = std::move(provider);
  none.model = std::move(model);
  none.without_key = std::move(why);
  return none;
}

/// `asked`: the provider of the first model; empty when it is not known.
Result<ModelSettings> fallback(const Reader& reader, const std::string& asked, const std::string& name) {
  const std::string where = reader.at("llm.fallbacks").where;
  Named named = split_at(name, ':');
  const bool keeps_names = asked == litellm || asked == compatible;
  if (named.provider.empty() && !keeps_names) named = split_at(name, '/');
  const bool is_same = !asked.empty() && (named.provider.empty() || named.provider == asked);
  if (is_same) named = {asked, own_name(asked, named.model)};
  if (named.provider.empty()) {
    const auto chosen = TRY(choose(reader, name, where));
    if (!chosen) return without_key({}, name, {ErrorKind::unauthorised, "no key and no address for it", where, {}});
    named = chosen->named;
  }
  auto model = read_model(reader, {named, where}, where, is_same ? Place::first : Place::fallback);
  if (model || model.error().kind != ErrorKind::unauthorised) return model;
  return without_key(named.provider, named.model, std::move(model).error());
}

}  // namespace

Result<std::vector<ModelSettings>> model_settings(const Settings& settings) {
  if (settings.enabled("offline")) return std::vector<ModelSettings>{};
  const Reader reader(settings);
  const std::vector<std::string> fallbacks = settings.list("llm.fallbacks");
  auto first = first_model(reader);
  if (!first && (first.error().kind != ErrorKind::unauthorised || fallbacks.empty()))
    return std::unexpected(std::move(first).error());
  std::vector<ModelSettings> models;
  if (first && !*first) return models;
  models.push_back(first ? **std::move(first) : without_key({}, settings.text("llm.model"), first.error()));
  for (const std::string& name : fallbacks) models.push_back(TRY(fallback(reader, models.front().provider, name)));
  if (std::ranges::all_of(models, [](const ModelSettings& model) { return model.without_key.has_value(); }))
    return std::unexpected(*models.front().without_key);
  return models;
}

std::string versioned_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const auto host = url.find("://");
  const auto path = url.find('/', host == std::string::npos ? 0 : host + 3);
  constexpr std::string_view own = "/chat/completions";
  if (url.ends_with(own)) url.resize(url.size() - own.size());
  for (auto at = path; at != std::string::npos && at < url.size(); at = url.find('/', at + 1))
    if (at + 2 < url.size() && url[at + 1] == 'v' && url[at + 2] >= '0' && url[at + 2] <= '9') return url;
  return url + "/v1";
}

std::pair<std::string, std::string> azure_url(const ModelSettings& model) {
  std::string url = model.url;
  while (url.ends_with('/')) url.pop_back();
  const std::string query = model.api_version.empty() ? "" : "api-version=" + model.api_version;
  if (url.contains("/openai/")) return {url, query};
  const bool dated = !model.api_version.empty() && model.api_version.front() >= '0' && model.api_version.front() <= '9';
  if (url.ends_with("/openai")) url.resize(url.size() - std::string_view("/openai").size());
  if (!dated) return {url + "/openai/v1", query == "api-version=v1" ? "" : query};
  return {url + "/openai/deployments/" + model.model, query};
}

std::vector<std::pair<std::string, std::string>> model_headers(const Settings& settings) {
  constexpr std::string_view start = "llm.headers.";
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string& key : settings.keys("llm.headers.*"))
    headers.emplace_back(key.substr(start.size()), settings.text(key));
  return headers;
}

Result<std::optional<PriceSettings>> price_settings(const Settings& settings, const std::string& model) {
  const std::string start = "llm.prices." + model + ".";
  const auto said = [&](const char* what) -> std::optional<double> {
    const auto keys = settings.keys("llm.prices.**." + std::string(what));
    if (std::ranges::find(keys, start + what) == keys.end()) return std::nullopt;
    return settings.number(start + what);
  };
  const auto input = said("input"), cached = said("cached"), output = said("output");
  if (!input && !cached && !output) return std::nullopt;
  if (!input || !output)
    return fail(ErrorKind::settings, "the price of model '" + clean_line(model) + "' is not whole",
                settings.config_path(), "give both input and output");
  return PriceSettings{*input, cached.value_or(*input), *output};
}

}  // namespace agent::cli
