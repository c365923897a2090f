#include "flows/transcript.hpp"

#include "base/descriptor.hpp"
#include "flows/report_parts.hpp"
#include "flows/transcript_json.hpp"
#include "sinks/report_json.hpp"
#include "tools/tool_result.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

namespace agent::flows {
namespace {

using nlohmann::json;

constexpr std::size_t most_of_a_text = std::size_t{8} * 1024 * 1024;

std::unexpected<Error> cannot_write(const std::string& path, const char* call) {
  return fail(ErrorKind::delivery_failed, "cannot write the transcript '" + path + "'",
              std::string(call) + ": " + std::strerror(errno));
}

Result<void> write_all(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(file, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return cannot_write(path, "write");
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

/// The request without its messages.
json frame_of(const llm::ModelRequest& request) {
  json names = json::array();
  for (const llm::ToolDescription& tool : request.tools) names.push_back(tool.name);
  return {{"tools", std::move(names)}, {"tool_choice", static_cast<int>(request.tool_choice)}};
}

std::string digest_of(const json& frame, const std::vector<std::string>& messages) {
  std::string all = transcript::line_of(frame);
  for (const std::string& one : messages) all += " " + one;
  return transcript::digest(all);
}

json limits_of(const loop::Limits& limits, std::chrono::steady_clock::time_point start) {
  json value{{"turns", limits.turns},
             {"tool_calls", limits.tool_calls},
             {"tokens", std::min(limits.tokens, transcript::most_of_a_number)},
             {"cost_usd", limits.cost_usd}};
  if (limits.until)
    value["until_ns"] =
        std::clamp<std::int64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(*limits.until - start).count(), 0,
                                 transcript::most_of_a_number);
  return value;
}

json model_of(const llm::Model& model) {
  json value{{"name", model.name()}, {"window", model.context_window_tokens()}};
  if (const auto price = model.price())
    value["price"] = {{"input", price->input}, {"cached", price->cached}, {"output", price->output}};
  return value;
}

/// The report, redacted once more: it is the one text here that others made.
nlohmann::ordered_json report_of(Report report, const transcript::Redact& redact) {
  if (redact) each_text(report, [&](std::string& text) { text = redact(text); });
  return sinks::to_json(report);
}

}  // namespace

Result<TranscriptLines> transcript_file(const std::string& path) {
  auto file = std::make_shared<Descriptor>(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, S_IRUSR | S_IWUSR));
  if (!*file) return cannot_write(path, "open");  // also a pipe that nobody reads
  struct stat status{};
  const bool is_file = ::fstat(file->get(), &status) == 0 && S_ISREG(status.st_mode);
  if (is_file && ::fchmod(file->get(), S_IRUSR | S_IWUSR) != 0) return cannot_write(path, "fchmod");
  return [file, path](std::string_view line) { return write_all(file->get(), std::string(line) + "\n", path); };
}

std::string digest_of(const llm::ModelRequest& request) {
  std::vector<std::string> messages;
  for (const llm::Message& message : request.messages)
    messages.push_back(transcript::digest(transcript::line_of(transcript::of(message, {}))));
  return digest_of(frame_of(request), messages);
}

std::string digest_of(const Report& report) {
  return transcript::digest(
      sinks::to_json(report).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

TranscriptWriter::TranscriptWriter(TranscriptLines lines, const loop::Parts& parts)
    : lines_(std::move(lines)), parts_(parts), start_(parts.clock.ticks()) {
  parts_.library.watch([this](const std::string& id, const std::vector<loop::LibraryLine>& given) {
    const std::lock_guard lock(guard_);
    for (const loop::LibraryLine& line : given)
      if (!written_.contains({id, line.number})) given_[id].try_emplace(line.number, line.text);
  });
}

TranscriptWriter::~TranscriptWriter() { parts_.library.watch({}); }

void TranscriptWriter::write(const json& value) {
  if (state_) state_ = lines_(transcript::line_of(value));
}

/// Lines that were given out since the last time.
void TranscriptWriter::write_lines() {
  const std::lock_guard lock(guard_);
  for (const auto& [source, lines] : given_) {
    json list = json::array();
    for (const auto& [number, text] : lines) {
      list.push_back({number, text});
      written_.emplace(source, number);
    }
    write({{"step", "lines"}, {"source", source}, {"lines", std::move(list)}});
  }
  given_.clear();
}

json TranscriptWriter::step(const char* name, int turn) const {
  const auto at = std::chrono::duration_cast<std::chrono::nanoseconds>(parts_.clock.ticks() - start_);
  return {{"step", name}, {"turn", turn}, {"at_ns", at.count()}};
}

json TranscriptWriter::tools() const {
  json list = json::array();
  for (const tools::BoxedTool& one : parts_.toolbox.all())
    list.push_back({{"name", one.name},
                    {"server", one.server},
                    {"description", parts_.redact ? parts_.redact(one.tool->description()) : one.tool->description()},
                    {"schema", transcript::redacted(one.tool->input_schema(), parts_.redact)},
                    {"changes", one.tool->effect() == tools::ToolEffect::changes},
                    {"denied", one.denied}});
  return list;
}

void TranscriptWriter::begin(const Run& run, const Report& rules, const loop::Limits& limits) {
  start_ = parts_.clock.ticks();
  json sources = json::array();
  for (const loop::LibrarySource& source : parts_.library.sources()) sources.push_back(transcript::of(source));
  const json prompts = transcript::redacted(transcript::of(parts_.prompts), parts_.redact);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.now().time_since_epoch());
  json header{{"transcript", transcript::version},
              {"agent", run.agent_version},
              {"run", run.id},
              {"created_at", rules.created_at},
              {"started_unix_ms", now.count()},
              {"target", parts_.redact ? parts_.redact(rules.target) : rules.target},
              {"prompts_digest", transcript::digest(transcript::line_of(prompts))},
              {"prompts", prompts},
              {"limits", limits_of(limits, start_)},
              {"model", model_of(parts_.model)},
              {"tools", tools()},
              {"sources", std::move(sources)}};
  // The order of the report's fields is part of it, so it is put in as text.
  std::string line = transcript::line_of(header);
  const auto report = report_of(rules, parts_.redact);
  line.back() = ',';
  line += "\"report\":" + report.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "}";
  if (state_) state_ = lines_(line);
}

void TranscriptWriter::asks(int turn, const llm::ModelRequest& request) {
  write_lines();
  json fresh = json::array();
  std::vector<std::string> digests;
  for (const llm::Message& message : request.messages) {
    json value = transcript::of(message, parts_.redact);
    digests.push_back(transcript::digest(transcript::line_of(value)));
    const std::size_t index = digests.size() - 1;
    if (index < sent_.size() && sent_[index] == digests.back()) continue;
    value["index"] = index;
    fresh.push_back(std::move(value));
  }
  sent_ = std::move(digests);
  json value = step("asks", turn);
  value["request"] = frame_of(request);
  value["digest"] = digest_of(value["request"], sent_);
  value["messages"] = std::move(fresh);
  write(value);
}

void TranscriptWriter::answered(int turn, const llm::ModelAnswer& answer) {
  json value = step("answered", turn);
  value["answer"] = transcript::of(answer, parts_.redact);
  write(value);
}

void TranscriptWriter::failed(int turn, const llm::ModelFailure& failure) {
  json value = step("failed", turn);
  value["failure"] = transcript::of(failure, parts_.redact);
  write(value);
}

/// As the loop sees it.
std::string TranscriptWriter::whole_text(const tools::ToolResult& result) const {
  std::string text = result.text;
  if (!result.spool.empty() && parts_.spool != nullptr)
    if (auto whole = parts_.spool->read(result.spool)) text = *std::move(whole);
  if (text.empty() && result.structured) text = transcript::line_of(*result.structured);
  if (text.size() > most_of_a_text) text.resize(text.rfind('\n', most_of_a_text) + 1);
  return parts_.redact ? parts_.redact(text) : text;
}

void TranscriptWriter::called(const loop::CallRecord& call) {
  write_lines();
  json value = step("called", call.turn);
  value["id"] = parts_.redact ? parts_.redact(call.id) : call.id;
  value["tool"] = parts_.redact ? parts_.redact(call.tool) : call.tool;
  value["arguments"] = transcript::redacted(call.arguments, parts_.redact);
  value["status"] = tools::name(call.result.status);
  value["bytes_total"] = call.result.bytes_total;
  value["text"] = whole_text(call.result);
  if (call.result.failure) value["failure"] = transcript::of(*call.result.failure, parts_.redact);
  value["source"] = call.source;
  value["shown"] = parts_.redact ? parts_.redact(call.shown) : call.shown;
  value["from_memory"] = call.from_memory;
  value["took_ms"] = call.took.count();
  write(value);
}

void TranscriptWriter::noted(std::string_view event, std::string_view detail) {
  write_lines();
  write({{"step", "noted"}, {"event", event}, {"detail", parts_.redact ? parts_.redact(detail) : std::string(detail)}});
}

Result<void> TranscriptWriter::end(const Report& report) {
  write_lines();
  write({{"step", "end"}, {"report", digest_of(report)}});
  return state_;
}

}  // namespace agent::flows
