#include "sinks/explained.hpp"

#include "sinks/facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

namespace agent::sinks {
namespace {

using Days = std::chrono::sys_days;

constexpr std::size_t most_places = 3;
constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// The day of "2026-11-16T…".
std::optional<Days> day_in(std::string_view moment) {
  if (moment.size() < 10 || moment[4] != '-' || moment[7] != '-') return std::nullopt;
  const auto year = number_in(moment.substr(0, 4)), month = number_in(moment.substr(5, 2)),
             day = number_in(moment.substr(8, 2));
  if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(Days(date)) : std::nullopt;
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  const auto whole = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  return with_thousands(whole) + " " + std::string(whole == 1 ? one : many);
}

std::string tokens_of(const Usage& usage) {
  const auto cached = static_cast<std::uint64_t>(std::max<std::int64_t>(usage.cached_tokens, 0));
  const auto out = static_cast<std::uint64_t>(std::max<std::int64_t>(usage.output_tokens, 0));
  return counted(usage.input_tokens, "token", "tokens") + " in" +
         (cached == 0 ? "" : " (" + with_thousands(cached) + " cached)") + ", " + with_thousands(out) + " out";
}

std::string price_of(const Usage& usage) {
  if (!(usage.cost_usd > 0)) return "";
  std::array<char, 32> cost{};
  std::snprintf(cost.data(), cost.size(), ", $%.4f", usage.cost_usd);
  return cost.data();
}

/// ", 5 of 6 citations verified"; empty when the model gave none.
std::string citations_of(const Explanation& explanation) {
  if (explanation.citations == 0) return "";
  return ", " + with_thousands(explanation.verified) + " of " +
         counted(static_cast<std::int64_t>(explanation.citations), "citation", "citations") + " verified";
}

/// Without the provider's part: "m" of "openai/m".
std::string short_name(const Usage& usage) { return usage.model.substr(usage.model.rfind('/') + 1); }

bool is_of_a_rule(const Report& report, const Remedy& remedy) {
  return std::ranges::any_of(report.findings, [&](const Finding& finding) {
    return finding.rule != "model" && std::ranges::any_of(finding.remedies, [&](const Remedy& one) {
             return one.text == remedy.text && one.command == remedy.command;
           });
  });
}

}  // namespace

std::string degraded(const Report& report) {
  if (!report.degraded) return "";
  const std::string because = report.degraded_because.empty() ? "" : " (" + report.degraded_because + ")";
  return "the model could not be used" + because + ": this is what the rules know";
}

std::string seen_before(const Report& report) {
  if (!report.seen) return "";
  if (report.seen->times < 1) return report.seen->issue_url.empty() ? "" : "filed before";
  const std::string first = day_of(report.seen->first_at, report.created_at);
  if (report.seen->times == 1) return "seen once before" + (first.empty() ? "" : ", on " + first);
  return "seen " + counted(report.seen->times, "time", "times") + (first.empty() ? "" : " since " + first);
}

std::string day_of(std::string_view moment, std::string_view now) {
  const std::optional<Days> day = day_in(moment), today = day_in(now);
  if (!day) return std::string(moment);
  const std::chrono::year_month_day date(*day);
  std::string words = std::to_string(static_cast<unsigned>(date.day())) + " " +
                      std::string(months.at(static_cast<unsigned>(date.month()) - 1));
  if (today && *day <= *today && *today - *day < std::chrono::days(7))
    words = std::string(weekdays.at(std::chrono::weekday(*day).c_encoding())) + " " + words;
  const bool is_this_year = today && std::chrono::year_month_day(*today).year() == date.year();
  return is_this_year ? words : words + " " + std::to_string(static_cast<int>(date.year()));
}

std::vector<std::string> places_of(const Claim& claim) {
  std::vector<std::string> places;
  for (const Citation& citation : claim.evidence) {
    std::string where = place(citation.source, citation.line);
    if (std::ranges::find(places, where) == places.end()) places.push_back(std::move(where));
    if (places.size() == most_places) break;
  }
  return places;
}

std::string model_use(const Report& report) {
  const Usage& usage = report.usage;
  if (usage.model.empty() || !explained_earlier(report).empty()) return "";
  std::string text = usage.model + ", ";
  if (usage.calls == 0 && usage.input_tokens == 0) return text + "no answer";
  if (usage.tool_calls == 0 && !report.explanation)
    text += counted(usage.calls, "call", "calls");
  else
    text += counted(usage.calls, "turn", "turns") + ", " + counted(usage.tool_calls, "tool call", "tool calls");
  text += ", " + tokens_of(usage) + price_of(usage);
  if (!report.explanation) return text;
  text += citations_of(*report.explanation);
  const std::string& limit = report.explanation->limit_reached;
  return limit.empty() ? text : text + ", stopped at its limit of " + limit;
}

std::string explained_earlier(const Report& report) {
  if (!report.explanation || report.explanation->made_at.empty()) return "";
  const std::string name = report.usage.model.empty() ? "a model" : report.usage.model;
  return "explained by " + name + " on " + day_of(report.explanation->made_at, report.created_at) +
         citations_of(*report.explanation) + "; --fresh asks again";
}

std::string found_by_model(const Report& report) {
  const Finding* cause = cause_finding(report);
  if (cause == nullptr || cause->rule != "model") return "";
  const std::string name = short_name(report.usage);
  std::string text = name.empty() ? "found by a model" : "found by model " + name;
  if (!report.explanation || report.explanation->citations == 0) return text;
  const auto given = static_cast<std::int64_t>(report.explanation->citations);
  return text + " (" + with_thousands(report.explanation->verified) + " of " +
         counted(given, "citation holds", "citations hold") + ")";
}

std::string said_by(const Report& report, const Finding& finding) {
  if (finding.rule != "model") return "";
  const std::string name = short_name(report.usage);
  return (finding.verified ? "says " : "not verified, says ") + (name.empty() ? "the model" : name);
}

std::vector<Remedy> marked_remedies(const Report& report) {
  std::vector<Remedy> remedies = report.remedies;
  const auto of_a_rule = [&](const Remedy& remedy) { return is_of_a_rule(report, remedy); };
  if (!report.explanation || std::ranges::none_of(remedies, of_a_rule)) return remedies;
  for (Remedy& remedy : remedies)
    if (!of_a_rule(remedy)) remedy.text += remedy.text.empty() ? "(model)" : " (model)";
  return remedies;
}

std::string capitalised(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

}  // namespace agent::sinks
