#pragma once

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace agent::kube {

/// Which objects a label selector and a field selector mean, where no API server decides it.
class Selector {
 public:
  /// Labels: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, all of them, joined by commas
  /// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/). Fields: `metadata.name=a`,
  /// `status.phase!=Running`, of any path. Empty ones mean every object. Errors: `usage`: not of this form.
  [[nodiscard]] static Result<Selector> parse(std::string_view labels, std::string_view fields);

  [[nodiscard]] bool matches(const nlohmann::json& object) const;

 private:
  enum class Operator { in, not_in, exists, missing };
  struct Requirement {
    std::vector<std::string> path;
    Operator wanted = Operator::in;
    std::vector<std::string> values;
  };
  class Reader;

  [[nodiscard]] static bool holds(const Requirement& requirement, const nlohmann::json& object);

  std::vector<Requirement> requirements_;
};

}  // namespace agent::kube
