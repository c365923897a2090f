#include "llm/known_models.hpp"

#include <algorithm>
#include <array>

namespace agent::llm {
namespace {

struct Row {
  std::string_view name;
  int context_window_tokens;
  std::optional<Price> price;
};

// US dollars a million tokens, for prompts up to 100,000 tokens (Claude Haiku 5.5) or 272,000 (GPT-6). As of November
// 2026: platform.claude.com/docs/en/about-claude/pricing, developers.openai.com/api/docs/pricing.
constexpr std::array rows{
    Row{"claude-fable-5-1", 1'000'000, Price{10, 0.25, 50}},
    Row{"claude-haiku-4-5", 200'000, Price{1, 0.1, 5}},
    Row{"claude-haiku-5-5", 1'000'000, Price{0.1, 0.01, 0.5}},
    Row{"claude-opus-5", 1'000'000, Price{5, 0.5, 25}},
    Row{"claude-opus-5-5", 1'000'000, Price{4, 0.2, 20}},
    Row{"claude-sonnet-5", 1'000'000, Price{2, 0.2, 10}},
    Row{"claude-sonnet-5-5", 1'000'000, Price{2, 0.1, 10}},
    Row{"gemini-3.8-flash", 1'048'576, std::nullopt},  // its price doubles at the end of 2026
    Row{"gpt-6-astra", 1'050'000, Price{10, 1, 50}},
    Row{"gpt-6-luna", 1'050'000, Price{0.1, 0.01, 0.5}},
    Row{"gpt-6.1-sol", 1'050'000, Price{2, 0.1, 10}},
    Row{"gpt-6.1-terra", 1'050'000, Price{1, 0.05, 5}},
};

struct ShortName {
  std::string_view name, full;
};
// platform.claude.com/docs/en/models/overview, November 2026.
constexpr std::array short_names{
    ShortName{"fable", "claude-fable-5-1"},
    ShortName{"haiku", "claude-haiku-5-5"},
    ShortName{"opus", "claude-opus-5-5"},
    ShortName{"sonnet", "claude-sonnet-5-5"},
};

/// "-20260922" or "-2026-09-22".
bool is_date(std::string_view end) {
  return end.size() >= 9 && end.front() == '-' && end.find_first_not_of("-0123456789") == std::string_view::npos &&
         end.starts_with("-20");
}

}  // namespace

std::optional<KnownModel> known_model(std::string_view name) {
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const auto same = [name](const Row& row) {
    return name == row.name || (name.starts_with(row.name) && is_date(name.substr(row.name.size())));
  };
  const auto found = std::ranges::find_if(rows, same);
  if (found == rows.end()) return std::nullopt;
  return KnownModel{found->context_window_tokens, found->price};
}

std::string full_name(std::string_view name) {
  const auto found = std::ranges::find(short_names, name, &ShortName::name);
  return std::string(found == short_names.end() ? name : found->full);
}

}  // namespace agent::llm
