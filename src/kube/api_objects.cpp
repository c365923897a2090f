#include "kube/api_objects.hpp"

#include "kube/document.hpp"
#include "kube/kinds.hpp"
#include "kube/object.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace agent::kube {
namespace {

using nlohmann::json;

/// Behind the array that begins at `from`; npos when it does not end.
std::size_t end_of_array(std::string_view text, std::size_t from) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\') ++at;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

/// Makes the values of `managedFields` null: they are half of many a list, and not to be built only to be thrown away.
void shorten(std::string& body) {
  constexpr std::string_view key = R"("managedFields":)", nothing = "null";
  std::size_t read = 0, written = 0;
  const auto keep = [&](std::size_t to) {
    if (written != read) std::copy(body.data() + read, body.data() + to, body.data() + written);
    written += to - read;
    read = to;
  };
  for (std::size_t found = body.find(key); found != std::string::npos; found = body.find(key, read)) {
    keep(found + key.size());
    const bool is_key = found > 0 && body[found - 1] != '\\';  // else it is the end of another one
    const std::size_t end = is_key && body[read] == '[' ? end_of_array(body, read) : std::string_view::npos;
    if (end == std::string_view::npos || end - read < nothing.size()) continue;
    nothing.copy(body.data() + written, nothing.size());
    written += nothing.size();
    read = end;
  }
  keep(body.size());
  body.resize(written);
}

void keep_metadata_only(json& object) {
  json kept = json::object();
  for (const char* key : {"apiVersion", "kind", "metadata"})
    if (const auto found = object.find(key); found != object.end()) kept[key] = std::move(*found);
  // What kubectl last applied of a Secret is its data; what else stands in notes of one is not worth the risk.
  if (const auto metadata = kept.find("metadata"); metadata != kept.end() && metadata->is_object())
    metadata->erase("annotations");
  object = std::move(kept);
}

/// What a list says of its items' kind; a form of its own (PartialObjectMetadata) says nothing of it.
struct Named {
  std::string api_version, kind;
};

void name_object(json& object, const Kind& kind, const Named& named) {
  const bool has_name = !text_of(object, "kind").empty() && text_of(object, "kind") != "PartialObjectMetadata";
  if (has_name) return;
  if (const KindInfo* row = find_kind(kind); row != nullptr) {
    object["kind"] = row->name;
    object["apiVersion"] = kind.group.empty() ? kind.version : kind.group + "/" + kind.version;
  } else if (!named.kind.empty()) {
    object["kind"] = named.kind;
    object["apiVersion"] = named.api_version;
  }
}

void tidy(json& object, const Kind& kind, const Named& named) {
  drop_bookkeeping(object);
  if (is_secret(kind)) keep_metadata_only(object);
  name_object(object, kind, named);
}

}  // namespace

bool is_secret(const Kind& kind) { return kind.group.empty() && kind.resource == "secrets"; }

bool read_page(std::string body, const Kind& kind, ObjectPage& page) {
  shorten(body);
  json list;
  if (!parse_json(body, list) || !list.is_object()) return false;
  std::string name = text_of(list, "kind");
  const auto items = list.find("items");
  if (!name.ends_with("List") || items == list.end()) return false;
  if (!items->is_array() && !items->is_null()) return false;
  name.resize(name.size() - std::string_view("List").size());
  const Named named{text_of(list, "apiVersion"), name == "PartialObjectMetadata" ? "" : name};
  for (json& item : *items) {
    if (!item.is_object()) return false;
    tidy(item, kind, named);
    page.objects.push_back(std::move(item));
  }
  const auto metadata = list.find("metadata");
  page.next = metadata != list.end() && metadata->is_object() ? text_of(*metadata, "continue") : std::string();
  return true;
}

bool read_object(std::string body, const Kind& kind, json& object) {
  shorten(body);
  if (!parse_json(body, object) || !object.is_object()) return false;
  const auto metadata = object.find("metadata");
  if (text_of(object, "kind").empty() || metadata == object.end() || !metadata->is_object()) return false;
  tidy(object, kind, {});
  return true;
}

}  // namespace agent::kube
