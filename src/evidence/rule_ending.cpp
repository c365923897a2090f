#include "evidence/rule_ending.hpp"

#include "base/text.hpp"
#include "evidence/rule_pattern.hpp"
#include "evidence/signals.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace agent::evidence {
namespace {

/// Whose word it is that all went well.
enum class Word {
  job,     ///< The CI system's, of the whole job: what failed before was allowed to.
  tool,    ///< A tool's that ends with success only when all that it ran did.
  perhaps  ///< That of one part, or of a script.
};

struct SuccessLine {
  Word word;
  std::string_view literal;  ///< The line holds it; empty: any line.
  const char* form;          ///< RE2, on the line without what CI systems put before it.
};

// How logs of runs end that passed.
constexpr std::array<SuccessLine, 42> successes{{
    {Word::job, "Job succeeded", R"(^Job succeeded$)"},
    {Word::job, "Finished: SUCCESS", R"(^Finished: SUCCESS$)"},
    {Word::job, "Your build exited with 0", R"(^Done\. Your build exited with 0\.$)"},
    {Word::job, "Cleaning up orphan processes", R"(^Cleaning up orphan processes$)"},
    {Word::tool, "BUILD SUCCESS", R"(^(?:\[INFO\] )?BUILD SUCCESS(?:FUL(?: in .*)?)?$)"},
    {Word::tool, "Failures: 0, Errors: 0", R"(Tests run: \d+, Failures: 0, Errors: 0)"},
    {Word::tool, "100% tests passed", R"(^100% tests passed(?:, 0 tests failed)? out of \d+)"},
    {Word::tool, "test result: ok", R"(^test result: ok\. \d+ passed; 0 failed)"},
    {Word::tool, " passed, ", R"(^Tests:\s+(?:\d+ (?:skipped|todo|pending), )*\d+ passed, \d+ total$)"},
    {Word::tool, "Tests  ", R"(^\s*Tests\s+\d+ passed(?: \| \d+ (?:skipped|todo))* \(\d+\)$)"},
    {Word::tool, " passed",
     R"(^(?:=+ )?\d+ passed(?:, \d+ (?:skipped|xfailed|xpassed|warnings?|deselected|rerun|subtests passed))* in [\d.]+s)"},
    {Word::tool, "ok  ", R"(^ok\s+\S+\s+(?:[\d.]+s|\(cached\)))"},
    {Word::tool, "ok\t", R"(^ok\s+\S+\s+(?:[\d.]+s|\(cached\)))"},
    {Word::tool, ", 0 failures", R"(^\d+ examples?, 0 failures(?:, \d+ pending)?$)"},
    {Word::tool, "0 failures, 0 errors", R"(\b\d+ assertions, 0 failures, 0 errors)"},
    {Word::tool, "OK (", R"(^OK \(\d+ tests?\b)"},
    {Word::tool, "Failed:     0", R"(^Passed!\s+- Failed:\s+0,)"},
    {Word::tool, "Build succeeded", R"(^Build succeeded\.?$)"},
    {Word::tool, "Build completed successfully", R"(^INFO: Build completed successfully)"},
    {Word::tool, " SUCCEEDED **", R"(^\*\* (?:BUILD|TEST|ARCHIVE|EXPORT) SUCCEEDED \*\*)"},
    {Word::tool, "[success] Total time", R"(^\[success\] Total time: )"},
    {Word::tool, "Apply complete!", R"(^Apply complete! Resources: )"},
    {Word::tool, "No changes. ", R"(^No changes\. Your infrastructure matches)"},
    {Word::tool, "Done in ", R"(^(?:✨  ?)?Done in [\d.]+ ?m?s\b)"},
    {Word::tool, "writing image sha256:", R"(^writing image sha256:\S+ .*done$)"},
    {Word::tool, "naming to ", R"(^naming to \S+ .*done$)"},
    {Word::tool, "Successfully tagged ", R"(^Successfully tagged \S+$)"},
    {Word::tool, "successfully rolled out", R"(^\S+ "\S+" successfully rolled out$)"},
    {Word::tool, "Happy Helming!", R"(^Release "\S+" has been upgraded\. Happy Helming!$)"},
    {Word::tool, "failed=0", R"(^\S+\s+: ok=\d+ .*unreachable=0 +failed=0)"},
    {Word::tool, "did not find any issues", R"(^golangci-lint did not find any issues)"},
    {Word::tool, "Success: no issues found", R"(^Success: no issues found in \d+ source files?$)"},
    {Word::tool, "All checks passed!", R"(^All checks passed!$)"},
    {Word::perhaps, "ignored, or old ones used instead", R"(have been ignored, or old ones used instead)"},
    {Word::perhaps, "added ", R"(^added \d+ packages?\b)"},
    {Word::perhaps, "audited ", R"(\baudited \d+ packages? in )"},
    {Word::perhaps, "found 0 vulnerabilities", R"(^found 0 vulnerabilities$)"},
    {Word::perhaps, " vulnerabilities (", R"(^\d+ vulnerabilities \()"},
    {Word::perhaps, "Finished ", R"(^\s*Finished (?:`|dev|release|test|bench))"},
    {Word::perhaps, " passing", R"(^\s*\d+ passing \()"},
    {Word::perhaps, " passed", R"(^(?:[Aa]ll )?(?:\d+ )?(?:checks|tests|steps) (?:have )?passed[.!]?$)"},
    {Word::perhaps, "uccessfully",
     R"(\b(?:[Dd]eployed|[Cc]ompleted|[Ff]inished|[Bb]uilt|[Pp]ublished|[Uu]ploaded) successfully[.!]?$)"},
}};

constexpr int certain = 60;  // From this weight on, a rule's line names a failure, not only what may be one.

const std::vector<Pattern>& forms() {
  static const std::vector<Pattern> compiled = [] {
    std::vector<Pattern> patterns;
    for (const SuccessLine& line : successes) patterns.emplace_back(line.form);
    return patterns;
  }();
  return compiled;
}

const SuccessLine* success_in(std::string_view text) {
  for (std::size_t i = 0; i < successes.size(); ++i)
    if (text.find(successes.at(i).literal) != std::string_view::npos && forms()[i].search(text))
      return &successes.at(i);
  return nullptr;
}

bool names_failure(const BareLine& line) {
  if (line.known || line.script) return false;
  if (line.marked) return true;
  const LineScore score = score_line(line.text);
  return score.weight >= names_a_failure || score.kind == LineKind::closing;
}

/// True when `one` says of the whole, not of something that a run may survive, that it failed.
bool is_certain(const Matched& one) {
  return one.rule->consequence || (!one.rule->transient && one.rule->weight >= certain);
}

/// True when something denies the success that line `number` speaks of.
bool is_denied(Word word, std::size_t number, std::span<const BareLine> tail, std::span<const BareLine> lines,
               const std::vector<Matched>& matched) {
  const auto fails_behind = [&](const BareLine& line) { return line.number > number && names_failure(line); };
  if (std::ranges::any_of(tail, fails_behind)) return true;
  const auto denies = [&](const Matched& one) {
    return lines[one.last].number > number || one.rule->ends_step || (word != Word::job && is_certain(one));
  };
  if (std::ranges::any_of(matched, denies)) return true;
  return std::ranges::any_of(lines, [&](const BareLine& line) {
    if (line.known) return false;
    return line.marked || (word != Word::job && score_line(line.text).kind == LineKind::closing);
  });
}

}  // namespace

LogEnd end_of(std::span<const BareLine> tail, std::span<const BareLine> lines, const std::vector<Matched>& matched) {
  LogEnd end;
  for (std::size_t i = tail.size(); i-- > 0;) {
    const SuccessLine* found = success_in(tail[i].text);
    if (found == nullptr) {
      if (names_failure(tail[i])) break;
      continue;
    }
    if (is_denied(found->word, tail[i].number, tail, lines, matched)) break;
    const Ending said = found->word == Word::perhaps ? Ending::perhaps_well : Ending::well;
    if (said > end.ending) end = {said, tail[i].number, std::string(trim(tail[i].text))};
    if (said == Ending::well) break;
  }
  return end;
}

}  // namespace agent::evidence
