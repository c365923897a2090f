#include "evidence/signals.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <utility>

namespace agent::evidence {
namespace {

// Weights: 80 and more names a cause; 50 to 79 says that something failed; below 50 it may be the cause where nothing
// better stands. They were set by hand and checked against labelled logs (src/evidence/README.md, "How it is
// measured").
constexpr auto table = std::to_array<Signal>({
    // What compilers, interpreters and test frameworks print before the reason.
    {"error", 60, 0, true},
    {"errors", 45, 0, true},
    {"fatal", 70, 0, true},
    {"failed", 55, 1, true},
    {"*** failed ***", 85, 5},
    {"--- fail", 85, 2},
    {"[  failed  ]", 80, 0},
    {"(failed)", 70, 2},
    {"failure", 50, 2, true},
    {"failures", 45, 2, true},
    {"fail:", 75, 1, true},
    {"fail ", 55, 1, true},
    {"fails", 40, 1, true},
    {"failing", 40, 1, true},
    {"exception", 60, 1},
    {"traceback (most recent", 85, 8},
    {"panicked at", 90, 0},
    {"panic:", 90, 0, true},
    {"assert", 55, 1},
    {"caused by", 75, 5, true},
    {"segmentation fault", 90, 12},
    {"core dumped", 80, 4},
    {"sigsegv", 85, 2},
    {"sigabrt", 75, 1},
    {"stack overflow", 80, 4},
    {"addresssanitizer", 85, 5},
    {"runtime error", 80, 8},
    {"data race", 85, 2},
    {"not ok ", 75, 1},
    {"expected", 45, 1},
    {"but was", 60, 1},
    {"but got", 60, 2},
    {"mismatch", 45, 0},
    {"unexpected", 55, 3},
    {"wanted", 30, 0, true},
    {"crashed", 65, 0, true},
    {"aborted", 60, 0, true},
    {"aborting", 55, 0, true},
    {"broken", 40, 0, true},
    // What was not there.
    {"undefined", 50, 1},
    {"undeclared", 60, 5},
    {"unresolved", 60, 1},
    {"not found", 60, 1},
    {"cannot", 50, 2, true},
    {"can't", 50, 0, true},
    {"could not", 55, 3},
    {"couldn't", 55, 2},
    {"unable to", 55, 0},
    {"no such", 65, 1},
    {"does not", 35, 3},
    {"doesn't", 35, 2},
    {"is not ", 30, 1},
    {"not installed", 60, 1},
    {"not defined", 65, 1},
    {"not supported", 50, 2},
    {"unsupported", 50, 1},
    {"missing", 50, 1, true},
    {"not exist", 60, 1},
    {"unknown", 45, 0, true},
    {"unrecognized", 60, 6},
    {"no module named", 80, 0},
    {"no matching", 60, 0},
    {"no rule to make", 80, 0},
    {"incompatible", 50, 7},
    {"must be", 30, 0},
    {"should be", 35, 4},
    {"should end", 40, 4},
    {"should have", 35, 4},
    {"should not", 35, 4},
    {"invalid", 55, 0, true},
    {"illegal", 55, 1, true},
    {"malformed", 55, 0},
    {"syntax error", 85, 7},
    {"parse error", 80, 6},
    {"corrupt", 55, 1},
    // Rights, network, resources.
    {"denied", 60, 2, true},
    {"forbidden", 60, 2, true},
    {"unauthorized", 60, 0, true},
    {"refused", 60, 1, true},
    {"rejected", 50, 1, true},
    {"connection reset", 60, 8},
    {"timed out", 65, 1},
    {"timeout", 45, 1},
    {"deadline exceeded", 65, 10},
    {"no space left", 90, 1},
    {"out of memory", 90, 5},
    {"outofmemory", 90, 2},
    {"oomkilled", 90, 0},
    {"killed", 60, 0, true},
    {"terminated", 50, 5, true},
    {"quota", 40, 1, true},
    {"rate limit", 60, 2},
    {"too many", 50, 1},
    {"certificate", 40, 0},
    {"conflict", 50, 3},
    {"violation", 50, 1},
    {"dubious ownership", 85, 0},
    {"404 not", 60, 1},
    {"differ", 40, 1},
    {"leaked", 45, 0, true},
    // Marks of test and lint reporters.
    {"● ", 60, 0},
    {"✖ ", 60, 0},
    {"✗ ", 60, 0},
    {"✘ ", 60, 0},
    {"✕ ", 60, 0},
    {" × ", 50, 0},
    {"^~~~", 45, 0},
    {"^---", 40, 0},
    // Ends of commands and jobs.
    {"##[error]", 60, 3},
    {"::error", 60, 2},
    {"*** [", 55, 1},
    {"exit code", 45, 1},
    {"exit status", 45, 1},
    {"exited with", 50, 1},
    {"non-zero", 50, 2},
    {"nonzero", 45, 2},
    {"npm err", 40, 1},
    {"elifecycle", 40, 0},
    {"build stopped", 50, 8},
});

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }  // Of folded text.

/// A lower-case copy of a line's first bytes, with a blank before and two after: a phrase may end in a blank, and what
/// comes behind it is looked at.
class Folded {
 public:
  static constexpr std::size_t limit = 600;
  explicit Folded(std::string_view line) : size_(std::min(line.size(), limit)) {
    text_[0] = ' ';
    const std::size_t size = size_;  // A local, and no branch: then compilers vectorise it.
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<unsigned char>(line[i]);
      text_[i + 1] = static_cast<char>(byte | (static_cast<unsigned char>(byte - 'A') < 26 ? 0x20 : 0));
    }
    text_[size_ + 1] = text_[size_ + 2] = ' ';
  }
  [[nodiscard]] std::string_view view() const { return {text_.data() + 1, size_}; }
  [[nodiscard]] std::string_view padded() const { return {text_.data(), size_ + 3}; }

 private:
  std::array<char, limit + 3> text_;
  std::size_t size_;
};

/// The signals by the first four bytes of their phrase; bytes that no phrase begins with cost one look-up.
class Index {
 public:
  constexpr Index() {
    static_assert(table.size() < 255, "slots are bytes");
    for (std::size_t i = 0; i < table.size(); ++i)
      next_[i] =
          std::exchange(first_[slot(table[i].phrase.data())],  // NOLINT(bugprone-suspicious-stringview-data-usage)
                        static_cast<std::uint8_t>(i + 1));     // slot() reads four bytes, which every phrase has
  }

  /// Calls `found` with each signal whose phrase may begin at `at`, where four bytes can be read.
  template <class Found>
  void each_at(const char* at, const Found& found) const {
    for (std::uint8_t i = first_[slot(at)]; i != 0; i = next_[i - 1U]) found(table[i - 1U]);
  }

 private:
  static constexpr unsigned slot_bits = 12;
  static constexpr std::size_t slot(const char* at) {
    std::uint32_t bytes = 0;
    for (unsigned i = 0; i < 4; ++i) bytes |= std::uint32_t{static_cast<unsigned char>(at[i])} << (8 * i);
    return (bytes * 0x9E3779B1U) >> (32U - slot_bits);
  }
  std::array<std::uint8_t, std::size_t{1} << slot_bits> first_{};
  std::array<std::uint8_t, table.size()> next_{};
};

constexpr Index phrases;

/// `text` is not empty.
bool starts_any(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(
      starts, [&](std::string_view start) { return text.front() == start.front() && text.starts_with(start); });
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return has(text, part); });
}

/// "0 errors", "no failures", "errors: 0", "failed=0": a count of nothing.
bool counts_nothing(std::string_view text, std::size_t at, std::size_t end) {
  std::size_t before = at;
  while (before > 0 && text[before - 1] == ' ') --before;
  if (before > 0 && text[before - 1] == '0' && (before < 2 || !is_digit(text[before - 2]))) return true;
  const std::string_view head = text.substr(0, before);
  if (head.ends_with(" no") || head.ends_with("without") || head.ends_with(" any")) return true;
  while (end < text.size() && (std::isalpha(static_cast<unsigned char>(text[end])) != 0)) ++end;
  while (end < text.size() && (text[end] == ' ' || text[end] == ':' || text[end] == '=' || text[end] == ']')) ++end;
  return end < text.size() && text[end] == '0' &&
         (end + 1 >= text.size() || (!is_digit(text[end + 1]) && text[end + 1] != '.' && text[end + 1] != 'x'));
}

/// A phrase inside a name, a path or a flag ("error.c", "--fail-fast", "lib/errors/") says nothing.
bool inside_name(std::string_view text, std::size_t at, std::size_t end) {
  const char before = text[at - 1];
  const char after = text[end];
  if (before == '/' || before == '-' || before == '_' || before == '$') return true;
  if (after == '/' || after == '-' || after == '_' || after == '(') return true;
  return after == '.' && end + 1 < text.size() && std::isalpha(static_cast<unsigned char>(text[end + 1])) != 0;
}

/// "TypeError:", "java.io.IOException: …": the class name of what was thrown. `at` is in padded text.
bool is_thrown_type(std::string_view line, std::string_view padded, std::size_t at, std::size_t end) {
  if (at < 2 || std::isalpha(static_cast<unsigned char>(padded[at - 1])) == 0) return false;
  const char first = line[at - 1];  // Of the phrase, as the line has it.
  if (first < 'A' || first > 'Z') return false;
  std::size_t name = at - 1;  // A type's name begins with a capital, a function's ("onError") mostly does not.
  while (name > 0 && (std::isalnum(static_cast<unsigned char>(line[name - 1])) != 0)) --name;
  if (line[name] < 'A' || line[name] > 'Z') return false;
  return padded[end] == ':' || padded[end] == ' ' || padded[end] == ')' || padded[end] == ',';
}

int weigh(const Signal& signal, std::string_view line, std::string_view padded, std::size_t at) {
  const std::size_t end = at + signal.phrase.size();
  const bool core =
      signal.phrase.starts_with("err") || signal.phrase.starts_with("fail") || signal.phrase == "exception";
  if (core && is_thrown_type(line, padded, at, end)) return 85;
  if (signal.whole_word &&
      (is_word(padded[at - 1]) || (is_word(padded[end]) && signal.phrase.back() != ':' && signal.phrase.back() != ' ')))
    return 0;
  if (!core) return signal.weight;
  if (counts_nothing(padded, at, end)) return -1;
  if (inside_name(padded, at, end)) return 0;
  const bool labelled = padded[end] == ':' || padded[end] == '[' || padded[end] == ']' || padded[end] == '!';
  const bool leads = at <= 8;
  return std::min(95, signal.weight + (labelled ? 15 : 0) + (leads ? 8 : 0));
}

/// The greatest weight of the phrases in a line; 0 when the line counts nothing that failed.
int heaviest(std::string_view line, std::string_view padded) {
  int best = 0;
  bool nothing = false;
  for (std::size_t at = 1; at + 4 <= padded.size(); ++at) {
    phrases.each_at(padded.data() + at, [&](const Signal& signal) {
      if (!padded.substr(at).starts_with(signal.phrase)) return;
      const int weight = weigh(signal, line, padded, at);
      if (weight < 0) nothing = true;
      best = std::max(best, weight);
    });
  }
  return nothing ? std::min(best, 5) : best;
}

bool says_passed(std::string_view text) {
  if (starts_any(text, {"ok ", "ok:", "✓", "✔", "√", "pass ", "pass:", "passed", "--- pass", "--- skip", "[ok]",
                        "[       ok ]", "[info] - "}))
    return !has(text, "failed");
  if (has(text, "passed") && has_any(text, {"✓ passed", "✔ passed", " passed [", " passed (", "[32mpassed"}))
    return !has(text, "failed");
  return text.ends_with("... ok") || text.ends_with(" passed") || text.ends_with(" ok") || text.ends_with("[ok]") ||
         text.ends_with(": pass") || text.ends_with(": yes") || text.ends_with(": no");
}

/// Installing, unpacking and downloading name packages, many of which have "error" or "fail" in their names.
bool is_progress(std::string_view text) {
  return starts_any(text, {"get:",
                           "hit:",
                           "unpacking ",
                           "setting up ",
                           "selecting ",
                           "preparing to ",
                           "downloading ",
                           "downloaded ",
                           "compiling ",
                           "installing ",
                           "checking ",
                           "collecting ",
                           "requirement already",
                           "processing triggers",
                           "[info] download",
                           "  - installing",
                           "remote: ",
                           "using ",
                           "fetching ",
                           "inflating: ",
                           "extracting ",
                           "adding ",
                           "copying ",
                           "creating ",
                           "export ",
                           "+ ",
                           "$ "});
}

/// "12:00:01.123 [info] …", "2026-01-02 12:00:01 INFO …", "time=… level=info": the level that a program gave a line.
bool is_logged_as(std::string_view text, std::initializer_list<std::string_view> levels) {
  constexpr std::size_t reach = 40;
  const bool timed = is_digit(text.front()) || text.front() == '[';
  return std::ranges::any_of(levels, [&](std::string_view level) {
    const std::size_t at = text.substr(0, reach).find(level);
    if (at == std::string_view::npos || at == 0) return false;
    const char before = text[at - 1], after = at + level.size() < text.size() ? text[at + level.size()] : ' ';
    const bool opens = before == '[' || before == '|' || before == '=' || (before == ' ' && timed);
    return opens && !is_word(after) && after != '.' && after != '(';
  });
}

bool is_closing(std::string_view text) {
  if (starts_any(text,
                 {"##[error]process completed", "##[error]bash exited", "the command \"", "build failure",
                  "[error] build failure", "[info] build failure", "build failed", "failed! ", "error: job failed",
                  "build step '", "process exited with code", "error: could not compile", "error: test failed",
                  "ninja: build stopped", "npm err! test failed", "npm err! code elifecycle", "error command failed",
                  "your build exited", "command exited with"}))
    return !has(text, "succe") && !has(text, "exited with 0");
  if (text.starts_with("make") && has(text, "*** [") && !has(text, "(ignored)")) return true;
  return has(text, "exited with code ") && !has(text, "code 0");
}

bool is_source_place(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 >= text.size() || !is_digit(text[colon + 1])) return false;
  const std::string_view path = text.substr(0, colon);
  if (has(path, " ") || !has(path, ".")) return false;
  std::size_t end = colon + 1;
  while (end < text.size() && (is_digit(text[end]) || text[end] == ':')) ++end;
  const std::string_view rest = text.substr(end);
  return rest.empty() || rest.starts_with("in ") || rest.starts_with(" in ") || rest.starts_with(" +0x");
}

/// "0x0c08: fa fa 00 00", "00000010  7f 45 4c 46 02 01 01 00": eight bytes or more in hexadecimal digits.
bool is_dump(std::string_view text) {
  std::size_t bytes = 0;
  for (std::size_t at = 0; at + 3 <= text.size() && bytes < 8; ++at) {
    const bool apart = text[at] == ' ' && (at + 3 == text.size() || text[at + 3] == ' ');
    bytes = apart && is_hex(text[at + 1]) && is_hex(text[at + 2]) ? bytes + 1 : text[at] == ' ' ? 0 : bytes;
  }
  return bytes == 8;
}

bool is_frame(std::string_view text) {
  if (is_dump(text)) return true;
  if (text.starts_with("at ")) return has_any(text, {"(", ":"});
  if (text.starts_with("[info]   at ") || text.starts_with("[error]   at ") || text.starts_with("[error]     at "))
    return true;
  if (text.starts_with("#") && text.size() > 2 && is_digit(text[1])) return has_any(text.substr(0, 5), {" "});
  if (text.starts_with("file \"")) return has(text, "\", line ");
  if (text.starts_with("from ")) return has(text, ":in ");
  if (text.starts_with("... ")) return text.ends_with(" more");
  return is_source_place(text);
}

}  // namespace

std::span<const Signal> signals() { return table; }

std::string_view without_ci_stamp(std::string_view line) {
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (line.size() <= form.size()) return line;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !is_digit(line[i]) : line[i] != form[i]) return line;
  std::size_t at = form.size();
  if (line[at] == '.')
    for (++at; at < line.size() && is_digit(line[at]);) ++at;
  if (at >= line.size() || line[at] != 'Z') return line;
  ++at;
  if (at < line.size() && line[at] == ' ') ++at;
  return line.substr(at);
}

LineScore score_line(std::string_view line) {
  const Folded folded(line);
  const std::string_view all = folded.view();
  const std::size_t begin = all.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {0, LineKind::blank};
  const std::string_view text = all.substr(begin);
  if (is_frame(text)) return {5, LineKind::frame};
  if (says_passed(text)) return {0, LineKind::passed};
  int weight = heaviest(line, folded.padded());
  if (weight == 0) return {};
  if (is_closing(text)) return {std::min(weight, 50), LineKind::closing};
  if (weight < 85 && (has(text, "warning") || is_logged_as(text, {"warn"}))) weight = weight * 2 / 5;
  if (is_progress(text) && weight < 85) weight = weight * 2 / 5;
  if (has_any(text, {"(ignored)", "ignoring", "retrying", "will retry"})) weight = weight * 3 / 5;
  if (weight < 80 && (starts_any(text, {"[info]", "info:", "info ", "debug", "[debug]", "notice", "#"}) ||
                      is_logged_as(text, {"info", "debug", "trace", "notice"})))
    weight = weight * 3 / 5;
  return {weight, LineKind::plain};
}

}  // namespace agent::evidence
