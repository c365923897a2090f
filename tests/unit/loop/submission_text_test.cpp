#include "loop/submission_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::loop {
namespace {

struct TextCase {
  std::string name, text;
  bool is_report;
};

class ReportInText : public testing::TestWithParam<TextCase> {};

TEST_P(ReportInText, IsFound) {
  const auto report = report_in_text(GetParam().text);

  ASSERT_EQ(report.has_value(), GetParam().is_report);
  if (report) EXPECT_EQ(report->at("cause"), "x");
}

INSTANTIATE_TEST_SUITE_P(
    Texts, ReportInText,
    testing::Values(TextCase{"bare", R"( {"cause": "x"}
)",
                             true},
                    TextCase{"fenced", "```json\n{\"cause\": \"x\"}\n```", true},
                    TextCase{"not_fenced_among_words", "Here it is:\n```\n{\"cause\": \"x\"}\n```\nDone.", false},
                    TextCase{"in_a_fence_that_is_open", "```json\n{\"cause\": \"x\"}", true},
                    TextCase{"in_a_call", R"({"name": "submit_report", "arguments": {"cause": "x"}})", true},
                    TextCase{"in_a_call_of_llama", R"({"name": "submit_report", "parameters": {"cause": "x"}})", true},
                    TextCase{"not_in_prose", "The cause is x.", false},
                    TextCase{"not_without_a_cause", R"({"name": "pods_log"})", false},
                    TextCase{"not_in_broken_json", R"({"cause": "x")", false},
                    TextCase{"not_in_a_list", R"([{"cause": "x"}])", false},
                    TextCase{"not_nested_without_end", std::string(100'000, '{'), false},
                    TextCase{"not_in_a_fence_of_one_line", "```", false}, TextCase{"not_in_nothing", "", false}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::loop
