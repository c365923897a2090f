#include "sinks/facts.hpp"

#include "sinks/display.hpp"
#include "sinks/explained.hpp"

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

/// What stands before the next '/', which is taken off.
std::string_view next_part(std::string_view& rest) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view part = rest.substr(0, slash);
  rest.remove_prefix(std::min(slash + 1, rest.size()));
  return part;
}

/// A token of a JSON pointer (RFC 6901): "~1" is '/', "~0" is '~'.
std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escaped = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    text += escaped ? (token[++i] == '1' ? '/' : '~') : token[i];
  }
  return text;
}

std::string with_namespace(std::string_view name_space, std::string_view name) {
  return name_space.empty() ? std::string(name) : std::string(name_space) + "/" + std::string(name);
}

/// "pod ci/web, container app (previous)", "Pod ci/web status.phase", "events of Pod ci/web"; empty for other sources.
std::string cluster_words(std::string_view source) {
  std::string_view rest = source;
  const std::string_view kind = next_part(rest);
  if (kind == "pod") {
    const std::string_view name_space = next_part(rest), pod = next_part(rest), container = next_part(rest);
    if (container.empty()) return {};
    return "pod " + with_namespace(name_space, pod) + ", container " + std::string(container) +
           (rest == "previous" ? " (previous)" : "");
  }
  if (kind == "events") {
    const std::string_view name_space = next_part(rest), about = next_part(rest);
    return "events of " + std::string(about) + " " + with_namespace(name_space, rest);
  }
  if (kind != "object") return {};
  const std::string_view type = next_part(rest), name_space = next_part(rest), name = rest.substr(0, rest.find("#/"));
  rest.remove_prefix(std::min(name.size() + 2, rest.size()));
  return std::string(type.substr(0, type.find('.'))) + " " + with_namespace(name_space, name) +
         (rest.empty() ? "" : " " + field_words(rest));
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
  const Finding* cause = cause_finding(report);
  if (cause != nullptr && !cause->verified) text += ", not verified";
  const std::string model = found_by_model(report);
  return model.empty() ? text : text + " · " + model;
}

const Finding* cause_finding(const Report& report) {
  if (report.findings.empty()) return nullptr;
  const Finding& first = report.findings.front();
  return first.rule == "model" && first.headline != report.cause ? nullptr : &first;
}

std::span<const Finding> other_findings(const Report& report) {
  return std::span(report.findings).subspan(cause_finding(report) == nullptr ? 0 : 1);
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

std::string milliseconds(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", value);
  return text.data();
}

std::string field_words(std::string_view pointer) {
  std::string words;
  while (!pointer.empty()) {
    const std::string_view part = next_part(pointer);
    const bool is_index = !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_index)
      words += "[" + std::string(part) + "]";
    else
      words += (words.empty() ? "" : ".") + unescaped(part);
  }
  return one_line(words);
}

std::string place(const std::string& source, std::size_t line) {
  constexpr std::string_view log_prefix = "log/";
  std::string name = one_line(source);
  if (const std::string words = cluster_words(name); !words.empty())
    return line == 0 ? words : words + " line " + std::to_string(line);
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
