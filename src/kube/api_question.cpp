#include "kube/api_question.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "kube/kinds.hpp"
#include "kube/object.hpp"

namespace agent::kube {
namespace {

bool is_cluster_wide(const Kind& kind) {
  const KindInfo* row = find_kind(kind);
  return row != nullptr && row->scope == Scope::cluster;
}

}  // namespace

std::string path_of(const Question& question) {
  const Kind& kind = question.kind;
  std::string path = kind.group.empty() ? "/api/" : "/apis/" + percent_encode(kind.group) + "/";
  path += percent_encode(kind.version);
  if (!question.name_space.empty() && !is_cluster_wide(kind))
    path += "/namespaces/" + percent_encode(question.name_space);
  path += "/" + percent_encode(kind.resource);
  if (!question.name.empty()) path += "/" + percent_encode(question.name);
  if (!question.subresource.empty()) path += "/" + percent_encode(question.subresource);
  return path;
}

std::string words_of(const Question& question) {
  const bool wide = is_cluster_wide(question.kind);
  const std::string of = wide                          ? ""
                         : question.name_space.empty() ? " in all namespaces"
                                                       : " in namespace " + in_quotes(question.name_space);
  if (question.name.empty()) return resource_of(question) + of;
  return display_name(question.kind) + " " + in_quotes(question.name) + (question.name_space.empty() ? "" : of);
}

std::string resource_of(const Question& question) {
  std::string text = question.kind.resource;
  if (!question.subresource.empty()) text += "/" + question.subresource;
  return question.kind.group.empty() ? text : text + "." + question.kind.group;
}

Query& Query::add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  text_ += (text_.empty() ? "?" : "&") + std::string(name) + "=" + percent_encode(value);
  return *this;
}

}  // namespace agent::kube
