#include "base/text.hpp"
#include "kube/api_account.hpp"
#include "kube/api_credentials.hpp"
#include "kube/api_errors.hpp"
#include "kube/api_grant.hpp"
#include "kube/api_objects.hpp"
#include "kube/document.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using nlohmann::json;
namespace kube = agent::kube;

const kube::Kind pods{"", "v1", "pods"}, secrets{"", "v1", "secrets"};

void hold(bool invariant) {
  if (!invariant) std::abort();
}

/// Nothing of a Secret comes in but its metadata.
void check_secret(const json& object) {
  for (const auto& [key, value] : object.items()) hold(key == "kind" || key == "apiVersion" || key == "metadata");
  const auto metadata = object.find("metadata");
  if (metadata != object.end() && metadata->is_object()) hold(!metadata->contains("annotations"));
}

/// Whatever a message says, what we tell to apply is one role with one rule, and its binding.
void check_grant(const std::string& message) {
  kube::Refusal refusal;
  if (!kube::parse_refusal(message, refusal)) return;
  const auto documents = kube::parse_documents(kube::grant_of(refusal), "grant", agent::ErrorKind::bug);
  hold(documents && documents->size() == 2);
  const json &role = documents->at(0).value, &binding = documents->at(1).value;
  hold(role["rules"].size() == 1 && role["rules"][0]["verbs"].size() == 1 && binding["subjects"].size() == 1);
  hold(role["rules"][0]["resources"].size() == 1 && role["kind"].get<std::string>().ends_with("Role"));
}

void check_refusals(const std::string& text) {
  for (const int status : {400, 401, 403, 404, 406, 410, 418, 429, 500})
    for (const char* subresource : {"", "log"}) {
      const auto error = kube::explain({"get", pods, "ci", "web", subresource}, {status, "GET x", text}, {});
      hold(!error.what.empty() && error.what.size() < 2000 && agent::is_clean(error.what));
    }
  check_grant(kube::read_status(text).message);
  check_grant(agent::clean_line(text));
}

}  // namespace

/// What an API server, or what stands in its place, may answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  kube::ObjectPage page;
  if (kube::read_page(text, secrets, page))
    for (const json& object : page.objects) check_secret(object);
  json object;
  if (kube::read_object(text, secrets, object)) check_secret(object);
  if (kube::read_object(text, pods, object)) hold(!object["metadata"].contains("managedFields"));
  check_refusals(text);
  static_cast<void>(kube::subject_of_token(text));
  static_cast<void>(kube::parse_time(text));
  return 0;
}
