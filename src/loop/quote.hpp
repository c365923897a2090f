#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Comparing what a model quotes with what stands in a text.

namespace agent::loop {

/// `text` as it is compared: without white space, placeholders without their numbers, typographic quotation marks as
/// ASCII ones. `offsets`, when given, gets for each byte where it stands in `text`.
[[nodiscard]] std::string comparable(std::string_view text, std::vector<std::size_t>* offsets = nullptr);

/// What a model wrote itself as an argument of a call: an answer that repeats it proves nothing by it.
struct OwnWords {
  std::string text;          ///< Comparable.
  bool is_sentence = false;  ///< It had white space: a claim may stand in it, a name does not.
};

/// A quote, taken apart at ends of lines and at "…" or "...". Marks around it, line numbers and gutters before its
/// lines, and markers of lines left out ("… 12 lines") are gone.
class Quote {
 public:
  explicit Quote(std::string_view text);

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  /// No part of 8 characters: proves nothing, unless its first one is a whole line. With an ellipsis between its parts
  /// such a quote is empty. Of several parts those under 4 characters are ignored.
  [[nodiscard]] bool is_short() const { return is_short_; }

  /// Where the quote stands in `lines`, whose first one must hold its first piece of at least 8 characters; the pieces
  /// behind it follow in order, in the same line or in a later one. What is given is the part of the first line.
  struct Place {
    std::size_t begin = 0, size = 0;
  };
  [[nodiscard]] std::optional<Place> find_in(std::span<const std::string> lines) const;

  /// True when the quote says no more than `own`: under 8 other characters, or fewer than it has of a sentence.
  [[nodiscard]] bool is_echo_of(std::span<const OwnWords> own) const;

  [[nodiscard]] bool has_more_pieces() const { return key_ + 1 < pieces_.size(); }

  /// A part of the first piece without white space and placeholders, the longest; every line that holds the quote
  /// holds it, redacted or not.
  [[nodiscard]] const std::string& sure_part() const { return sure_part_; }

  /// False: this line, not redacted, can't hold the first piece.
  [[nodiscard]] bool may_stand_in(std::string_view raw_line) const;

 private:
  std::vector<std::string> pieces_;  // Comparable.
  std::size_t key_ = 0;              // The piece that decides.
  bool is_short_ = false;
  std::string sure_part_;
  std::vector<std::string> parts_;  // Of the deciding piece, between placeholders.
};

}  // namespace agent::loop
