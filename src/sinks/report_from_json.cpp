#include "sinks/report_json.hpp"

#include <nlohmann/json.hpp>

#include <concepts>
#include <limits>

namespace agent::sinks {
namespace {

using Json = nlohmann::ordered_json;

/// A value and where it stands, as a JSON pointer: what an error says.
struct Place {
  const Json& value;
  std::string pointer;
};

std::unexpected<Error> wrong(const std::string& pointer, const std::string& wanted) {
  return fail(ErrorKind::unreadable, "the report's '" + pointer + "' is not " + wanted, "#" + pointer,
              "give a report made with '-o json'");
}

Result<void> read(const Place& place, std::string& out) {
  const auto* text = place.value.get_ptr<const std::string*>();
  if (text == nullptr) return wrong(place.pointer, "a text");
  out = *text;
  return {};
}

Result<void> read(const Place& place, bool& out) {
  const auto* flag = place.value.get_ptr<const bool*>();
  if (flag == nullptr) return wrong(place.pointer, "true or false");
  out = *flag;
  return {};
}

Result<void> read(const Place& place, double& out) {
  if (!place.value.is_number()) return wrong(place.pointer, "a number");
  out = place.value.get<double>();
  return {};
}

template <std::integral Integer>
Result<void> read(const Place& place, Integer& out) {
  bool fits = false;
  if (place.value.is_number_unsigned())
    fits = std::in_range<Integer>(place.value.get<std::uint64_t>());
  else if (place.value.is_number_integer())
    fits = std::in_range<Integer>(place.value.get<std::int64_t>());
  if (!fits) return wrong(place.pointer, "a whole number in its range");
  out = place.value.get<Integer>();
  return {};
}

/// An enum by its word: the values of these enums count from 0 to `last`.
template <class Enum>
Result<void> read_word(const Place& place, Enum last, Enum& out) {
  std::string word;
  TRY(read(place, word));
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (name(static_cast<Enum>(i)) != word) continue;
    out = static_cast<Enum>(i);
    return {};
  }
  return wrong(place.pointer, "a word of the schema");
}

Result<void> read(const Place& place, Verdict& out) { return read_word(place, Verdict::unknown, out); }
Result<void> read(const Place& place, Severity& out) { return read_word(place, Severity::info, out); }
Result<void> read(const Place& place, Confidence& out) { return read_word(place, Confidence::low, out); }
Result<void> read(const Place& place, Category& out) { return read_word(place, Category::unknown, out); }

Result<void> read(const Place& place, Citation& out);
Result<void> read(const Place& place, Remedy& out);
Result<void> read(const Place& place, Finding& out);
Result<void> read(const Place& place, Excerpt& out);
Result<void> read(const Place& place, SourceEvidence& out);
Result<void> read(const Place& place, NotChecked& out);
Result<void> read(const Place& place, Usage& out);
Result<void> read(const Place& place, Claim& out);
Result<void> read(const Place& place, RuledOut& out);
Result<void> read(const Place& place, Disagreement& out);
Result<void> read(const Place& place, Proposal& out);
Result<void> read(const Place& place, Explanation& out);
Result<void> read(const Place& place, SeenBefore& out);
Result<void> read(const Place& place, PipelineRun& out);

template <class Value>
Result<void> read(const Place& place, std::optional<Value>& out) {
  if (place.value.is_null()) return {};
  return read(place, out.emplace());
}

template <class Item>
Result<void> read(const Place& place, std::vector<Item>& out) {
  if (!place.value.is_array()) return wrong(place.pointer, "an array");
  for (std::size_t i = 0; i < place.value.size(); ++i)
    TRY(read(Place{place.value[i], place.pointer + "/" + std::to_string(i)}, out.emplace_back()));
  return {};
}

template <class Number>
Result<void> read(const Place& place, std::vector<std::pair<std::string, Number>>& out) {
  if (!place.value.is_object()) return wrong(place.pointer, "an object");
  for (const auto& [key, value] : place.value.items())
    TRY(read(Place{value, place.pointer + "/" + key}, out.emplace_back(key, Number{}).second));
  return {};
}

/// Reads fields of one object one after another; the first error stays.
class Fields {
 public:
  explicit Fields(const Place& place) : place_(place) {
    if (!place.value.is_object()) state_ = wrong(place.pointer, "an object");
  }

  template <class Value>
  Fields& take(const char* key, Value& out) {
    if (!state_) return *this;
    const auto found = place_.value.find(key);
    if (found != place_.value.end()) state_ = read(Place{*found, place_.pointer + "/" + key}, out);
    return *this;
  }

  template <class Value>
  Fields& need(const char* key, Value& out) {
    if (state_ && !place_.value.contains(key)) state_ = wrong(place_.pointer + "/" + key, "there");
    return take(key, out);
  }

  [[nodiscard]] Result<void> done() const { return state_; }

 private:
  const Place& place_;
  Result<void> state_;
};

Result<void> read(const Place& place, Citation& out) {
  return Fields(place)
      .take("source", out.source)
      .take("line", out.line)
      .take("timestamp", out.timestamp)
      .take("quote", out.quote)
      .done();
}

Result<void> read(const Place& place, Remedy& out) {
  return Fields(place).take("text", out.text).take("command", out.command).done();
}

Result<void> read(const Place& place, Finding& out) {
  return Fields(place)
      .take("rule", out.rule)
      .take("severity", out.severity)
      .take("category", out.category)
      .take("confidence", out.confidence)
      .take("headline", out.headline)
      .take("verified", out.verified)
      .take("evidence", out.evidence)
      .take("remedies", out.remedies)
      .done();
}

Result<void> read(const Place& place, Excerpt& out) {
  return Fields(place)
      .take("first_line", out.first_line)
      .take("last_line", out.last_line)
      .take("folded", out.folded)
      .take("why", out.why)
      .take("text", out.text)
      .done();
}

Result<void> read(const Place& place, SourceEvidence& out) {
  return Fields(place)
      .take("source", out.source)
      .take("lines_total", out.lines_total)
      .take("bytes_total", out.bytes_total)
      .take("excerpts", out.excerpts)
      .done();
}

Result<void> read(const Place& place, NotChecked& out) {
  return Fields(place).take("what", out.what).take("why", out.why).done();
}

Result<void> read(const Place& place, Usage& out) {
  return Fields(place)
      .take("model", out.model)
      .take("calls", out.calls)
      .take("tool_calls", out.tool_calls)
      .take("input_tokens", out.input_tokens)
      .take("cached_tokens", out.cached_tokens)
      .take("output_tokens", out.output_tokens)
      .take("cost_usd", out.cost_usd)
      .done();
}

Result<void> read(const Place& place, Claim& out) {
  return Fields(place).take("text", out.text).take("verified", out.verified).take("evidence", out.evidence).done();
}

Result<void> read(const Place& place, RuledOut& out) {
  return Fields(place).take("what", out.what).take("why", out.why).done();
}

Result<void> read(const Place& place, Disagreement& out) {
  return Fields(place).take("rule", out.rule).take("why", out.why).done();
}

Result<void> read(const Place& place, Proposal& out) {
  return Fields(place).take("tool", out.tool).take("title", out.title).take("body", out.body).done();
}

Result<void> read(const Place& place, Explanation& out) {
  return Fields(place)
      .take("chain", out.chain)
      .take("ruled_out", out.ruled_out)
      .take("disagreements", out.disagreements)
      .take("proposals", out.proposals)
      .take("citations", out.citations)
      .take("verified", out.verified)
      .take("limit_reached", out.limit_reached)
      .take("made_at", out.made_at)
      .done();
}

Result<void> read(const Place& place, SeenBefore& out) {
  return Fields(place)
      .take("times", out.times)
      .take("first_at", out.first_at)
      .take("last_at", out.last_at)
      .take("issue_url", out.issue_url)
      .done();
}

Result<void> read(const Place& place, PipelineRun& out) {
  return Fields(place)
      .take("system", out.system)
      .take("url", out.url)
      .take("name", out.name)
      .take("repository", out.repository)
      .take("branch", out.branch)
      .take("commit", out.commit)
      .done();
}

Result<void> read(const Place& place, Report& out) {
  int version = 0;
  TRY(Fields(place).need("schema_version", version).done());
  if (version != Report::schema_version)
    return wrong("/schema_version", std::to_string(Report::schema_version) + ", the only version known here");
  return Fields(place)
      .need("target", out.target)
      .take("created_at", out.created_at)
      .need("verdict", out.verdict)
      .take("cause", out.cause)
      .take("category", out.category)
      .take("confidence", out.confidence)
      .take("exit_code", out.exit_code)
      .take("fingerprint", out.fingerprint)
      .take("pipeline", out.pipeline)
      .take("degraded", out.degraded)
      .take("degraded_because", out.degraded_because)
      .take("seen", out.seen)
      .take("findings", out.findings)
      .take("remedies", out.remedies)
      .take("explanation", out.explanation)
      .take("not_checked", out.not_checked)
      .take("evidence", out.evidence)
      .take("redactions", out.redactions)
      .take("usage", out.usage)
      .take("timings_ms", out.timings_ms)
      .done();
}

}  // namespace

Result<Report> from_json(const Json& json) {
  Report report;
  TRY(read(Place{json, ""}, report));
  return report;
}

Result<Report> parse_report(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded())
    return fail(ErrorKind::unreadable, "the report is not JSON", "", "give a report made with '-o json'");
  return from_json(json);
}

}  // namespace agent::sinks
