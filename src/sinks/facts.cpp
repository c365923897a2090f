#include "sinks/facts.hpp"

#include "sinks/display.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace agent::sinks {
namespace {

std::string amount_read(const Report& report) {
  std::size_t lines = 0;
  std::uint64_t bytes = 0;
  for (const SourceEvidence& source : report.evidence) {
    lines += source.lines_total;
    bytes += source.bytes_total;
  }
  return with_thousands(lines) + (lines == 1 ? " line, " : " lines, ") + human_bytes(bytes) + " read";
}

}  // namespace

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::failing: return "FAILED";
    case Verdict::healthy: return "OK";
    case Verdict::unknown: return "UNKNOWN";
  }
  return "UNKNOWN";
}

std::string with_category(Category category, const std::string& headline) {
  return category == Category::unknown ? headline : std::string(name(category)) + " · " + headline;
}

std::string summary(const Report& report) {
  switch (report.verdict) {
    case Verdict::failing: return with_category(report.category, report.cause);
    case Verdict::healthy: return report.cause.empty() ? "nothing is failing" : "nothing is failing: " + report.cause;
    case Verdict::unknown: break;
  }
  return report.cause.empty() ? "no rule recognises this failure; below is the likeliest evidence" : report.cause;
}

std::string facts(const Report& report) {
  std::string text = report.target;
  if (!report.evidence.empty()) text += " · " + amount_read(report);
  if (report.exit_code) text += " · exit code " + std::to_string(*report.exit_code);
  if (report.verdict == Verdict::failing) text += " · confidence " + std::string(name(report.confidence));
  if (!report.findings.empty() && !report.findings.front().verified) text += ", not verified";
  return text;
}

std::string hidden_secrets(const Report& report) {
  std::size_t total = 0;
  std::string kinds;
  for (const auto& [kind, count] : report.redactions) {
    total += count;
    kinds += (kinds.empty() ? "" : ", ") + kind + " " + with_thousands(count);
  }
  return total == 0 ? "" : with_thousands(total) + (total == 1 ? " secret (" : " secrets (") + kinds + ")";
}

std::string model_use(const Usage& usage) {
  if (usage.model.empty()) return "";
  std::array<char, 32> cost{};
  std::snprintf(cost.data(), cost.size(), "$%.4f", usage.cost_usd);
  const auto tokens = [](std::int64_t count) {
    return with_thousands(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)));
  };
  return usage.model + ", " + std::to_string(usage.calls) + (usage.calls == 1 ? " call, " : " calls, ") +
         tokens(usage.input_tokens) + " tokens in (" + tokens(usage.cached_tokens) + " cached), " +
         tokens(usage.output_tokens) + " out, " + cost.data();
}

std::string milliseconds(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", value);
  return text.data();
}

std::string place(const std::string& source, std::size_t line) {
  constexpr std::string_view log_prefix = "log/";
  std::string name = one_line(source);
  if (name == "log/-")
    name = "standard input";
  else if (name.starts_with(log_prefix))
    name.erase(0, log_prefix.size());
  return line == 0 ? name : name + ":" + std::to_string(line);
}

std::string with_thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t from_end = 3; from_end < digits.size(); from_end += 4) digits.insert(digits.size() - from_end, ",");
  return digits;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
  std::uint64_t tenths = bytes * 10;
  std::size_t unit = 0;
  for (; tenths >= 9995 && unit + 1 < units.size(); ++unit) tenths = (tenths + 500) / 1000;
  const bool shows_tenths = unit > 0 && tenths < 100;
  const std::string number = shows_tenths ? std::to_string(tenths / 10) + "." + std::to_string(tenths % 10)
                                          : std::to_string((tenths + 5) / 10);
  return number + " " + units.at(unit);
}

std::string more_like_this(std::size_t count) { return "… " + with_thousands(count) + " more like this"; }

}  // namespace agent::sinks
