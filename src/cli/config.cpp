#include "cli/config.hpp"

#include "base/redactor.hpp"
#include "base/text.hpp"
#include "cli/mcp_settings.hpp"
#include "cli/model.hpp"
#include "cli/wiring.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

namespace agent::cli {
namespace {

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::default_value: return "default";
    case Origin::file: return "file";
    case Origin::env_file: return "env_file";
    case Origin::environment: return "environment";
    case Origin::flag: return "flag";
  }
  return "default";
}

// A secret is told to be there, never what it is.
std::string shown_value(const Setting& setting, const SettingValue& value) {
  if (setting.secret == Secret::yes && !value.value.empty()) return "(set)";
  std::string text = value.value.empty() ? "" : Redactor().redact(shown_url(value.value));
  if (setting.type == SettingType::words && text.ends_with('\n')) text.pop_back();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, ", ");
  return text;
}

/// A line of `config show`.
struct Shown {
  std::string key, value;
  const SettingValue* from;
};

/// Rows of the table in its order; a row for names that the file chooses becomes what the file has, by name.
std::vector<Shown> all_shown(const Settings& settings, std::span<const Setting> table) {
  std::vector<Shown> fixed, named;
  for (const Setting& setting : table)
    for (const std::string& key : settings.keys(setting.key)) {
      const SettingValue& value = settings.at(key);
      (key == setting.key ? fixed : named).push_back({key, shown_value(setting, value), &value});
    }
  std::ranges::sort(named, {}, &Shown::key);
  std::ranges::move(named, std::back_inserter(fixed));
  return fixed;
}

/// Which cluster would be asked ourselves, and by what it is named; or why none would be.
Facts own_cluster_facts(const Context& context) {
  const auto choice = cluster_choice(context);
  if (!choice) return {{"none", choice.error().what}};
  Facts facts{{"server", choice->server}, {"namespace", choice->name_space}, {"origin", choice->origin}};
  if (!choice->context.empty()) facts.emplace_back("context", choice->context);
  if (choice->where != choice->origin) facts.emplace_back("where", choice->where);
  return facts;
}

/// The MCP server comes first, as it is asked first.
Facts cluster_facts(const Context& context) {
  Facts facts;
  if (const auto server = cluster_server(context); server && *server)
    facts.emplace_back("mcp_server",
                       (*server)->name + " at " + (*server)->place + ", asked first (" + (*server)->where + ")");
  std::ranges::move(own_cluster_facts(context), std::back_inserter(facts));
  return facts;
}

std::string shown_price(const llm::Price& price) {
  return fmt::format("{:g} in, {:g} cached, {:g} out, in US dollars a million tokens", price.input, price.cached,
                     price.output);
}

/// Which model would be asked, where and why.
Facts model_facts(const Context& context) {
  const auto asked = model_choice(context);
  if (!asked) return {{"none", asked.error().what}};
  if (!*asked)
    return {{"none", context.settings.enabled("offline") ? "offline" : "no provider has a key or an address"}};
  const ModelChoice& choice = **asked;
  Facts facts{{"name", choice.model + " (" + choice.where + ")"},
              {"provider", choice.provider + " (" + choice.provider_where + ")"},
              {"server", choice.base_url},
              {"key", choice.key_where.empty() ? "none" : choice.key_where},
              {"context_window", std::to_string(choice.context_window_tokens)},
              {"price", choice.price ? shown_price(*choice.price) : "not known"}};
  std::string fallbacks;
  for (const std::string& one : choice.fallbacks) fallbacks += (fallbacks.empty() ? "" : ", ") + one;
  if (!fallbacks.empty()) facts.emplace_back("fallbacks", fallbacks);
  return facts;
}

Result<int> show(Context& context) {
  const std::string format = TRY(output_format(context));
  const Facts cluster = cluster_facts(context), model = model_facts(context);
  TRY(context.out.write(format == "json" ? show_json(context.settings, settings_table(), cluster, model)
                                         : show_text(context.settings, settings_table(), cluster, model)));
  return 0;
}

// Settings were loaded, and so checked, before we came here.
Result<int> check(Context& context) {
  const std::string& path = context.settings.config_path();
  TRY(context.out.write(path.empty() ? "ok: no settings file; defaults, environment and flags\n"
                                     : "ok: " + path + "\n"));
  return 0;
}

Result<int> path(Context& context) {
  const std::string& file = context.settings.config_path();
  if (!file.empty()) TRY(context.out.write(file + "\n"));
  return 0;
}

}  // namespace

std::string show_json(const Settings& settings, std::span<const Setting> table, const Facts& cluster,
                      const Facts& model) {
  auto list = nlohmann::ordered_json::array();
  for (const Shown& shown : all_shown(settings, table))
    list.push_back({{"key", shown.key},
                    {"value", shown.value},
                    {"origin", origin_name(shown.from->origin)},
                    {"where", shown.from->where}});
  using Json = nlohmann::ordered_json;
  Json all{{"settings", list}, {"config_path", settings.config_path()}};
  for (const auto& [name, value] : cluster) all["cluster"][name] = value;
  for (const auto& [name, value] : model) all["model"][name] = value;
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string show_text(const Settings& settings, std::span<const Setting> table, const Facts& cluster,
                      const Facts& model) {
  std::string text;
  for (const Shown& shown : all_shown(settings, table))
    text += clean_line(shown.key) + " = " + shown.value + "  # " +
            (shown.from->where.empty() ? std::string(origin_name(shown.from->origin)) : shown.from->where) + "\n";
  for (const auto& [name, value] : cluster) text += "# cluster " + name + ": " + clean_line(value) + "\n";
  for (const auto& [name, value] : model) text += "# model " + name + ": " + clean_line(value) + "\n";
  return text;
}

std::vector<Command> config_commands() {
  return {
      {.path = "config", .summary = "Show or check the settings", .examples = "", .arguments = {}},
      {.path = "config show",
       .summary = "Show each setting, its value and where it came from; secrets are masked",
       .examples = "  agent config show\n  agent config show -o json\n",
       .arguments = {},
       .run = show,
       .formats = "text json"},
      {.path = "config check",
       .summary = "Check the settings and say which file they came from",
       .examples = "  agent config check --config agent.toml\n",
       .arguments = {},
       .run = check},
      {.path = "config path",
       .summary = "Print the path of the settings file in use, if there is one",
       .examples = "  agent config path\n",
       .arguments = {},
       .run = path},
  };
}

}  // namespace agent::cli
