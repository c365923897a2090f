#pragma once

#include "base/redactor.hpp"
#include "base/report.hpp"
#include "base/tokens.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// What a passing run of the same job said, so that its lines count for little. Bounded: 4 MiB at any size of the log.
class Baseline {
 public:
  Baseline();
  ~Baseline();
  Baseline(Baseline&&) noexcept;
  Baseline& operator=(Baseline&&) noexcept;

  void feed(std::string_view bytes);  ///< Any chunking; a line may span calls.
  void finish();                      ///< Takes the last line in, newline or not.

  /// True when the passing run had this line, apart from numbers, hexadecimal digits and time stamps.
  [[nodiscard]] bool has(std::string_view line) const;

  /// has(), and the numbers that are words by themselves are 0 where those of the passing run were, and only there:
  /// "1 failed" is not "0 failed".
  [[nodiscard]] bool said(std::string_view line) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One excerpt's raw lines; `text` is as in the log, cleaned only when displayed.
struct Extract {
  std::vector<Excerpt> excerpts;  ///< In log order.
  std::size_t lines_total = 0;
  std::uint64_t bytes_total = 0;
  std::size_t key_line = 0;  ///< The line that most clearly says what failed, and no passing run had; 0: none does.
  std::vector<std::size_t> known;  ///< Sorted numbers of lines that the passing run said, too.
  bool known_signs = false;        ///< Some of them say that something failed.
  std::vector<Excerpt> tail;       ///< The log's last 40 lines that are not blank, one each.
};

/// Keeps the lines that explain a failure, in bounded memory, in one pass.
/// Lines are split on '\n' and counted from 1; a line may hold any bytes.
/// Method: src/evidence/README.md, "How logs are distilled".
class Distiller {
 public:
  /// Both must outlive the distiller. With a redactor, all that finish() gives is redacted, before any line is cut:
  /// half a secret is told by nobody.
  explicit Distiller(const Baseline* baseline = nullptr, Redactor* redactor = nullptr);
  ~Distiller();
  Distiller(Distiller&&) noexcept;
  Distiller& operator=(Distiller&&) noexcept;

  void feed(std::string_view bytes);  ///< Any chunking; a line may span calls.

  /// The best excerpts, in log order, that fit `budget` when printed by print_extract(). A larger budget keeps all
  /// lines that a smaller one kept. A log with no sign of failure gives its tail, then its head. Lines that say next to
  /// nothing are left out even where there is room. May be called several times; no feed() after the first.
  [[nodiscard]] Extract finish(Tokens budget);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The extract as text: its lines, and between excerpts fold markers that start with '…'. An extract of finish(budget)
/// takes at most `budget.code_points()` code points. Every other line is a log line (cleaned), or the start of one
/// followed by '…'.
[[nodiscard]] std::string print_extract(const std::vector<Excerpt>& excerpts);

/// The same for a reader who wants to look further: before each excerpt a marker with its lines and why it was kept,
/// and each line behind its number. Takes more room than the budget.
[[nodiscard]] std::string print_numbered(const std::vector<Excerpt>& excerpts);

}  // namespace agent::evidence
