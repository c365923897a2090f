#include "mcp/message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::mcp {
namespace {

struct MessageCase {
  std::string name, text, expected;  ///< Of each message: kind, id, method; or the error.
};

std::string told(std::string_view text) {
  const auto messages = parse_messages(text);
  if (!messages) return messages.error().what;
  std::string all;
  for (const Message& one : *messages) {
    const std::string kind = one.is_request() ? "request" : one.is_notification() ? "notification" : "answer";
    all += kind + " " + one.id.dump() + " " + one.method;
    if (one.error) all += "error " + std::to_string(one.error->code) + " " + one.error->message;
    all += ";";
  }
  return all;
}

class Messages : public testing::TestWithParam<MessageCase> {};

TEST_P(Messages, AreReadOrRefused) { EXPECT_EQ(told(GetParam().text), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Texts, Messages,
    testing::Values(
        MessageCase{"request", R"({"jsonrpc":"2.0","id":1,"method":"ping"})", "request 1 ping;"},
        MessageCase{"request_with_text_id", R"({"jsonrpc":"2.0","id":"a","method":"ping"})", "request \"a\" ping;"},
        MessageCase{"notification", R"({"jsonrpc":"2.0","method":"x"})", "notification null x;"},
        MessageCase{"answer", R"({"jsonrpc":"2.0","id":7,"result":{}})", "answer 7 ;"},
        MessageCase{"error", R"({"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}})",
                    "answer 7 error -32601 no;"},
        MessageCase{"error_without_id", R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})",
                    "answer null error -32700 no;"},
        MessageCase{"error_with_a_code_that_is_text", R"({"jsonrpc":"2.0","id":1,"error":{"code":"E","message":3}})",
                    "answer 1 error -32603 ;"},
        MessageCase{"error_with_a_huge_code", R"({"jsonrpc":"2.0","id":1,"error":{"code":99999999999,"message":"m"}})",
                    "answer 1 error -32603 m;"},
        MessageCase{"batch", R"([{"jsonrpc":"2.0","id":1,"result":1},{"jsonrpc":"2.0","method":"n"}])",
                    "answer 1 ;notification null n;"},
        MessageCase{"empty_batch", "[]", "what came is no JSON-RPC 2.0: a batch is empty"},
        MessageCase{"other_version", R"({"jsonrpc":"1.0","id":1,"result":1})",
                    "what came is no JSON-RPC 2.0: a message has no 'jsonrpc' 2.0"},
        MessageCase{"text", R"("hello")", "what came is no JSON-RPC 2.0: a message is no object"},
        MessageCase{"id_that_is_an_object", R"({"jsonrpc":"2.0","id":{},"method":"x"})",
                    "what came is no JSON-RPC 2.0: an id is neither text nor number"},
        MessageCase{"nothing_in_it", R"({"jsonrpc":"2.0","id":1})",
                    "what came is no JSON-RPC 2.0: a message has neither method, result nor error"},
        MessageCase{"half_a_line", R"({"jsonrpc":"2.0","id":1,"res)", "what came is no JSON"},
        MessageCase{"deep_nesting", std::string(100000, '['),
                    "what came is JSON nested deeper than 128 levels, or of more than 1000000 values"},
        MessageCase{"brackets_in_text", R"({"jsonrpc":"2.0","id":1,"result":")" + std::string(500, '[') + R"(\""})",
                    "answer 1 ;"}),
    [](const auto& info) { return info.param.name; });

TEST(MessageTexts, AreOneLineEach) {
  EXPECT_EQ(request_text(1, "tools/call", {{"name", "a\nb"}}),
            R"({"id":1,"jsonrpc":"2.0","method":"tools/call","params":{"name":"a\nb"}})");
  EXPECT_EQ(notification_text("notifications/initialized", nullptr),
            R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  EXPECT_EQ(result_text("a", Json::object()), R"({"id":"a","jsonrpc":"2.0","result":{}})");
  EXPECT_EQ(error_text(nullptr, {-32700, "no", nullptr}),
            R"({"error":{"code":-32700,"message":"no"},"id":null,"jsonrpc":"2.0"})");
}

}  // namespace
}  // namespace agent::mcp
