#include "cli/steps.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "cli/analyze_output.hpp"
#include "sinks/display.hpp"
#include "tools/tool_result.hpp"

#include <fmt/format.h>
#include <mutex>
#include <utility>

namespace agent::cli {
namespace {

constexpr std::size_t most_words = 600;      // bytes of what a model says or thinks, shown with -v
constexpr std::size_t most_arguments = 200;  // bytes
constexpr int timed_out = 124, denied = 7;   // as our own exit codes have it

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return std::string(text.substr(0, most)) + "…";
}

int return_code(const tools::ToolResult& result) {
  switch (result.status) {
    case tools::ToolStatus::ok: return 0;
    case tools::ToolStatus::error: return 1;
    case tools::ToolStatus::denied: return denied;
    case tools::ToolStatus::timeout: return timed_out;
  }
  return 1;
}

std::string size_of(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string time_of(std::chrono::milliseconds took) {
  return took < std::chrono::seconds(1) ? fmt::format("{} ms", took.count())
                                        : fmt::format("{:.1f} s", static_cast<double>(took.count()) / 1e3);
}

std::string usage_of(const Usage& usage) {
  std::string text = fmt::format("{} tokens in", usage.input_tokens);
  if (usage.cached_tokens > 0) text += fmt::format(" ({} cached)", usage.cached_tokens);
  return text + fmt::format(", {} out", usage.output_tokens);
}

}  // namespace

Steps::Steps(Context& context, flows::SharedRedactor& redactor, std::string model)
    : context_(context),
      redactor_(redactor),
      model_(std::move(model)),
      verbose_(context.settings.enabled("output.verbose") && !context.settings.enabled("output.quiet")),
      json_(log_format() == LogFormat::json),
      progress_(context.err, verbose_ || json_ ? Progress::Shown::no : progress_shown(context.settings), model_,
                "asking") {}

std::string Steps::safe(std::string_view text) const {
  const std::lock_guard lock(redactor_.guard);
  return redactor_.redactor.redact(text);
}

/// Each text by itself: what JSON writes for a quote or a backslash would hide a secret from who looks for it.
nlohmann::json Steps::safe_json(const nlohmann::json& value) const {
  if (value.is_string()) return safe(value.get_ref<const std::string&>());
  nlohmann::json all = value;
  for (nlohmann::json& part : all)
    if (value.is_structured()) part = safe_json(part);
  return all;
}

void Steps::tell(const std::string& line) {
  std::string text = clean_line(line) + "\n";
  if (reads_commands(context_.environment)) text = sinks::defuse_all_lines(text);
  static_cast<void>(context_.err.write(text));  // nowhere is left to tell of a failure
}

void Steps::tell_words(std::string_view words) {
  std::string rest = cut(safe(words), most_words);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (const auto line = trim(std::string_view(rest).substr(0, end)); !line.empty()) tell("  " + std::string(line));
    rest.erase(0, end + 1);
  }
}

void Steps::step(std::string_view event, const std::string& instruction, int code, std::string_view detail) {
  const std::string number = std::to_string(code);
  log(LogLevel::info, event,
      {{"instruction", instruction}, {.key = "returncode", .value = number, .is_number = true}, {"detail", detail}});
}

void Steps::asks(int turn, const llm::ModelRequest& request) {
  for (loop::Observer* other : others_) other->asks(turn, request);
  turn_ = turn;
  streamed_ = 0;
  progress_.say(fmt::format("turn {}", turn));
  if (!json_ && verbose_) tell(fmt::format("turn {}: asking {}, {} tools", turn, model_, request.tools.size()));
}

void Steps::says(std::string_view text) {
  for (loop::Observer* other : others_) other->says(text);
  streamed_ += text.size();
  progress_.say(fmt::format("turn {}, {} of its answer", turn_, size_of(streamed_)));
}

void Steps::answered(int turn, const llm::ModelAnswer& answer) {
  for (loop::Observer* other : others_) other->answered(turn, answer);
  std::string detail = fmt::format("{} in {}", usage_of(answer.usage), time_of(answer.took));
  if (!answer.repairs.empty()) detail += fmt::format("; mended: {}", fmt::join(answer.repairs, ", "));
  if (json_) return step("model_answer", fmt::format("turn {} of {}", turn, model_), 0, detail);
  if (!verbose_) return;
  tell("  " + detail);
  tell_words(answer.reasoning);
  tell_words(answer.message.text);
}

void Steps::failed(int turn, const llm::ModelFailure& failure) {
  for (loop::Observer* other : others_) other->failed(turn, failure);
  const std::string why = safe(failure.error.what);
  if (json_)
    return step("model_answer", fmt::format("turn {} of {}", turn, model_), traits(failure.error.kind).exit_code, why);
  if (verbose_) tell("  failed: " + why);
}

void Steps::called(const loop::CallRecord& call) {
  for (loop::Observer* other : others_) other->called(call);
  const std::string instruction = safe(call.tool) + " " + cut(dump(safe_json(call.arguments)), most_arguments);
  const std::string detail =
      fmt::format("{}, {} in {}{}", tools::name(call.result.status), size_of(call.result.bytes_total),
                  time_of(call.took), call.from_memory ? ", from memory" : "");
  progress_.say(fmt::format("turn {}, {}", turn_, clean_line(safe(call.tool))));
  if (json_) return step("tool_call", instruction, return_code(call.result), detail);
  if (verbose_) tell("  " + instruction + " → " + detail);
}

void Steps::noted(std::string_view event, std::string_view detail) {
  for (loop::Observer* other : others_) other->noted(event, detail);
  const std::string what = safe(detail);
  if (json_) return step(event, what, 0, "");
  if (verbose_) tell(fmt::format("  {}: {}", event, what));
}

}  // namespace agent::cli
