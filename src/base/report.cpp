#include "base/report.hpp"

#include <array>

namespace agent {
namespace {

constexpr std::array<std::string_view, 3> verdicts{"failing", "healthy", "unknown"};
constexpr std::array<std::string_view, 4> severities{"critical", "error", "warning", "info"};
constexpr std::array<std::string_view, 3> confidences{"high", "medium", "low"};
constexpr std::array<std::string_view, 11> categories{"test failure", "compile",        "lint",          "dependency",
                                                      "network",      "resource",       "configuration", "permission",
                                                      "timeout",      "infrastructure", "unknown"};

template <class Enum, std::size_t size>
std::string_view word(const std::array<std::string_view, size>& words, Enum value) {
  return words.at(static_cast<std::size_t>(value));
}

template <class Enum, std::size_t size>
std::optional<Enum> value_of(const std::array<std::string_view, size>& words, std::string_view name) {
  for (std::size_t i = 0; i < size; ++i)
    if (words.at(i) == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name(Verdict verdict) { return word(verdicts, verdict); }
std::string_view name(Severity severity) { return word(severities, severity); }
std::string_view name(Confidence confidence) { return word(confidences, confidence); }
std::string_view name(Category category) { return word(categories, category); }
std::optional<Category> category_named(std::string_view name) { return value_of<Category>(categories, name); }
std::optional<Severity> severity_named(std::string_view name) { return value_of<Severity>(severities, name); }

}  // namespace agent
