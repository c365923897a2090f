#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace agent::evidence {

/// What the named groups of a pattern captured; groups that took no part are absent.
using Groups = std::map<std::string, std::string, std::less<>>;

/// A regular expression (RE2: linear in the text, so a user's can't hang us), compiled when first asked for.
class Pattern {
 public:
  explicit Pattern(std::string text);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string error() const;  ///< Empty when it compiles within 1 MiB.
  [[nodiscard]] std::vector<std::string> group_names() const;

  /// Searches `line` anywhere. On success, captures are added to `groups`; those it has already stay.
  [[nodiscard]] bool search(std::string_view line, Groups* groups = nullptr) const;

 private:
  struct Compiled;
  [[nodiscard]] const re2::RE2& compiled() const;

  std::string text_;
  std::unique_ptr<Compiled> compiled_;  // behind a pointer: a once_flag can't move
};

}  // namespace agent::evidence
