#include "sinks/render_markdown.hpp"

#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;

struct TextCase {
  std::string name, input, expected;
};
void PrintTo(const TextCase& row, std::ostream* out) { *out << row.name; }

class MarkdownProse : public testing::TestWithParam<TextCase> {};

TEST_P(MarkdownProse, ShowsWhatWasTyped) { EXPECT_EQ(markdown_prose(GetParam().input), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Texts, MarkdownProse,
    testing::Values(
        TextCase{"plain", "3 tests failed: a.b (c)", "3 tests failed: a.b (c)"},
        TextCase{"mention", "@admin, a@b.c", "@&#8203;admin, a@&#8203;b.c"},
        TextCase{"team", "@org/team", "@&#8203;org/team"}, TextCase{"issue", "closes #12", "closes \\#&#8203;12"},
        TextCase{"issue_of_another", "o/r#1", "o/r\\#&#8203;1"},
        TextCase{"issue_by_gh", "GH-12 gh-7", "GH-&#8203;12 gh-&#8203;7"},
        TextCase{"pull_request_of_gitea", "o/r!5", "o/r\\!&#8203;5"},
        TextCase{"address", "see https://github.com/o/r/issues/1.", "see `https://github.com/o/r/issues/1`."},
        TextCase{"address_of_any_scheme", "a=ftp://h/x,b", "a=`ftp://h/x,b`"},
        TextCase{"address_behind_a_digit", "1http://h é0a1b2c3http://h", "`1http://h` é`0a1b2c3http://h`"},
        TextCase{"address_with_backtick", "http://h`x`", "`http://h`\\`x\\`"},
        TextCase{"host", "(WWW.x.com)", "(`WWW.x.com`)"}, TextCase{"no_address", "C++://, ://x", "C++://, ://x"},
        TextCase{"hash", "at 0a1b2c3, (DEADBEEF) o/r@0a1b2c3", "at `0a1b2c3`, (`DEADBEEF`) o/r@&#8203;`0a1b2c3`"},
        TextCase{"no_hash", "0a1b2c 0a1b2c3_x x0a1b2c3 0x0a1b2c3 defaced!",
                 "0a1b2c 0a1b2c3\\_x x0a1b2c3 0x0a1b2c3 `defaced`\\!"},
        TextCase{"emoji", ":tada: ::+1:: a.c:12:5: a:100:b", ":&#8203;tada: ::&#8203;+1:: a.c:12:5: a:&#8203;100:b"},
        TextCase{"page_of_a_wiki", "[[Home|x]]", "\\[&#8203;\\[Home\\|x\\]\\]"},
        TextCase{"html", "<img src=x> &lt;", "&lt;img src=x&gt; &amp;lt;"},
        TextCase{"link", "[a](b) ![c](d)", "\\[a\\](b) \\!\\[c\\](d)"},
        TextCase{"emphasis", "*a* __b__ ~~c~~ `d` $e$", "\\*a\\* \\_\\_b\\_\\_ \\~\\~c\\~\\~ \\`d\\` \\$e\\$"},
        TextCase{"bullet", "- a", "\\- a"}, TextCase{"number", "1. a", "1\\. a"}, TextCase{"heading", "  # a", "\\# a"},
        TextCase{"second_line", "a\n# b", "a \\# b"}, TextCase{"backslash", "C:\\*", "C:\\\\\\*"},
        TextCase{"escape", "\x1b[1ma", "\\[1ma"}),
    [](const auto& info) { return info.param.name; });

class MarkdownCode : public testing::TestWithParam<TextCase> {};

TEST_P(MarkdownCode, CannotBeLeft) { EXPECT_EQ(markdown_code(GetParam().input), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Texts, MarkdownCode,
                         testing::Values(TextCase{"plain", "a.c:7", "`a.c:7`"},
                                         TextCase{"backtick", "a`b", "`` a`b ``"},
                                         TextCase{"two_backticks", "``", "``` `` ```"}, TextCase{"nothing", "", ""}),
                         [](const auto& info) { return info.param.name; });

class MarkdownFence : public testing::TestWithParam<TextCase> {};

TEST_P(MarkdownFence, CannotBeLeft) { EXPECT_EQ(markdown_fence(GetParam().input, "sh", 0), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Texts, MarkdownFence,
                         testing::Values(TextCase{"plain", "make", "```sh\nmake\n```\n"},
                                         TextCase{"fence", "```\na", "````sh\n```\na\n````\n"},
                                         TextCase{"long_fence", "a`````b", "``````sh\na`````b\n``````\n"}),
                         [](const auto& info) { return info.param.name; });

class RenderMarkdownOfStored : public testing::TestWithParam<std::string> {};

TEST_P(RenderMarkdownOfStored, IsAsAgreed) {
  const auto report = parse_report(test::read_source_file("tests/data/reports/" + GetParam() + ".json"));

  test::expect_golden("tests/data/reports/" + GetParam() + ".md", render_markdown(report.value()));
}

INSTANTIATE_TEST_SUITE_P(Files, RenderMarkdownOfStored,
                         testing::Values("test_failure", "unknown", "healthy", "many", "hostile", "explained",
                                         "explained_earlier", "degraded", "hostile_model"),
                         [](const auto& info) { return info.param; });

TEST(RenderMarkdown, FitsAnIssue) {
  Report report{.target = "log a", .verdict = Verdict::failing, .cause = std::string(5000, '<')};
  const Excerpt excerpt{std::string(300, '`') + "\n" + std::string(3000, 'x'), 1, 2, 0, "error"};
  report.evidence = {{"log/a", 9, 9, std::vector<Excerpt>(500, excerpt)}};

  const std::string prose(5000, '<');
  report.explanation = Explanation{.chain = std::vector<Claim>(20, {prose, {}, false}),
                                   .ruled_out = std::vector<RuledOut>(20, {prose, prose}),
                                   .disagreements = std::vector<Disagreement>(20, {prose, prose})};

  const std::string text = render_markdown(report);

  EXPECT_LT(text.size(), 65'536U);
  EXPECT_THAT(text, HasSubstr("more, too long for this place"));
}

TEST(RenderMarkdown, SaysWhatIsNotVerified) {
  Report report{.target = "log a", .verdict = Verdict::unknown, .cause = "c"};
  report.findings = {{.rule = "model", .headline = "gremlins"}};
  report.usage.model = "openai/m_1";

  EXPECT_THAT(render_markdown(report), HasSubstr("- **error** · gremlins, not verified, says m\\_1\n"));
}

TEST(RenderMarkdown, PassesNoControlCharacterOn) {
  const auto report = parse_report(test::read_source_file("tests/data/reports/hostile.json"));

  const std::string text = render_markdown(report.value());

  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int{c};
  EXPECT_THAT(text, Not(HasSubstr("\u009B")));
  EXPECT_THAT(text, Not(HasSubstr("\u202E")));
}

}  // namespace
}  // namespace agent::sinks
