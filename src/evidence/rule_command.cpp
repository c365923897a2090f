#include "evidence/rule_command.hpp"

#include "base/text.hpp"
#include "evidence/rule_template.hpp"

namespace agent::evidence {
namespace {

constexpr std::size_t longest_value = 400;  // bytes

/// Where in a shell command a piece of text ends.
enum class Quotes { none, single, twice };

/// Follows a template's own text, to know where the next value will stand.
class ShellPlace {
 public:
  void pass(std::string_view text) {
    for (const char c : text) pass(c);
  }

  [[nodiscard]] Quotes quotes() const { return quotes_; }
  [[nodiscard]] bool starts_argument() const { return starts_argument_; }
  /// True when a value may be quoted here; else only safe characters are.
  [[nodiscard]] bool holds() const { return quotes_ != Quotes::twice && !inner_ && !substitution_; }

 private:
  void pass(char c) {
    if (c == '`' || c == '(' || c == '<' || c == '\\') substitution_ = true;
    if (quotes_ == Quotes::none) {
      if (c == '\'') quotes_ = Quotes::single;
      if (c == '"') quotes_ = Quotes::twice;
    } else if ((quotes_ == Quotes::single) == (c == '\'') && (c == '\'' || c == '"')) {
      quotes_ = Quotes::none;
      inner_ = false;
    } else if (c == '"') {
      inner_ = !inner_;
    }
    starts_argument_ = c == ' ' || (starts_argument_ && (c == '\'' || c == '"'));
  }

  Quotes quotes_ = Quotes::none;
  bool inner_ = false;         // Within "…" that stands in '…': a string of another language.
  bool substitution_ = false;  // Behind what gives text another meaning: `…`, $(…), <<.
  bool starts_argument_ = true;
};

/// `value` as it must be written at `place`; nothing when it can't be written there.
std::string written(std::string_view value, const ShellPlace& place) {
  const bool fits = value.size() <= longest_value && is_clean(value) && value.find('\t') == std::string_view::npos;
  if (!fits || (place.starts_argument() && value.starts_with('-'))) return {};
  if (is_shell_safe(value)) return std::string(value);
  if (!place.holds()) return {};
  const std::string quoted = shell_quoted(value);
  return place.quotes() == Quotes::none ? quoted : quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string expand_command(std::string_view text, std::span<const Groups> hits) {
  if (hits.empty()) return {};
  const Groups& values = hits.front();
  ShellPlace place;
  bool complete = true;
  const std::string command = fill_template(
      text, [&](std::string_view literal) { place.pass(literal); },
      [&](std::string_view name, bool optional) {
        const auto found = values.find(name.substr(0, name.find('|')));
        if (found == values.end() || found->second.empty()) {
          complete = complete && optional;
          return std::string();
        }
        std::string value = written(found->second, place);
        complete = complete && !value.empty();
        place.pass("x");
        return value;
      });
  return complete ? command : "";
}

}  // namespace agent::evidence
