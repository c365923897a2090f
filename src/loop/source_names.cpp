#include "loop/source_names.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace agent::loop {
namespace {

std::string_view bare(std::string_view name) {
  constexpr std::string_view around = " \t\r\n'\"`[]()<>";
  const std::size_t begin = name.find_first_not_of(around), end = name.find_last_not_of(around);
  if (begin == std::string_view::npos) return {};
  name = name.substr(begin, end + 1 - begin);
  while (name.starts_with("./")) name.remove_prefix(2);
  while (name.ends_with('/')) name.remove_suffix(1);
  return name;
}

std::string_view without_kind(std::string_view name) {
  constexpr std::array<std::string_view, 5> kinds{"log/", "pod/", "events/", "object/", "tool/"};
  for (const std::string_view kind : kinds)
    if (name.starts_with(kind)) return name.substr(kind.size());
  return name;
}

bool has_part(std::string_view id, std::string_view name) {
  for (std::size_t at = id.find(name); at != std::string_view::npos; at = id.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || id[at - 1] == '/';
    if (begins && (end == id.size() || id[end] == '/' || id[end] == '#')) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> sources_meant(std::string_view name, std::span<const std::string> ids) {
  name = bare(name);
  const std::string_view rest = without_kind(name);
  const auto chosen = [&](const auto& fits) {
    std::vector<std::string> found;
    std::ranges::copy_if(ids, std::back_inserter(found), fits);
    return found;
  };
  if (auto same = chosen([&](const std::string& id) { return id == name; }); !same.empty()) return same;
  if (rest.empty()) return {};
  auto ending = chosen([&](const std::string& id) { return id.ends_with("/" + std::string(rest)); });
  if (!ending.empty()) return ending;
  return chosen([&](const std::string& id) { return has_part(id, rest); });
}

bool SourceOrder::operator()(const std::string& a, const std::string& b) const {
  if (a.starts_with("tool/") && b.starts_with("tool/") && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

}  // namespace agent::loop
