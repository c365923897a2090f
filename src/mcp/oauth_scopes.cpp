#include "mcp/oauth_scopes.hpp"

#include <algorithm>
#include <cstddef>

namespace agent::mcp {
namespace {

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    found.push_back(text.substr(at, end - at));
    at = end;
  }
  return found;
}

}  // namespace

std::string join_scopes(std::string_view first, std::string_view second) {
  std::vector<std::string_view> all;
  std::string text;
  for (const std::string_view scopes : {first, second}) {
    for (const std::string_view word : words(scopes)) {
      if (std::ranges::find(all, word) != all.end()) continue;
      all.push_back(word);
      text += (text.empty() ? "" : " ") + std::string(word);
    }
  }
  return text;
}

std::string join_scopes(const std::vector<std::string>& scopes) {
  std::string all;
  for (const std::string& scope : scopes) all += " " + scope;
  return join_scopes(all, "");
}

bool has_scopes(std::string_view all, std::string_view some) {
  const auto known = words(all);
  return std::ranges::all_of(words(some),
                             [&](std::string_view word) { return std::ranges::find(known, word) != known.end(); });
}

std::string scopes_to_ask(std::string_view challenge, const std::vector<std::string>& supported,
                          std::string_view before) {
  return join_scopes(before, challenge.empty() ? join_scopes(supported) : std::string(challenge));
}

}  // namespace agent::mcp
