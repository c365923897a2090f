#pragma once

#include "base/error.hpp"
#include "base/report.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::loop {

/// A line of a source, redacted and cleaned for display.
struct LibraryLine {
  std::size_t number = 0;  ///< Counted from 1.
  std::string text;
};

struct LibrarySource {
  std::string id;         ///< Source id: "log/build.log", "pod/ci/web/app", "tool/3".
  std::size_t lines = 0;  ///< So many there are.
  std::uint64_t bytes = 0;
  std::size_t kept_from = 1;  ///< Lines between the head that fits and this one were not kept.
};

/// The whole texts behind an investigation: what the model reads further in, and what its quotes are checked against.
///
/// Texts are kept in memory, compressed, up to `limit_bytes` compressed in all (32 MiB are about 300 MB of log); of
/// what is larger the head and the tail. Lines are split on '\n' and counted from 1; what is given out passes `redact`
/// as whole lines. Any threads.
class Library {
 public:
  using Redact = std::function<std::string(std::string_view)>;
  static constexpr std::uint64_t usual_limit_bytes = std::uint64_t{32} * 1024 * 1024;

  explicit Library(Redact redact, std::uint64_t limit_bytes = usual_limit_bytes);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// Takes one source's bytes in any chunking; the source is there after its finish(). One thread at a time.
  class Writer {
   public:
    virtual ~Writer() = default;
    virtual void feed(std::string_view bytes) = 0;
    virtual void finish() = 0;
  };
  /// An id that is there already is replaced at finish().
  [[nodiscard]] std::unique_ptr<Writer> open(std::string id);

  /// A whole text, such as a tool's result: gets the id "tool/N", N from 1, in the order of the calls.
  /// `own_words` are what the model wrote as arguments of the call: an answer often repeats them, and a quote that says
  /// no more than they do proves nothing. Those under 8 characters do not count.
  [[nodiscard]] std::string add_tool_text(std::string_view text, const std::vector<std::string>& own_words = {});

  /// Lines of which no text is kept, as the rules' report cites them: fields of objects, events, lines of a log that
  /// could not be kept. They can be cited, and read where they have line numbers.
  void know(const Report& report);

  [[nodiscard]] std::vector<LibrarySource> sources() const;

  /// Up to `count` lines from `first` on. Errors: `target_not_found`: no such source (the message has those there are),
  /// no such line, a line that was not kept.
  [[nodiscard]] Result<std::vector<LibraryLine>> read(std::string_view id, std::size_t first, std::size_t count) const;

  /// Lines that hold `words` (case is ignored for ASCII), from the first on, at most `most`.
  [[nodiscard]] Result<std::vector<LibraryLine>> search(std::string_view id, std::string_view words,
                                                        std::size_t most) const;

  /// Where the quote really stands: the citation, mended. The line that it names comes first, then the nearest line of
  /// its source that holds the quote; white space and placeholders' numbers are not compared, nor is a "… " at the
  /// ends. Nothing: it stands nowhere in its source, or is too short to prove anything (under 8 characters, unless it
  /// is a whole line), or repeats what the model itself wrote to the tool.
  ///
  /// Forgiven: a source without its kind or its path, when that leaves no doubt; marks, line numbers and gutters around
  /// the quote; "…" or "..." in it, or several lines: its first part of at least 8 characters decides, the others must
  /// follow in order, but for those under 4; with "…" in it there must be such a part. What is given back quotes the
  /// line itself, at most 400 bytes of it.
  [[nodiscard]] std::optional<Citation> locate(const Citation& citation) const;

  /// Told of whole lines of texts (not of tools') that were given out or decided about a quote; redacted, by several
  /// threads. Set before the library is used.
  using Watch = std::function<void(const std::string& id, const std::vector<LibraryLine>& lines)>;
  void watch(Watch watch);

  /// A text of which only some lines are there: what a watch was told of. Asked the same, it answers the same.
  void restore(const LibrarySource& source, const std::vector<LibraryLine>& lines);

  /// Any text as it may leave: each line cleaned for display, then redacted.
  [[nodiscard]] std::string redacted(std::string_view text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::loop
