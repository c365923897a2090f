#pragma once

#include "kube/source.hpp"

#include <string>
#include <string_view>

namespace agent::kube {

/// One question to the API: verb, and what of.
struct Question {
  std::string verb;  ///< "get" or "list", as RBAC has it.
  Kind kind;
  std::string name_space;        ///< Empty: all, or a cluster's own.
  std::string name = {};         ///< Empty for a list.
  std::string subresource = {};  ///< "log".
};

/// "/api/v1/namespaces/ci/pods/web/log", "/apis/apps/v1/deployments". A namespace is left out where the kind has none.
[[nodiscard]] std::string path_of(const Question& question);

/// "pod 'web' in namespace 'ci'", "pods in namespace 'ci'", "nodes", "pods in all namespaces".
[[nodiscard]] std::string words_of(const Question& question);

/// "pods", "pods/log", "deployments.apps": as RBAC and the API's own messages name it.
[[nodiscard]] std::string resource_of(const Question& question);

/// A query's text: "?a=b&c=d"; empty values are left out.
class Query {
 public:
  Query& add(std::string_view name, std::string_view value);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace agent::kube
