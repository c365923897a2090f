#include "base/text.hpp"
#include "evidence/distiller.hpp"
#include "evidence/signals.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using agent::Redactor;
using agent::Tokens;
using agent::evidence::Distiller;
using agent::evidence::Extract;
using agent::evidence::print_extract;

void demand(bool holds) {
  if (!holds) std::abort();
}

Distiller fed(std::string_view log, std::size_t piece, Redactor* redactor = nullptr) {
  Distiller distiller(nullptr, redactor);
  for (std::size_t at = 0; at < log.size(); at += piece) distiller.feed(log.substr(at, piece));
  return distiller;
}

/// What may be shown of each line of the log.
std::vector<std::string> lines_of(std::string_view log) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    lines.emplace_back(agent::evidence::without_ci_stamp(agent::clean_line(log.substr(begin, end - begin))));
    begin = end + 1;
  }
  return lines;
}

bool is_line_or_its_start(std::string_view shown, std::string_view line) {
  if (shown == line || agent::trim(line).empty()) return shown == line || shown.empty();
  return shown.ends_with("…") && line.starts_with(shown.substr(0, shown.size() - std::string_view("…").size()));
}

/// Within the budget, valid UTF-8 that no terminal obeys, in log order, and each line what stands in the log under its
/// number. Gives the numbers.
std::set<std::size_t> checked(const Extract& extract, Tokens budget, const std::vector<std::string>& lines) {
  demand(agent::count_code_points(print_extract(extract.excerpts)) <= budget.code_points());
  demand(extract.lines_total == lines.size() && extract.key_line <= lines.size());
  std::set<std::size_t> numbers;
  for (const agent::Excerpt& excerpt : extract.excerpts) {
    demand(numbers.empty() || *numbers.rbegin() < excerpt.first_line);
    std::size_t number = excerpt.first_line, begin = 0;
    for (; begin <= excerpt.text.size(); ++number) {
      const std::size_t end = std::min(excerpt.text.find('\n', begin), excerpt.text.size());
      const std::string_view shown = std::string_view(excerpt.text).substr(begin, end - begin);
      demand(agent::is_clean(shown) && is_line_or_its_start(shown, lines.at(number - 1)));
      numbers.insert(number);
      begin = end + 1;
    }
    demand(number == excerpt.last_line + 1);
  }
  return numbers;
}

void check_redacted(std::string_view log, Tokens budget) {
  Redactor redactor;
  Distiller distiller = fed(log, log.size(), &redactor);
  const std::string shown = print_extract(distiller.finish(budget).excerpts);
  demand(agent::count_code_points(shown) <= budget.code_points());
  for (std::size_t begin = 0, end = 0; begin < shown.size(); begin = end + 1) {
    end = std::min(shown.find('\n', begin), shown.size());
    demand(agent::is_clean(std::string_view(shown).substr(begin, end - begin)));
  }
}

}  // namespace

/// Whatever the bytes: what checked() demands at three budgets, a larger one keeps what a smaller one had, and any
/// chunking gives the same. The first two bytes choose chunks and budget.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0];
  const std::size_t tokens = 1 + std::size_t{data[1]};
  const std::string_view log(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::vector<std::string> lines = lines_of(log);
  Distiller whole = fed(log, log.size()), pieces = fed(log, piece);
  std::set<std::size_t> before;
  for (const Tokens budget : {Tokens{tokens}, Tokens{2 * tokens}, Tokens{64 * tokens}}) {
    const Extract extract = whole.finish(budget);
    demand(extract.bytes_total == log.size());
    const std::set<std::size_t> now = checked(extract, budget, lines);
    demand(std::ranges::includes(now, before));
    demand(print_extract(pieces.finish(budget).excerpts) == print_extract(extract.excerpts));
    before = now;
  }
  check_redacted(log, Tokens{tokens});
  return 0;
}
