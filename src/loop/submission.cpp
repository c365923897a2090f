#include "loop/submission.hpp"

#include "base/text.hpp"
#include "loop/submission_parts.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <utility>

namespace agent::loop {
namespace {

using nlohmann::json;
using Names = std::initializer_list<const char*>;

constexpr std::size_t most_entries = 20;
constexpr std::size_t sentence_bytes = 600, command_bytes = 2000, quote_bytes = 4000, source_bytes = 500;
constexpr std::size_t most_nested_bytes = 262'144;  ///< JSON in a string.
constexpr int most_depth = 20;

json text_field(const char* description) { return {{"type", "string"}, {"description", description}}; }

json list_of(const char* description, json properties, json required) {
  return {{"type", "array"},
          {"description", description},
          {"items", {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}}}};
}

json citation_fields() {
  return {{"source", text_field("Source id, such as log/build.log")},
          {"line", {{"type", "integer"}, {"description", "Its number"}}},
          {"quote", text_field("The line's words, copied")}};
}

json categories() {
  json names = json::array();
  for (int i = 0; i <= static_cast<int>(Category::unknown); ++i) names.push_back(name(static_cast<Category>(i)));
  return names;
}

bool is_shallow(std::string_view text) {
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if (c == '}' || c == ']') --depth;
  }
  return deepest <= most_depth;
}

/// JSON that was written as a string; else `value` itself.
json unwrapped(const json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr || text->size() > most_nested_bytes || !is_shallow(*text)) return value;
  const std::string_view bare = trim(*text);
  if (!bare.starts_with('{') && !bare.starts_with('[')) return value;
  json parsed = json::parse(bare, nullptr, false);
  return parsed.is_discarded() ? value : parsed;
}

/// The first of these fields that is there and not null.
const json* field(const json& object, Names names) {
  if (!object.is_object()) return nullptr;
  for (const char* name : names)
    if (const auto found = object.find(name); found != object.end() && !found->is_null()) return &*found;
  return nullptr;
}

std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  text.resize(limit);
  return text + "…";
}

/// Any value as text: a list's strings in lines.
std::string text_of(const json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  if (value.is_number() || value.is_boolean()) return value.dump();
  std::string all;
  if (value.is_array())
    for (const json& one : value)
      if (const auto* text = one.get_ptr<const std::string*>()) all += (all.empty() ? "" : "\n") + *text;
  return all;
}

std::string text_of(const json& object, Names names, std::size_t limit) {
  const json* value = field(object, names);
  return value == nullptr ? std::string() : cut(text_of(*value), limit);
}

/// The whole number that `text` starts with, behind words such as "line".
std::size_t line_in(std::string_view text) {
  const std::size_t digit = text.find_first_of("0123456789");
  std::size_t line = 0;
  if (digit != std::string_view::npos) std::from_chars(text.data() + digit, text.data() + text.size(), line);
  return line;
}

std::size_t line_of(const json& object) {
  const json* value = field(object, {"line", "line_number", "lineno", "lines", "first_line"});
  if (value == nullptr) return 0;
  if (value->is_number_unsigned()) return value->get<std::size_t>();
  if (value->is_number_integer())
    return static_cast<std::size_t>(std::max<std::int64_t>(value->get<std::int64_t>(), 0));
  if (value->is_number_float()) {
    const double line = value->get<double>();
    return line > 0 && line < 1e15 ? static_cast<std::size_t>(line) : 0;
  }
  if (value->is_array()) return value->empty() ? 0 : line_in(text_of(value->front()));
  const auto* text = value->get_ptr<const std::string*>();
  return text == nullptr ? 0 : line_in(*text);
}

/// Takes "…:12", "… line 12" or "…#L12" off the end of a source.
void take_line(Citation& citation) {
  for (const std::string_view mark : {"#L", " line ", ", line ", ":"}) {
    const std::size_t at = citation.source.rfind(mark);
    if (at == std::string::npos || at == 0) continue;
    const std::string_view digits = std::string_view(citation.source).substr(at + mark.size());
    if (digits.empty() || digits.find_first_not_of("0123456789-") != std::string_view::npos) continue;
    if (citation.line == 0) citation.line = line_in(digits);
    citation.source.resize(at);
    return;
  }
}

/// "log/x:12: text", "log/x line 12: text", "log/x: text".
Citation citation_in(std::string_view text) {
  Citation citation;
  std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) colon = text.find('\n');
  if (colon == std::string_view::npos)
    return {.source = {}, .line = 0, .timestamp = {}, .quote = cut(std::string(text), quote_bytes)};
  citation.source = cut(std::string(text.substr(0, colon)), source_bytes);
  citation.quote = cut(std::string(text.substr(colon + 1)), quote_bytes);
  take_line(citation);
  return citation;
}

std::optional<Citation> citation_of(const json& value) {
  if (const auto* text = value.get_ptr<const std::string*>())
    return text->empty() ? std::nullopt : std::optional(citation_in(*text));
  if (!value.is_object()) return std::nullopt;
  Citation citation{.source = text_of(value, {"source", "source_id", "file", "path", "id", "log"}, source_bytes),
                    .line = line_of(value),
                    .timestamp = {},
                    .quote = text_of(value, {"quote", "quoted", "excerpt", "content", "message", "text"}, quote_bytes)};
  take_line(citation);
  if (trim(citation.quote).empty()) return std::nullopt;
  return citation;
}

/// The entries of a list; of anything else that is there, the one entry that it is. `read` gives an optional.
template <class Read>
auto list_in(const json& object, Names names, Read read) {
  std::vector<typename std::invoke_result_t<Read, const json&>::value_type> list;
  const json* found = field(object, names);
  if (found == nullptr) return list;
  const json value = unwrapped(*found);
  const auto take = [&](const json& one) {
    if (list.size() >= most_entries) return;
    if (auto entry = read(unwrapped(one))) list.push_back(*std::move(entry));
  };
  if (value.is_array())
    for (const json& one : value) take(one);
  else
    take(value);
  return list;
}

std::optional<Claim> claim_of(const json& value) {
  if (const auto* text = value.get_ptr<const std::string*>())
    return text->empty() ? std::nullopt : std::optional(Claim{cut(*text, sentence_bytes), {}, false});
  Claim claim{.text = text_of(value, {"text", "claim", "statement", "step", "event", "cause", "what"}, sentence_bytes),
              .evidence = list_in(value, {"evidence", "citations", "proof"}, citation_of),
              .verified = false};
  if (claim.text.empty()) return std::nullopt;
  // A flat entry: its "text" is the claim's, so only a quote of another name makes a citation.
  json own = value;
  own.erase("text");
  own.erase("message");
  if (auto citation = claim.evidence.empty() ? citation_of(own) : std::nullopt) claim.evidence.push_back(*citation);
  return claim;
}

std::optional<Remedy> remedy_of(const json& value) {
  Remedy remedy;
  if (const auto* text = value.get_ptr<const std::string*>()) {
    remedy.text = cut(*text, sentence_bytes);
  } else {
    remedy.text = text_of(value, {"text", "remedy", "description", "action", "title", "what"}, sentence_bytes);
    remedy.command = text_of(value, {"command", "commands", "cmd", "patch", "code"}, command_bytes);
  }
  if (remedy.text.empty() && remedy.command.empty()) return std::nullopt;
  if (remedy.text.empty()) remedy.text = "run this";
  return remedy;
}

/// Two texts, the second of which says why. "what: why" as one.
std::optional<std::pair<std::string, std::string>> reasoned(const json& value, Names first) {
  std::pair<std::string, std::string> pair;
  if (const auto* text = value.get_ptr<const std::string*>()) {
    const std::size_t colon = std::min(text->find(": "), text->size());
    pair = {cut(text->substr(0, colon), sentence_bytes),
            cut(text->substr(std::min(colon + 2, text->size())), sentence_bytes)};
  } else {
    pair = {text_of(value, first, sentence_bytes),
            text_of(value, {"why", "reason", "because", "explanation"}, sentence_bytes)};
  }
  return pair.first.empty() ? std::nullopt : std::optional(std::move(pair));
}

std::optional<RuledOut> ruled_out_of(const json& value) {
  auto pair = reasoned(value, {"what", "hypothesis", "cause", "candidate", "text"});
  return pair ? std::optional(RuledOut{std::move(pair->first), std::move(pair->second)}) : std::nullopt;
}

std::optional<Disagreement> disagreement_of(const json& value) {
  auto pair = reasoned(value, {"rule", "finding", "id", "what"});
  return pair ? std::optional(Disagreement{std::move(pair->first), std::move(pair->second)}) : std::nullopt;
}

/// The object that holds the report: the arguments, or one inside of them ({"report": {…}}).
json report_in(const json& arguments) {
  json report = unwrapped(arguments);
  for (int depth = 0; depth < 3 && report.is_object(); ++depth) {
    if (field(report, {"cause", "root_cause"}) != nullptr) break;
    const json* inner = field(report, {"report", "submission", "arguments", "parameters", "input", "submit_report"});
    if (inner == nullptr) break;
    json next = unwrapped(*inner);
    report = std::move(next);
  }
  return report;
}

}  // namespace

json submission_schema() {
  json chain = citation_fields();
  chain["text"] = text_field("One link, one sentence");
  return {
      {"type", "object"},
      {"properties",
       {{"cause", text_field("What broke and why: one sentence with real names and numbers")},
        {"category", {{"type", "string"}, {"enum", categories()}}},
        {"confidence", {{"type", "string"}, {"enum", {"high", "medium", "low"}}}},
        {"evidence", list_of("Lines that prove the cause", citation_fields(), {"source", "line", "quote"})},
        {"chain", list_of("From the root cause to what was seen", std::move(chain), {"text"})},
        {"remedies",
         list_of("What to change, best first",
                 {{"text", text_field("One sentence")}, {"command", text_field("If there is one")}}, {"text"})},
        {"ruled_out", list_of("What is not the cause",
                              {{"what", text_field("A suspect")}, {"why", text_field("Why not")}}, {"what", "why"})},
        {"disagreements", list_of("Rules' findings that you do not believe",
                                  {{"rule", text_field("Its id")}, {"why", text_field("Why not")}}, {"rule", "why"})}}},
      {"required", {"cause", "category", "confidence", "evidence"}}};
}

Result<Submission> parse_submission(const json& arguments) {
  const json report = report_in(arguments);
  if (!report.is_object())
    return fail(ErrorKind::model_failed, "the arguments of submit_report are not an object", "",
                "call submit_report with an object that has cause, category, confidence and evidence");
  Submission submission;
  submission.cause = text_of(report, {"cause", "root_cause", "rootCause", "summary", "headline"}, sentence_bytes);
  if (trim(submission.cause).empty())
    return fail(ErrorKind::model_failed, "submit_report has no cause", "",
                "say in 'cause' what broke and why, in one sentence");
  submission.category = meant_category(text_of(report, {"category", "type", "kind"}, 100));
  submission.confidence = meant_confidence(text_of(report, {"confidence", "certainty"}, 100));
  submission.evidence = list_in(report, {"evidence", "citations", "proof", "quotes"}, citation_of);
  submission.chain = list_in(report, {"chain", "causal_chain", "chain_of_causation", "claims"}, claim_of);
  submission.remedies =
      list_in(report, {"remedies", "remedy", "fixes", "fix", "suggestions", "recommendations"}, remedy_of);
  submission.ruled_out = list_in(report, {"ruled_out", "ruledOut", "excluded"}, ruled_out_of);
  submission.disagreements = list_in(report, {"disagreements", "disagreement"}, disagreement_of);
  return submission;
}

}  // namespace agent::loop
