#include "sinks/text_writer.hpp"

#include "sinks/display.hpp"
#include "sinks/facts.hpp"

#include <algorithm>

namespace agent::sinks {
namespace {

constexpr std::size_t least_width = 20;
constexpr std::size_t most_rows_of_a_cited_line = 3;

std::string blanks(std::size_t count) { return std::string(count, ' '); }

/// " > 4803 | ", "   4804 | " or, under a line's first row, "        | ".
std::string gutter(const ProofLine& line, std::size_t digits, bool first_row) {
  const std::string number = first_row && line.number > 0 ? std::to_string(line.number) : "";
  return (line.key && first_row ? " > " : "   ") + blanks(digits - number.size()) + number + " | ";
}

std::size_t digits_of(const std::vector<ProofLine>& lines) {
  std::size_t digits = 1;
  for (const ProofLine& line : lines) digits = std::max(digits, std::to_string(line.number).size());
  return digits;
}

std::vector<std::string> rows_of(const ProofLine& line, std::size_t columns) {
  if (!line.key) return {cut(line.text, columns)};
  std::vector<std::string> rows = wrap(cut(line.text, columns * most_rows_of_a_cited_line), columns);
  if (rows.size() <= most_rows_of_a_cited_line) return rows;
  rows.resize(most_rows_of_a_cited_line);
  rows.back() = cut(rows.back() + " …", columns);
  return rows;
}

}  // namespace

TextWriter::TextWriter(const TextStyle& style)
    : width_(std::max(style.width, least_width)), defuse_commands_(style.defuse_commands) {}

void TextWriter::line(std::string_view text) {
  const std::string safe = one_line(text);
  out_ += defuse_commands_ ? defuse_workflow_commands(safe) : safe;
  out_ += '\n';
}

void TextWriter::section(std::string_view title) {
  line("");
  line(title);
}

void TextWriter::prose(std::string_view lead, std::string_view text, std::size_t hang) {
  const std::vector<std::string> lines = wrap(one_line(std::string(lead) + std::string(text)), width_);
  line(lines.front());
  if (lines.size() == 1) return;
  // The rest is wrapped anew: it is narrower by what hangs.
  const std::string whole = one_line(std::string(lead) + std::string(text));
  const std::size_t rest = std::min(whole.find_first_not_of(' ', lines.front().size()), whole.size());
  for (const std::string& next : wrap(std::string_view(whole).substr(rest), width_ - hang)) line(blanks(hang) + next);
}

void TextWriter::row(std::string_view text) { line(cut(one_line(text), width_)); }

void TextWriter::numbered(const std::vector<ProofLine>& lines) {
  const std::size_t digits = digits_of(lines);
  const std::size_t columns = width_ - std::min(width_ - 2, digits + 6);
  std::size_t last = 0;
  for (const ProofLine& shown : lines) {
    if (last != 0 && shown.number != 0 && shown.number != last + 1) line(blanks(2 + digits) + "…");
    last = shown.number;
    bool first_row = true;
    for (const std::string& text : rows_of(shown, columns)) {
      line(gutter(shown, digits, first_row) + text);
      first_row = false;
    }
  }
}

void TextWriter::proof(const Proof& proof) {
  for (const ProofBlock& block : proof.blocks) {
    const auto key = std::ranges::find(block.lines, true, &ProofLine::key);
    const std::size_t number = key != block.lines.end() ? key->number : block.lines.front().number;
    row("  --> " + place(block.source, number));
    numbered(block.lines);
    if (block.folded > 0) row("   " + more_like_this(block.folded));
  }
  if (proof.left_out > 0) row("   … " + with_thousands(proof.left_out) + " more cited lines");
}

void TextWriter::remedy(const Remedy& remedy, std::size_t indent) {
  const std::string text = one_line(remedy.text);
  if (!text.empty()) prose(blanks(indent), text, indent);
  if (remedy.command.empty()) return;
  for (const std::string& command : safe_lines(remedy.command)) line(blanks(indent + 2) + command);
}

}  // namespace agent::sinks
