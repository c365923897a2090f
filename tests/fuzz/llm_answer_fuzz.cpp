#include "llm/exchange_answer.hpp"
#include "llm/mend.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace agent;
using namespace agent::llm;

namespace {

ModelRequest asked() {
  ModelRequest request;
  request.messages = {{.role = Role::user, .text = "why?"}};
  request.tools = {
      {.name = "pods_log",
       .description = "",
       .input_schema = {{"properties", {{"tail", {{"type", "integer"}}}, {"names", {{"type", "array"}}}}}}}};
  return request;
}

/// Whatever an answer became can be sent back, in both dialects.
void check(const ModelAnswer& answer, ModelRequest request) {
  request.messages.push_back(answer.message);
  for (const ToolCall& call : answer.message.tool_calls) {
    if (call.id.empty() || call.name.empty()) std::abort();
    request.messages.push_back({.role = Role::tool, .text = "x", .tool_call_id = call.id});
  }
  const Manner manner{.model = "m"};
  for (const auto& dialect : {openai_dialect(), anthropic_dialect()})
    if (!parse_json(dialect->body(request, manner)) && answer.message.carried.is_null()) std::abort();
}

}  // namespace

/// Any bytes are an answer of either dialect, or a complaint; its text is heard as it streams.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ModelRequest request = asked();
  const Manner manner{.model = "m"};
  for (const auto& dialect : {openai_dialect(), anthropic_dialect()}) {
    std::string heard;
    const auto reader = dialect->reader(manner, [&heard](std::string_view text) { heard += text; });
    auto raw = read_answer(bytes, *reader);
    if (!raw) continue;
    if (raw->text != heard) std::abort();
    if (raw->usage.input_tokens < 0 || raw->usage.cached_tokens > raw->usage.input_tokens) std::abort();
    check(mended(*std::move(raw), request), request);
  }
  static_cast<void>(read_refusal(400, {}, bytes));
  return 0;
}
