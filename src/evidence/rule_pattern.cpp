#include "evidence/rule_pattern.hpp"

#include <re2/re2.h>

#include <array>
#include <mutex>
#include <utility>

namespace agent::evidence {
namespace {

constexpr int max_groups = 16;

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

}  // namespace

struct Pattern::Compiled {
  std::once_flag once;
  std::unique_ptr<re2::RE2> expression;
};

Pattern::Pattern(std::string text) : text_(std::move(text)), compiled_(std::make_unique<Compiled>()) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

const re2::RE2& Pattern::compiled() const {
  std::call_once(compiled_->once, [this] { compiled_->expression = std::make_unique<re2::RE2>(text_, options()); });
  return *compiled_->expression;
}

std::string Pattern::error() const {
  if (!compiled().ok()) return compiled().error();
  if (compiled().NumberOfCapturingGroups() >= max_groups) return "more than 15 groups";
  return {};
}

std::vector<std::string> Pattern::group_names() const {
  std::vector<std::string> names;
  for (const auto& [number, name] : compiled().CapturingGroupNames()) names.push_back(name);
  return names;
}

bool Pattern::search(std::string_view line, Groups* groups) const {
  const re2::RE2& expression = compiled();
  std::array<re2::StringPiece, max_groups> captured;
  const int wanted = groups == nullptr ? 0 : expression.NumberOfCapturingGroups() + 1;
  if (wanted > max_groups) return false;
  if (!expression.Match(line, 0, line.size(), re2::RE2::UNANCHORED, captured.data(), wanted)) return false;
  if (groups == nullptr) return true;
  for (const auto& [number, name] : expression.CapturingGroupNames()) {
    const auto& piece = captured.at(static_cast<std::size_t>(number));
    if (!piece.empty()) groups->try_emplace(name, piece.data(), piece.size());
  }
  return true;
}

}  // namespace agent::evidence
