#pragma once

#include "mcp/message.hpp"
#include "mcp/schema_values.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace agent::mcp {

/// Where the references of one schema lead. Nothing is ever fetched.
class References {
 public:
  References(const Json& root, Budget& budget) : resource_(&root), budget_(budget) {}

  /// The schema that `reference` names: "#", "#/$defs/a", "#anchor", or one of these behind the `$id` that holds here.
  /// Null when it is none of this document.
  [[nodiscard]] const Json* find(std::string_view reference);

  /// From now on references start at `schema`, when it has an `$id` of its own; gives what held before.
  [[nodiscard]] const Json* enter(const Json& schema);
  void leave(const Json* before) { resource_ = before; }

 private:
  [[nodiscard]] const Json* at_pointer(std::string_view pointer);
  [[nodiscard]] const Json* at_anchor(const std::string& name);
  const Json* seek_anchor(const Json& schema, const std::string& name, std::size_t depth);

  const Json* resource_;
  Budget& budget_;
  std::map<std::pair<const Json*, std::string>, const Json*> anchors_;
};

}  // namespace agent::mcp
