#include "llm/text_calls.hpp"

#include "unit/llm/model_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <ostream>

namespace agent::llm {
namespace {

struct Said {
  std::string name, text;
  std::string calls;  ///< "name{arguments} …"
  std::string left = {};
};

void PrintTo(const Said& said, std::ostream* out) { *out << said.name; }

class TextCall : public testing::TestWithParam<Said> {};

std::string shown(const std::vector<RawCall>& calls) {
  std::string text;
  for (const RawCall& call : calls) text += (text.empty() ? "" : " ") + call.name + call.arguments;
  return text;
}

const std::vector<ToolDescription> tools{tool("pods_log"), tool("pods_get"), tool("evidence.read"),
                                         tool("submit_report")};

TEST_P(TextCall, IsFound) {
  const TextCalls found = calls_in_text(GetParam().text, tools);

  EXPECT_EQ(shown(found.calls), GetParam().calls);
  EXPECT_EQ(found.text, GetParam().calls.empty() ? GetParam().text : GetParam().left);
}

const std::string log_call = R"(pods_log{"name":"web-0"})", get_call = R"(pods_get{"name":"web-0"})";
const std::string log_object = R"({"name":"pods_log","arguments":{"name":"web-0"}})";
const std::string submit_object = R"({"name":"submit_report","arguments":{"cause":"x"}})",
                  submitted = R"(submit_report{"cause":"x"})";
const std::string both = log_call + " " + get_call;

INSTANTIATE_TEST_SUITE_P(
    Forms, TextCall,
    testing::Values(
        Said{"pythonic", R"([pods_log(namespace="ci", name="web-0", tail=50, previous=True)])",
             R"(pods_log{"name":"web-0","namespace":"ci","previous":true,"tail":50})"},
        Said{"pythonic_behind_tag", R"(<|python_tag|>[pods_log(name="web-0")]<|eom_id|>)", log_call},
        Said{"pythonic_several", R"([pods_log(name="web-0"), pods_get(name='web-0')])", both},
        Said{"pythonic_not_closed", R"([pods_log(name="web-0"))", log_call},
        Said{"pythonic_without_list", R"(pods_log(name="web-0"))", log_call},
        Said{"pythonic_on_lines", "pods_log(name=\"web-0\")\npods_get(name=\"web-0\")", both},
        Said{"pythonic_behind_words", "I look at the log.\n[pods_log(name=\"web-0\")]", log_call, "I look at the log."},
        Said{"pythonic_tag_without_list", R"(<|python_tag|>pods_log(name="web-0"))", log_call},
        Said{"pythonic_with_nothing", "[pods_log()]", "pods_log{}"},
        Said{"pythonic_brackets_in_text", R"([pods_log(name="a)],(b")])", R"(pods_log{"name":"a)],(b"})"},
        Said{"pythonic_in_fence", "```python\n[pods_log(name=\"web-0\")]\n```", log_call},
        Said{"json_parameters", R"({"name": "pods_log", "parameters": {"name": "web-0"}})", log_call},
        Said{"json_arguments", R"({"name": "pods_log", "arguments": {"name": "web-0"}})", log_call},
        Said{"json_with_type", R"({"type":"function","name":"pods_log","parameters":{"name":"web-0"}})", log_call},
        Said{"json_openai", R"({"type":"function","function":{"name":"pods_log","arguments":"{\"name\":\"web-0\"}"}})",
             log_call},
        Said{"json_behind_tag", R"(<|python_tag|>{"name": "pods_log", "parameters": {"name": "web-0"}})", log_call},
        Said{"json_in_fence", "I look.\n```json\n{\"name\":\"pods_log\",\"arguments\":{\"name\":\"web-0\"}}\n```\n",
             log_call, "I look."},
        Said{"json_two_in_a_fence",
             "```\n{\"name\":\"pods_log\",\"arguments\":{\"name\":\"web-0\"}}\n"
             "{\"name\":\"pods_get\",\"arguments\":{\"name\":\"web-0\"}}\n```",
             both},
        Said{"json_list",
             R"([{"name":"pods_log","arguments":{"name":"web-0"}},{"name":"pods_get","arguments":{"name":"web-0"}}])",
             both},
        Said{"json_with_semicolon",
             R"({"name":"pods_log","parameters":{"name":"web-0"}}; {"name":"pods_get","parameters":{"name":"web-0"}})",
             both},
        Said{"json_within_an_object", R"({"tool_calls":[{"name":"pods_log","arguments":{"name":"web-0"}}]})", log_call},
        Said{"json_broken", R"({'name': 'pods_log', 'arguments': {'name': 'web-0',}})", log_call},
        Said{"json_cut", R"({"name": "pods_log", "arguments": {"name": "web-0")", log_call},
        Said{"json_without_arguments", R"({"name": "pods_log"})", "pods_log{}"},
        Said{"mistral", R"([TOOL_CALLS][{"name":"pods_log","arguments":{"name":"web-0"}}])", log_call},
        Said{"hermes", "<tool_call>\n{\"name\": \"pods_log\", \"arguments\": {\"name\": \"web-0\"}}\n</tool_call>",
             log_call},
        Said{"hermes_several",
             "First.\n<tool_call>{\"name\":\"pods_log\",\"arguments\":{\"name\":\"web-0\"}}</tool_call>\n"
             "<tool_call>{\"name\":\"pods_get\",\"arguments\":{\"name\":\"web-0\"}}</tool_call>",
             both, "First."},
        Said{"hermes_not_closed", R"(<tool_call>{"name":"pods_log","arguments":{"name":"web-0"}})", log_call},
        Said{"function_tag", R"(<function=pods_log>{"name":"web-0"}</function>)", log_call},
        Said{"function_tag_not_closed", R"(<function=pods_log>{"name":"web-0"})", log_call},
        Said{"qwen_coder",
             "<tool_call>\n<function=pods_log>\n<parameter=name>\nweb-0\n</parameter>\n</function>\n</tool_call>",
             log_call},
        Said{"prefixed", R"({"name":"functions.pods_log","arguments":{"name":"web-0"}})", log_call},
        Said{"numbered", R"({"name":"functions.pods_log:0","arguments":{"name":"web-0"}})", log_call},
        Said{"dotted_tool", "[evidence.read(line=5)]", R"(evidence.read{"line":5})"},
        Said{"marks_at_the_end", "<tool_call>" + log_object + "</tool_call><|im_end|></s>", log_call},
        Said{"long_thoughts_before_a_mark", std::string(5000, 'a') + "\n<tool_call>" + log_object + "</tool_call>",
             log_call, std::string(5000, 'a')},
        Said{"submits", submit_object, submitted},
        Said{"submits_with_a_mark", "<tool_call>" + submit_object + "</tool_call>\n", submitted},
        Said{"submits_in_a_fence", "```json\n" + submit_object + "\n```", submitted},
        Said{"submits_in_python", R"([submit_report(cause="x")])", submitted},
        // What is none.
        Said{"quoted_submission",
             "It tries to inject a call; I will not follow it: <tool_call>" + submit_object + "</tool_call>", ""},
        Said{"submission_behind_words", "Here it is:\n" + submit_object, ""},
        Said{"submission_within_an_object", R"({"line":)" + submit_object + "}", ""},
        Said{"submission_in_a_fence_that_speaks", "```the log says\n" + submit_object + "\n```", ""},
        Said{"submission_behind_another_call", log_object + "\n" + submit_object, ""},
        Said{"call_with_words_behind", "<tool_call>" + log_object + "</tool_call>\nis what the log says.", ""},
        Said{"call_with_words_between", log_object + " and then " + log_object, ""},
        Said{"call_among_other_objects", R"([{"line":1},)" + log_object + "]", ""},
        Said{"object_behind_a_long_text", std::string(5000, 'a') + "\n" + log_object, ""},
        Said{"unknown_tool", R"({"name":"rm","arguments":{"path":"/"}})", ""},
        Said{"unknown_python", "[rm(path=\"/\")]", ""},
        Said{"an_object_of_the_cluster", R"({"name":"web-0","namespace":"ci"})", ""},
        Said{"a_tool_in_other_data", R"({"name":"pods_log","description":"reads","schema":{}})", ""},
        Said{"in_a_sentence", "Next I would call pods_log(name=\"web-0\").", ""},
        Said{"without_keywords", "pods_log(web-0)", ""}, Said{"prose", "The pod [web-0] was {killed} <at> `noon`.", ""},
        Said{"open_fence", "```\nnothing", ""}, Said{"nothing", "", ""}),
    [](const auto& info) { return info.param.name; });

TEST(TextCalls, AreNotLookedForWithoutTools) {
  const std::string text = R"({"name":"pods_log","arguments":{}})";

  EXPECT_EQ(calls_in_text(text, {}).text, text);
}

struct Many {
  std::string name, begin, one, end;
};

void PrintTo(const Many& many, std::ostream* out) { *out << many.name; }

class ManyTextCalls : public testing::TestWithParam<Many> {
 protected:
  static std::size_t found(int count) {
    std::string text = GetParam().begin;
    for (int i = 0; i < count; ++i) text += GetParam().one;
    return calls_in_text(text + GetParam().end, tools).calls.size();
  }
};

TEST_P(ManyTextCalls, AreNoneWhenTheyAreTooMany) {
  EXPECT_EQ(found(64), 64U);
  EXPECT_EQ(found(65), 0U);
  EXPECT_EQ(found(10'000), 0U);
}

INSTANTIATE_TEST_SUITE_P(Forms, ManyTextCalls,
                         testing::Values(Many{"list", "[", "pods_log(),", "]"},
                                         Many{"objects", "[", R"({"name":"pods_log"},)", "]"},
                                         Many{"fence", "```\n", "pods_log()\n", "```"},
                                         Many{"fence_of_objects", "```\n", R"({"name":"pods_log"})", "```"},
                                         Many{"lines", "", "pods_log()\n", ""},
                                         Many{"marks", "", "<tool_call>pods_log()", ""}),
                         [](const auto& info) { return info.param.name; });

TEST(TextCalls, AreLookedForInBoundedTime) {
  for (const char* piece :
       {"{\"a\":", "[pods_log(", "```\n{", "<function=pods_log>", "\npods_log(a=", "{}[", "<tool_call>"}) {
    std::string text;
    while (text.size() < 250'000) text += piece;
    const auto begun = std::chrono::steady_clock::now();

    static_cast<void>(calls_in_text(text, tools));

    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20)) << piece;
  }
}

}  // namespace
}  // namespace agent::llm
