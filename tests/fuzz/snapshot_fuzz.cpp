#include "kube/document.hpp"
#include "kube/selectors.hpp"
#include "kube/snapshot_index.hpp"
#include "kube/snapshot_layout.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace agent;

/// What was read can be written again: nothing in it makes dump() throw.
void check_objects(std::string_view text) {
  auto documents = kube::parse_documents(text, "file", ErrorKind::unreadable);
  if (!documents) return;
  kube::SnapshotIndex index;
  for (kube::Document& document : *documents) {
    static_cast<void>(document.value.dump());
    static_cast<void>(index.add_manifest(document.value, "manifest.json"));
    index.add_document(std::move(document.value));
  }
  const auto selector = kube::Selector::parse("app=web,!tier", "status.phase!=Failed");
  for (const auto& [kind, objects] : index.objects)
    for (const auto& [key, object] : objects) {
      if (object.name.empty()) std::abort();
      static_cast<void>(selector->matches(object.value));
    }
}

void check_selector(std::string_view text) {
  const nlohmann::json object{{"metadata", {{"labels", {{"app", "web"}}}}}};
  for (const bool labels : {true, false})
    if (const auto selector = kube::Selector::parse(labels ? text : "", labels ? "" : text))
      static_cast<void>(selector->matches(object));
}

void check_name(std::string_view text) {
  const std::string segment = kube::snapshot::escape(text);
  std::string name;
  const bool is_safe = segment != "." && segment != ".." && !segment.contains('/') && !segment.empty() &&
                       !segment.contains('\0') && segment.size() <= 250;
  const bool comes_back = kube::snapshot::unescape(segment, name) && name == text;
  if (!is_safe || (!comes_back && !segment.contains("%~"))) std::abort();
  static_cast<void>(kube::snapshot::unescape(text, name));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_objects(text);
  check_selector(text);
  check_name(text);
  return 0;
}
