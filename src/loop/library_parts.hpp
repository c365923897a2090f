#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "loop/kept_text.hpp"
#include "loop/library.hpp"
#include "loop/quote.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the library is made of.

namespace agent::loop {

/// Reads one text: blocks as they were when it was made. What it gives is cleaned, and redacted as whole lines with as
/// many of their neighbours as a secret may span. One thread at a time.
class TextReader {
 public:
  /// Told of the lines that it gives and of those that hold a quote, as far as that spans.
  using Tell = std::function<void(std::vector<LibraryLine>)>;
  TextReader(std::vector<BlockPtr> blocks, BlockCache& cache, const Library::Redact& redact, Tell tell)
      : blocks_(std::move(blocks)), cache_(cache), redact_(redact), tell_(std::move(tell)) {}

  /// Lines from `first` on, at most `count`, up to where lines are missing. Whole ones, of at most 64 KiB.
  [[nodiscard]] std::vector<LibraryLine> read(std::size_t first, std::size_t count) const;

  /// Lines that hold all `words` (lower case), in order.
  [[nodiscard]] std::vector<LibraryLine> search(const std::vector<std::string>& words, std::size_t most) const;

  /// The line that holds `quote` and is the nearest to `near`.
  struct Hit {
    std::size_t line = 0;
    std::string text;  ///< Of the line, so much as the quote stands for.
  };
  [[nodiscard]] std::optional<Hit> find(const Quote& quote, std::size_t near) const;

 private:
  [[nodiscard]] std::vector<std::string> lines(std::size_t first, std::size_t count) const;
  [[nodiscard]] std::size_t window_before(std::size_t first, std::size_t margin) const;
  [[nodiscard]] std::vector<std::string> raw(std::size_t first, std::size_t needed, std::size_t behind) const;
  [[nodiscard]] std::optional<Hit> hit_at(const Quote& quote, std::size_t line) const;
  [[nodiscard]] std::vector<std::size_t> candidates(const Quote& quote, const BlockPtr& block) const;

  std::vector<BlockPtr> blocks_;
  BlockCache& cache_;
  const Library::Redact& redact_;
  Tell tell_;
};

/// So many lines, with the first, a quote may span.
inline constexpr std::size_t quote_lines = 40;

/// A text of which only some lines are there.
struct SparseText {
  LibrarySource source;
  std::map<std::size_t, std::string> lines;  ///< Whole ones, redacted.

  [[nodiscard]] std::vector<LibraryLine> read(std::size_t first, std::size_t count) const;
  [[nodiscard]] std::vector<LibraryLine> search(const std::vector<std::string>& words, std::size_t most) const;
  [[nodiscard]] std::optional<TextReader::Hit> find(const Quote& quote, std::size_t near) const;
};

/// Lines that are known without their text, as a report cites and shows them.
class KnownLines {
 public:
  void add(const Report& report);

  struct Line {
    std::string text, timestamp;
  };
  struct Source {
    std::size_t lines_total = 0;
    std::uint64_t bytes_total = 0;
    std::map<std::size_t, Line> lines;
    std::vector<std::string> texts;  ///< Of a source without lines: fields of objects, events.
  };
  [[nodiscard]] const std::map<std::string, Source>& sources() const { return sources_; }
  [[nodiscard]] const Source* find(const std::string& id) const;
  [[nodiscard]] std::optional<Citation> locate(const std::string& id, const Quote& quote, std::size_t near) const;

 private:
  std::map<std::string, Source> sources_;
};

/// The start of a line that is given out: 2,000 code points, then "…".
[[nodiscard]] std::string shown_line(std::string_view line);

}  // namespace agent::loop
