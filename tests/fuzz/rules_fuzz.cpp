#include "evidence/rules.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

/// A rules file of any bytes is refused with its place, or its rules judge a log without harm.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::string_view, 6> log{
      "2026-01-02T03:04:05.678Z FAILED tests/a_test.py::test_total - assert 1 == 2",
      "E   AssertionError: expected 200, got 503",
      "##[group]Run make",
      "##[endgroup]",
      "\xff\xfe ASSERT \xe2\x80\xa6 name (x) [y] {z}",
      "##[error]Process completed with exit code 2."};
  std::array<agent::evidence::JudgedLine, log.size()> lines;
  for (std::size_t i = 0; i < log.size(); ++i) lines.at(i) = {i + 1, log.at(i)};
  agent::evidence::RuleSet rules;
  const auto added = rules.add({reinterpret_cast<const char*>(data), size}, "own.toml");
  if (!added) {
    require(added.error().kind == agent::ErrorKind::settings && added.error().where.starts_with("own.toml"));
    return 0;
  }
  for (const agent::Finding& finding : rules.judge("log/x", lines, 1))
    for (const agent::Citation& citation : finding.evidence)
      require(citation.line >= 1 && citation.line <= log.size() &&
              log.at(citation.line - 1).starts_with(citation.quote));
  (void)rules.matches(lines);
  return 0;
}
