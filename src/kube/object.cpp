#include "kube/object.hpp"

#include "base/text.hpp"

namespace agent::kube {

using nlohmann::json;

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string in_quotes(std::string_view name) {
  constexpr std::size_t longest_name = 253;
  return "'" + clean_line(name.substr(0, longest_name)) + "'";
}

void drop_bookkeeping(json& object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return;
  metadata->erase("managedFields");
  const auto notes = metadata->find("annotations");
  if (notes != metadata->end() && notes->is_object()) notes->erase("kubectl.kubernetes.io/last-applied-configuration");
}

void clear_values(json& object, const char* member) {
  const auto values = object.find(member);
  if (values != object.end() && values->is_object())
    for (json& value : *values) value = "";
}

}  // namespace agent::kube
