#include "base/json_limits.hpp"
#include "flows/replay_parts.hpp"
#include "sinks/report_json.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace agent::flows::transcript {
namespace {

constexpr std::size_t longest_line = std::size_t{64} * 1024 * 1024;
constexpr std::size_t most_depth = 120;
constexpr std::size_t most_steps = 100'000;

std::unexpected<Error> unreadable(std::string what) { return fail(ErrorKind::unreadable, std::move(what)); }

Result<loop::Limits> limits_of(const json& value) {
  loop::Limits limits;
  std::int64_t until = 0;
  Fields fields(value);
  TRY(fields.take("turns", limits.turns)
          .take("tool_calls", limits.tool_calls)
          .take("tokens", limits.tokens)
          .take("cost_usd", limits.cost_usd)
          .take("until_ns", until)
          .done());
  if (fields.find("until_ns") != nullptr)
    limits.until = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(until));
  return limits;
}

Result<RecordedModel> model_of(const json& value) {
  RecordedModel model;
  Fields fields(value);
  TRY(fields.take("name", model.name).take("window", model.window).done());
  const json* price = fields.find("price");
  if (price == nullptr) return model;
  llm::Price& prices = model.price.emplace();
  TRY(Fields(*price).take("input", prices.input).take("cached", prices.cached).take("output", prices.output).done());
  return model;
}

Result<RecordedTool> tool_of(const json& value) {
  RecordedTool tool;
  Fields fields(value);
  TRY(fields.take("name", tool.name)
          .take("server", tool.server)
          .take("description", tool.description)
          .take("denied", tool.denied)
          .take("changes", tool.changes)
          .done());
  const json* schema = fields.find("schema");
  tool.schema = schema != nullptr ? *schema : json::object();
  return tool;
}

/// Each entry of a list; no list is an empty one.
template <class Item>
Result<void> read_list(const Fields& fields, const char* key, Result<Item> (*read)(const json&),
                       std::vector<Item>& out) {
  const json* list = fields.find(key);
  if (list == nullptr) return {};
  if (!list->is_array()) return unreadable(fmt::format("'{}' is no list", key));
  for (const json& one : *list) out.push_back(TRY(read(one)));
  return {};
}

/// A part that must be there, read by `read`.
template <class Item>
Result<Item> need(const Fields& fields, const char* key, Result<Item> (*read)(const json&)) {
  const json* value = fields.find(key);
  if (value == nullptr) return unreadable(fmt::format("'{}' is missing", key));
  return read(*value);
}

/// Excerpts have as many lines as they say.
bool is_consistent(const Report& report) {
  return std::ranges::all_of(report.evidence, [](const SourceEvidence& source) {
    return std::ranges::all_of(source.excerpts, [](const Excerpt& excerpt) {
      const auto ends = static_cast<std::size_t>(std::ranges::count(excerpt.text, '\n'));
      return excerpt.first_line <= excerpt.last_line && excerpt.last_line - excerpt.first_line == ends;
    });
  });
}

Result<Report> report_in(std::string_view line) {
  const auto header = nlohmann::ordered_json::parse(line, nullptr, false);
  const auto report = header.find("report");
  if (report == header.end()) return unreadable("'report' is missing");
  Report rules = TRY(sinks::from_json(*report));
  if (!is_consistent(rules)) return unreadable("'report' has an excerpt that does not have its lines");
  return rules;
}

Result<Recording> header_of(const json& value, std::string_view line) {
  Recording recording;
  int made_as = 0;
  Fields fields(value);
  fields.take("transcript", made_as);
  if (made_as < 1 || fields.is_wrong()) return unreadable("this is no transcript");
  if (made_as > version)
    return unreadable(fmt::format("it has the form {}, and only {} is known here", made_as, version));
  TRY(fields.take("run", recording.run_id)
          .take("agent", recording.agent_version)
          .take("started_unix_ms", recording.started_unix_ms)
          .done());
  recording.prompts = TRY(need(fields, "prompts", &prompts_of));
  recording.limits = TRY(need(fields, "limits", &limits_of));
  recording.model = TRY(need(fields, "model", &model_of));
  TRY(read_list(fields, "tools", &tool_of, recording.tools));
  TRY(read_list(fields, "sources", &source_of, recording.sources));
  recording.rules = TRY(report_in(line));
  return recording;
}

Result<void> take_lines(const Fields& fields, Recording& recording) {
  std::string source;
  const json* lines = fields.find("lines");
  if (lines == nullptr || !lines->is_array()) return unreadable("'lines' is no list");
  if (const json* id = fields.find("source"); id != nullptr && id->is_string())
    source = id->get_ref<const std::string&>();
  for (const json& one : *lines) {
    const bool fits = one.is_array() && one.size() == 2 && one[0].is_number_unsigned() && one[1].is_string();
    if (!fits) return unreadable("'lines' has an entry that is not a number and a text");
    recording.lines[source].push_back({one[0].get<std::size_t>(), one[1].get_ref<const std::string&>()});
  }
  return {};
}

Result<RecordedCall> call_of(const json& value) {
  RecordedCall call;
  std::string status;
  std::int64_t took = 0;
  Fields fields(value);
  TRY(fields.take("tool", call.tool)
          .take("status", status)
          .take("text", call.result.text)
          .take("bytes_total", call.result.bytes_total)
          .take("from_memory", call.from_memory)
          .take("at_ns", call.at_ns)
          .take("took_ms", took)
          .done());
  call.took = std::chrono::milliseconds(took);
  const auto known = status_named(status);
  if (!known) return unreadable("'status' is none of a tool's");
  call.result.status = *known;
  const json *arguments = fields.find("arguments"), *failure = fields.find("failure");
  call.arguments = arguments != nullptr ? *arguments : json::object();
  if (failure != nullptr) call.result.failure = TRY(error_of(*failure));
  return call;
}

Result<void> take_result(const json& value, const std::string& name, Recording& recording) {
  if (recording.turns.empty() || recording.turns.back().result)
    return unreadable(fmt::format("'{}' follows no request", name));
  RecordedTurn& turn = recording.turns.back();
  Fields fields(value);
  TRY(fields.take("at_ns", turn.answered_ns).done());
  if (name == "answered")
    turn.result = TRY(need(fields, "answer", &answer_of));
  else
    turn.result = std::unexpected(TRY(need(fields, "failure", &failure_of)));
  return {};
}

Result<void> take_step(const json& value, Recording& recording) {
  std::string name;
  Fields fields(value);
  TRY(fields.take("step", name).done());
  if (name == "lines") return take_lines(fields, recording);
  if (name == "answered" || name == "failed") return take_result(value, name, recording);
  if (name == "called") {
    recording.calls.push_back(TRY(call_of(value)));
  } else if (name == "asks") {
    RecordedTurn turn;
    TRY(fields.take("digest", turn.digest).done());
    recording.turns.push_back(std::move(turn));
  } else if (name == "end") {
    TRY(fields.take("report", recording.report_digest).done());
  }
  return {};  // What is not known was not known then, either.
}

Result<json> parse(std::string_view line) {
  if (line.size() > longest_line) return unreadable("it is too long");
  if (exceeds(line, {.depth = most_depth})) return unreadable("it is nested too deeply");
  json value = json::parse(line, nullptr, false);
  if (value.is_discarded() || !value.is_object()) return unreadable("it is not a JSON object");
  return value;
}

Result<void> take(std::string_view line, std::size_t number, Recording& recording) {
  const json value = TRY(parse(line));
  if (number == 1) {
    recording = TRY(header_of(value, line));
    return {};
  }
  if (number > most_steps) return unreadable("there are too many lines");
  return take_step(value, recording);
}

}  // namespace

Result<Recording> read_recording(std::string_view text, const std::string& where) {
  Recording recording;
  std::size_t number = 0;
  while (!text.empty() || number == 0) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto taken = take(text.substr(0, end), ++number, recording);
    if (!taken)
      return fail(ErrorKind::unreadable,
                  fmt::format("cannot read line {} of the transcript: {}", number, taken.error().what),
                  fmt::format("{}:{}", where, number), "give a file that '--transcript' wrote");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return recording;
}

}  // namespace agent::flows::transcript
