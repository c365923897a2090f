#include "llm/mend.hpp"

#include <utility>

namespace agent::llm {
namespace {

ToolCall call_of(RawCall&& raw) {
  auto arguments = parse_json(raw.arguments);
  return {std::move(raw.id), std::move(raw.name), arguments ? *std::move(arguments) : Json(raw.arguments)};
}

}  // namespace

ModelAnswer mended(RawAnswer raw, const ModelRequest& /*request*/) {
  ModelAnswer answer;
  answer.message = {.role = Role::assistant, .text = std::move(raw.text), .carried = std::move(raw.carried)};
  for (RawCall& call : raw.calls) answer.message.tool_calls.push_back(call_of(std::move(call)));
  answer.reasoning = std::move(raw.reasoning);
  answer.cut_off = raw.cut_off;
  return answer;
}

}  // namespace agent::llm
