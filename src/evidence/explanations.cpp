#include "evidence/explanations.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <optional>

namespace agent::embedded {
extern const std::string_view agent_toml, kubernetes_toml, processes_toml, tekton_toml;
}

namespace agent::evidence {
namespace {

constexpr int last_exit_code = 255;
constexpr int signal_base = 128;  // POSIX: a shell reports a signal by a code above 128; all add its number.
constexpr int last_signal = 64;   // signal(7): with the real-time signals.
constexpr std::string_view posix_exit_status =
    "https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_08_02";

std::vector<Explanation> read_built_in() {
  const std::array files{&embedded::kubernetes_toml, &embedded::tekton_toml, &embedded::processes_toml,
                         &embedded::agent_toml};
  std::vector<Explanation> all;
  for (const std::string_view* file : files) {
    auto some = read_explanations(*file, "built in");
    assert(some);  // a unit test reads each file
    if (some) std::ranges::move(*some, std::back_inserter(all));
  }
  return all;
}

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// What a word asks for, once "exit code" or "signal" is off it.
struct Question {
  std::string word;  ///< Lower case.
  std::optional<int> exit_code;
  std::optional<int> signal;
};

Question question_of(std::string_view text) {
  Question question{lower(trim(text)), {}, {}};
  for (const std::string_view prefix : {"exit code ", "exit status ", "exitcode ", "exit ", "code ", "status ", "rc="})
    if (question.word.starts_with(prefix)) question.word.erase(0, prefix.size());
  constexpr std::string_view signal = "signal ";
  const bool asks_for_signal = question.word.starts_with(signal);
  if (asks_for_signal) question.word.erase(0, signal.size());
  const std::optional<int> number = number_in(question.word);
  if (!number) return question;
  // Python's subprocess tells of signal 9 as -9.
  if (asks_for_signal || (*number < 0 && -*number <= last_signal))
    question.signal = std::abs(*number);
  else if (*number >= 0 && *number <= last_exit_code)
    question.exit_code = number;
  return question;
}

bool answers(const Explanation& explanation, const Question& question) {
  if (question.signal) return explanation.number == *question.signal;
  const auto same = [&question](const std::string& word) { return lower(word) == question.word; };
  const bool without_sig = explanation.number != 0 && lower(explanation.word) == "sig" + question.word;
  return without_sig || same(explanation.word) || std::ranges::any_of(explanation.aliases, same);
}

Explanation of_plain_code(int code) {
  return {
      .word = std::to_string(code),
      .kind = "exit code",
      .means = "A code of the program's own: nobody else gives it a meaning. It only says that the program failed.",
      .causes = {"The program's manual says what the code means; some test runners give the number of failed tests."},
      .remedies = {{"Have the log explained.", "agent analyze --log FILE"}},
      .see = {"1"},
      .source = std::string(posix_exit_status),
      .aliases = {}};
}

/// 135 is 128 + 7: what is known of SIGBUS, said of a code.
Explanation of_signal_code(int code) {
  const int number = code - signal_base;
  const auto known = built_in_explanations();
  const auto signal = std::ranges::find(known, number, &Explanation::number);
  Explanation explanation = signal == known.end() ? of_plain_code(code) : *signal;
  const std::string sum = "128 + " + std::to_string(number) + ": ended by ";
  if (signal == known.end())
    explanation.means = sum + "signal " + std::to_string(number) + ", or a code of the program's own.";
  else
    explanation.means = sum + signal->word + ". " + signal->means;
  if (signal != known.end()) explanation.see = {signal->word};
  explanation.word = std::to_string(code);
  explanation.kind = "exit code";
  explanation.number = 0;
  return explanation;
}

Explanation of_rule(const RuleInfo& rule) {
  return {.word = rule.id,
          .kind = "log rule",
          .means = rule.title + (rule.tool.empty() ? "" : " (" + rule.tool + ")"),
          .causes = {},
          .remedies = {{rule.remedy, rule.command}},
          .see = {std::string(name(rule.category))},
          .source = rule.origin,
          .aliases = {}};
}

bool is_exit_code(const Explanation& explanation) { return explanation.kind == "exit code"; }

}  // namespace

std::span<const Explanation> built_in_explanations() {
  static const std::vector<Explanation> all = read_built_in();
  return all;
}

std::vector<Explanation> explain(std::string_view word, std::span<const RuleInfo> rules) {
  const Question question = question_of(word);
  std::vector<Explanation> found;
  for (const Explanation& explanation : built_in_explanations())
    if (answers(explanation, question)) found.push_back(explanation);
  for (const RuleInfo& rule : rules)
    if (lower(rule.id) == question.word) found.push_back(of_rule(rule));
  if (question.exit_code && std::ranges::none_of(found, is_exit_code)) {
    const int code = *question.exit_code;
    const bool of_signal = code > signal_base && code <= signal_base + last_signal;
    found.insert(found.begin(), of_signal ? of_signal_code(code) : of_plain_code(code));
  }
  return found;
}

std::string nearest_explained(std::string_view word, std::span<const RuleInfo> rules) {
  std::vector<std::string> words;
  for (const Explanation& explanation : built_in_explanations()) {
    words.push_back(explanation.word);
    std::ranges::copy(explanation.aliases, std::back_inserter(words));
  }
  for (const RuleInfo& rule : rules) words.push_back(rule.id);
  std::vector<std::string> lowered;
  for (const std::string& known : words) lowered.push_back(lower(known));
  const std::vector<std::string_view> views(lowered.begin(), lowered.end());
  const std::string_view near = nearest(lower(word), views);
  const auto found = std::ranges::find(lowered, near);
  return near.empty() || found == lowered.end() ? "" : words[static_cast<std::size_t>(found - lowered.begin())];
}

}  // namespace agent::evidence
