#include "flows/pod_secrets.hpp"

#include "base/text.hpp"
#include "evidence/cluster_json.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace agent::flows {
namespace {

using evidence::items;
using evidence::Json;
using evidence::text;

constexpr std::array<std::string_view, 7> secret_words{"password", "passwd",     "secret",     "token",
                                                       "api_key",  "credential", "private_key"};

/// DB_PASSWORD, but not DB_PASSWORD_FILE.
bool sounds_secret(std::string_view name) {
  const std::string word = lower(name);
  for (const std::string_view place : {"_file", "_path", "_dir", "_name", "_url", "_uri"})
    if (word.ends_with(place)) return false;
  return std::ranges::any_of(secret_words, [&](std::string_view one) { return word.find(one) != std::string::npos; });
}

void learn_of(const Json& spec, SharedRedactor& redactor) {
  for (const char* kind : {"initContainers", "containers"})
    for (const Json& container : items(spec, kind))
      for (const Json& variable : items(container, "env")) {
        const std::string_view value = text(variable, "value");
        if (!value.empty() && value.front() != '/' && sounds_secret(text(variable, "name")))
          redactor.learn(value, "variable");
      }
}

}  // namespace

void learn_secrets(const Json& object, SharedRedactor& redactor) {
  for (const char* spec : {"spec", "spec/template/spec", "spec/jobTemplate/spec/template/spec"})
    learn_of(evidence::at(object, spec), redactor);
}

}  // namespace agent::flows
