#pragma once

#include "sinks/proof.hpp"
#include "sinks/render_text.hpp"

#include <string>
#include <string_view>

namespace agent::sinks {

/// Lines of a text report, within a style's width. Keeps to one promise: no line has blanks at its end, a control
/// character of its text, or, where the style asks, a CI system's command.
class TextWriter {
 public:
  explicit TextWriter(const TextStyle& style);

  /// One line, as long as it is.
  void line(std::string_view text);

  /// A section's title, after an empty line.
  void section(std::string_view title);

  /// Prose: `lead`, then `text` wrapped under it; all lines but the first start with `hang` blanks.
  void prose(std::string_view lead, std::string_view text, std::size_t hang);

  /// One line, cut at the width.
  void row(std::string_view text);

  /// Numbered lines with a gutter. Cited lines are marked and may take three rows; others are cut.
  void proof(const Proof& proof);
  void numbered(const std::vector<ProofLine>& lines);

  void remedy(const Remedy& remedy, std::size_t indent);

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::size_t width_;
  bool defuse_commands_;
  std::string out_;
};

}  // namespace agent::sinks
