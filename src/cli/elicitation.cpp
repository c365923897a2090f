#include "cli/elicitation.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

namespace agent::cli {
namespace {

using nlohmann::json;

constexpr std::size_t shown_bytes = 500, most_fields = 50, most_line_bytes = 4096;
constexpr int most_tries = 3;

const json& at(const json& object, const char* key) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

/// Foreign text on one line.
std::string shown(const json& value) {
  if (value.is_null()) return {};
  return clean_line((value.is_string() ? value.get_ref<const std::string&>() : value.dump()).substr(0, shown_bytes));
}

/// The values that a field may have: `enum`, or the `const` of each of `oneOf` or `anyOf`.
std::vector<json> choices_of(const json& field) {
  std::vector<json> choices;
  if (const json& listed = at(field, "enum"); listed.is_array()) choices.assign(listed.begin(), listed.end());
  for (const char* key : {"oneOf", "anyOf"}) {
    if (const json& listed = at(field, key); listed.is_array())
      for (const json& one : listed)
        if (const json& value = at(one, "const"); !value.is_null()) choices.push_back(value);
  }
  return choices;
}

std::string joined(const std::vector<json>& choices) {
  std::string all;
  for (const json& one : choices) all += (all.empty() ? "" : ", ") + shown(one);
  return all;
}

std::optional<json> number(const std::string& text, bool whole) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return {};
  constexpr double most_exact = 9007199254740992.0;  // 2^53
  if (!whole) return json(value);
  if (std::trunc(value) != value || std::abs(value) > most_exact) return {};
  return json(static_cast<std::int64_t>(value));
}

std::optional<json> truth(const std::string& text) {
  const std::string word = lower(text);
  if (word == "yes" || word == "y" || word == "true") return json(true);
  if (word == "no" || word == "n" || word == "false") return json(false);
  return {};
}

bool is_among(const std::vector<json>& choices, const json& value) {
  return choices.empty() || std::ranges::find(choices, value) != choices.end();
}

std::optional<json> list(const json& field, const std::string& text) {
  const auto choices = choices_of(at(field, "items"));
  json values = json::array();
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    const json one = std::string(trim(rest.substr(0, end)));
    if (!is_among(choices, one)) return {};
    values.push_back(one);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return values;
}

/// What was typed, as the field's type has it; none when it does not fit.
std::optional<json> value_of(const json& field, const std::string& text) {
  const std::string type = shown(at(field, "type"));
  std::optional<json> value;
  if (type == "boolean")
    value = truth(text);
  else if (type == "integer" || type == "number")
    value = number(text, type == "integer");
  else if (type == "array")
    return list(field, text);
  else
    value = json(text);
  if (value && !is_among(choices_of(field), *value)) return {};
  return value;
}

std::string prompt_of(const std::string& name, const json& field, bool required) {
  const std::string title = shown(at(field, "title")), about = shown(at(field, "description"));
  std::string prompt = title.empty() ? clean_line(name) : title;
  if (!about.empty()) prompt += " (" + about + ")";
  const auto choices = choices_of(shown(at(field, "type")) == "array" ? at(field, "items") : field);
  if (!choices.empty()) prompt += " [" + joined(choices) + "]";
  if (shown(at(field, "type")) == "boolean") prompt += " [yes, no]";
  if (const std::string usual = shown(at(field, "default")); !usual.empty()) prompt += " default " + usual;
  return prompt + (required ? "" : ", may be left out") + ": ";
}

bool is_required(const json& schema, const std::string& name) {
  const json& required = at(schema, "required");
  return required.is_array() && std::ranges::find(required, json(name)) != required.end();
}

/// False: the input ended, or no value fitted.
bool ask_field(const json& schema, const std::string& name, const json& field, const AskLine& ask, json& content) {
  const bool required = is_required(schema, name) && at(field, "default").is_null();
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto typed = ask(prompt_of(name, field, required));
    if (!typed) return false;
    const std::string text(trim(*typed));
    if (text.empty() && !required) return true;
    auto value = text.empty() ? std::nullopt : value_of(field, text);
    if (!value) continue;
    content[name] = *std::move(value);
    return true;
  }
  return false;
}

FormAnswer ask_form(const json& schema, const AskLine& ask) {
  FormAnswer answer{.action = FormAnswer::Action::accept, .content = json::object()};
  const json& fields = at(schema, "properties");
  if (!fields.is_object() || fields.size() > most_fields) return {FormAnswer::Action::decline, {}};
  for (auto field = fields.begin(); field != fields.end(); ++field)
    if (!ask_field(schema, field.key(), *field, ask, answer.content)) return {FormAnswer::Action::cancel, {}};
  return answer;
}

bool may_be_visited(const std::string& text) {
  const auto url = net::parse_url(text);
  return url && (url->tls || net::is_loopback(url->host));
}

}  // namespace

FormAnswer ask_person(const std::string& server, const json& params, const AskLine& ask) {
  using Action = FormAnswer::Action;
  const bool by_url = shown(at(params, "mode")) == "url";
  const std::string url = shown(at(params, "url"));
  if (by_url && !may_be_visited(url)) return {Action::decline, {}};
  const std::string asks = "The MCP server '" + clean_line(server) + "' asks: " + shown(at(params, "message")) + "\n";
  const std::string how =
      by_url ? "Open this page yourself if you trust it: " + url + "\nSay yes when you are done [yes, no]: "
             : std::string("Answer it? [yes, no]: ");
  const auto said = ask(asks + how);
  if (!said) return {Action::cancel, {}};
  if (truth(std::string(trim(*said))) != json(true)) return {Action::decline, {}};
  if (by_url) return {Action::accept, json::object()};
  return ask_form(at(params, "requestedSchema"), ask);
}

std::optional<std::string> read_terminal_line(int fd, const std::stop_token& stop) {
  constexpr int turn_ms = 100;
  std::string line;
  while (!stop.stop_requested() && line.size() < most_line_bytes) {
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, turn_ms) <= 0) continue;
    char c = 0;
    const ssize_t size = ::read(fd, &c, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return {};
    if (c == '\n') return line;
    line += c;
  }
  return {};
}

}  // namespace agent::cli
