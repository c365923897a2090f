#include "base/text.hpp"
#include "loop/submission_parts.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

namespace agent::loop {
namespace {

template <class Value>
struct Word {
  std::string_view part;
  Value means;
};

/// Other words for a category, whatever stands around them; the first one counts.
constexpr std::array<Word<Category>, 41> category_words{{
    {"timeout", Category::timeout},
    {"timed out", Category::timeout},
    {"deadline", Category::timeout},
    {"assertion", Category::test_failure},
    {"test", Category::test_failure},
    {"lint", Category::lint},
    {"format", Category::lint},
    {"style", Category::lint},
    {"depend", Category::dependency},
    {"package", Category::dependency},
    {"module", Category::dependency},
    {"permission", Category::permission},
    {"auth", Category::permission},
    {"forbidden", Category::permission},
    {"denied", Category::permission},
    {"access", Category::permission},
    {"rbac", Category::permission},
    {"credential", Category::permission},
    {"oom", Category::resource},
    {"memory", Category::resource},
    {"disk", Category::resource},
    {"quota", Category::resource},
    {"cpu", Category::resource},
    {"resource", Category::resource},
    {"storage", Category::resource},
    {"compil", Category::compile},
    {"build", Category::compile},
    {"syntax", Category::compile},
    {"link", Category::compile},
    {"network", Category::network},
    {"dns", Category::network},
    {"connect", Category::network},
    {"tls", Category::network},
    {"config", Category::configuration},
    {"setting", Category::configuration},
    {"missing", Category::configuration},
    {"environment", Category::configuration},
    {"infra", Category::infrastructure},
    {"node", Category::infrastructure},
    {"cluster", Category::infrastructure},
    {"runner", Category::infrastructure},
}};

constexpr std::array<Word<Confidence>, 11> confidence_words{{
    {"not", Confidence::low},
    {"un", Confidence::low},
    {"low", Confidence::low},
    {"medium", Confidence::medium},
    {"moderate", Confidence::medium},
    {"likely", Confidence::medium},
    {"probable", Confidence::medium},
    {"high", Confidence::high},
    {"certain", Confidence::high},
    {"sure", Confidence::high},
    {"definit", Confidence::high},
}};

/// Lower case, '_' and '-' as blanks.
std::string plain(std::string_view word) {
  std::string text = lower(trim(word));
  std::ranges::replace_if(text, [](char c) { return c == '_' || c == '-'; }, ' ');
  return text;
}

template <class Words, class Value>
Value meant(const Words& words, std::string_view text, Value otherwise) {
  const auto found = std::ranges::find_if(words, [&](const auto& word) { return text.contains(word.part); });
  return found == words.end() ? otherwise : found->means;
}

}  // namespace

Category meant_category(std::string_view word) {
  const std::string text = plain(word);
  if (const auto category = category_named(text)) return *category;
  return meant(category_words, text, Category::unknown);
}

Confidence meant_confidence(std::string_view word) {
  const std::string text = plain(word);
  if (text.find_first_of("0123456789") != 0) return meant(confidence_words, text, Confidence::low);
  const double number = std::strtod(text.c_str(), nullptr);
  const double share = number > 1 ? number / 100 : number;
  if (share >= 0.8) return Confidence::high;
  return share >= 0.5 ? Confidence::medium : Confidence::low;
}

}  // namespace agent::loop
