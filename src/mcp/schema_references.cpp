#include "mcp/schema_references.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <charconv>

namespace agent::mcp {
namespace {

/// One token of a JSON pointer (RFC 6901, 4).
std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t at = 0; at < token.size(); ++at) {
    const bool escape = token[at] == '~' && at + 1 < token.size() && (token[at + 1] == '0' || token[at + 1] == '1');
    text += escape ? (token[++at] == '0' ? '~' : '/') : token[at];
  }
  return text;
}

const Json* child(const Json& value, const std::string& token) {
  if (value.is_object()) {
    const auto found = value.find(token);
    return found == value.end() ? nullptr : &*found;
  }
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool is_index = error == std::errc() && end == token.data() + token.size();
  return value.is_array() && is_index && index < value.size() ? &value[index] : nullptr;
}

/// `$id` up to its fragment; empty when there is none.
std::string id_of(const Json& schema) {
  auto id = text_at(schema, "$id");
  return id.substr(0, id.find('#'));
}

bool is_data(const std::string& keyword) {
  return keyword == "const" || keyword == "enum" || keyword == "default" || keyword == "examples";
}

}  // namespace

const Json* References::find(std::string_view reference) {
  const auto hash = std::min(reference.find('#'), reference.size());
  const auto base = reference.substr(0, hash);
  if (!base.empty() && base != id_of(*resource_)) return nullptr;
  const auto fragment = percent_decode(reference.substr(std::min(hash + 1, reference.size())));
  if (fragment.empty()) return resource_;
  return fragment.front() == '/' ? at_pointer(fragment) : at_anchor(fragment);
}

const Json* References::enter(const Json& schema) {
  return id_of(schema).empty() ? resource_ : std::exchange(resource_, &schema);
}

const Json* References::at_pointer(std::string_view pointer) {
  const Json* at = resource_;
  while (at != nullptr && !pointer.empty() && budget_.spend(1)) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    at = child(*at, unescaped(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return budget_.is_spent() ? nullptr : at;
}

const Json* References::at_anchor(const std::string& name) {
  const auto [known, is_new] = anchors_.try_emplace({resource_, name}, nullptr);
  if (is_new) known->second = seek_anchor(*resource_, name, 0);
  return known->second;
}

const Json* References::seek_anchor(const Json& schema, const std::string& name, std::size_t depth) {
  if (!schema.is_structured() || depth > most_depth || !budget_.spend(1)) return nullptr;
  const bool other = &schema != resource_ && !id_of(schema).empty();
  if (other) return nullptr;  // its anchors are its own
  if (text_at(schema, "$anchor") == name || text_at(schema, "$dynamicAnchor") == name) return &schema;
  if (text_at(schema, "$id") == "#" + name) return &schema;  // draft-07
  for (auto one = schema.begin(); one != schema.end(); ++one) {
    if (schema.is_object() && is_data(one.key())) continue;
    if (const Json* found = seek_anchor(*one, name, depth + 1)) return found;
  }
  return nullptr;
}

}  // namespace agent::mcp
