#include "evidence/cluster_json.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace agent::evidence {
namespace {

constexpr std::size_t quote_limit = 400;  // bytes

const Json& nothing() {
  static const Json null;
  return null;
}

std::string unescaped(std::string_view token) {
  std::string key;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escaped = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    key += escaped ? (token[++i] == '1' ? '/' : '~') : token[i];
  }
  return key;
}

const Json& child(const Json& json, std::string_view token) {
  if (json.is_object()) {
    const auto found = json.find(unescaped(token));
    return found == json.end() ? nothing() : *found;
  }
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool is_index = json.is_array() && error == std::errc{} && end == token.data() + token.size();
  return is_index && index < json.size() ? json[index] : nothing();
}

bool one_of(const Json& values, std::string_view value) {
  return std::ranges::any_of(items(values, ""), [&](const Json& one) { return text(one, "") == value; });
}

/// One of a selector's matchExpressions: key, operator In | NotIn | Exists | DoesNotExist, values.
bool meets(const Json& expression, const Json& labels) {
  const auto& all = members(labels, "");
  const auto label = all.find(std::string(text(expression, "key")));
  const bool exists = label != all.end();
  const bool among = exists && one_of(at(expression, "values"), text(label->second, ""));
  const std::string_view how = text(expression, "operator");
  if (how == "In") return among;
  if (how == "NotIn") return !among;
  return how == "Exists" ? exists : !exists;
}

}  // namespace

const Json& at(const Json& json, std::string_view path) {
  const Json* here = &json;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    here = &child(*here, path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return *here;
}

std::string pointer_token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    if (c == '~' || c == '/')
      token += c == '~' ? "~0" : "~1";
    else
      token += c;
  }
  return token;
}

std::string_view text(const Json& json, std::string_view path) {
  const Json& value = at(json, path);
  return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view();
}

std::optional<std::int64_t> number(const Json& json, std::string_view path) {
  const Json& value = at(json, path);
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned()) {
    const auto large = value.get<std::uint64_t>();
    constexpr auto limit = std::numeric_limits<std::int64_t>::max();
    return large > static_cast<std::uint64_t>(limit) ? limit : static_cast<std::int64_t>(large);
  }
  return value.get<std::int64_t>();
}

std::int64_t count(const Json& json, std::string_view path) { return number(json, path).value_or(0); }

bool flag(const Json& json, std::string_view path) {
  const Json& value = at(json, path);
  return value.is_boolean() && value.get<bool>();
}

std::span<const Json> items(const Json& json, std::string_view path) {
  const Json& value = at(json, path);
  return value.is_array() ? std::span<const Json>(value.get_ref<const Json::array_t&>()) : std::span<const Json>();
}

const Json::object_t& members(const Json& json, std::string_view path) {
  static const Json::object_t none;
  const Json& value = at(json, path);
  return value.is_object() ? value.get_ref<const Json::object_t&>() : none;
}

std::string quoted(const Json& value) {
  std::string whole =
      value.is_string() ? std::string(text(value, "")) : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (whole.size() <= quote_limit) return whole;
  std::size_t end = quote_limit;
  while (end > 0 && (static_cast<unsigned char>(whole[end]) & 0xC0) == 0x80) --end;
  whole.resize(end);
  return whole;
}

const Json& named(std::span<const Json> list, std::string_view value, std::string_view key) {
  const std::size_t index = index_of(list, value, key);
  return index < list.size() ? list[index] : nothing();
}

std::size_t index_of(std::span<const Json> list, std::string_view value, std::string_view key) {
  if (value.empty()) return list.size();  // what has no name is not named ""
  const auto found = std::ranges::find_if(list, [&](const Json& one) { return text(one, key) == value; });
  return static_cast<std::size_t>(found - list.begin());
}

bool has_labels(const Json& wanted, const Json& labels) {
  const auto& all = members(labels, "");
  return std::ranges::all_of(members(wanted, ""), [&](const auto& pair) {
    const auto label = all.find(pair.first);
    return label != all.end() && label->second == pair.second;
  });
}

bool selects(const Json& selector, const Json& labels) {
  return has_labels(at(selector, "matchLabels"), labels) &&
         std::ranges::all_of(items(selector, "matchExpressions"),
                             [&](const Json& expression) { return meets(expression, labels); });
}

}  // namespace agent::evidence
