#include "sinks/tekton_results.hpp"

#include "base/text.hpp"
#include "sinks/report_json.hpp"
#include "support/golden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace agent::sinks {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class TektonResults : public testing::Test {
 protected:
  TektonResults() {
    std::string pattern = (fs::temp_directory_path() / "agent-tekton-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~TektonResults() override { fs::remove_all(folder); }

  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path().filename().string());
    return found;
  }

  fs::path folder;
};

Report stored(const std::string& name) {
  return parse_report(test::read_source_file("tests/data/reports/" + name + ".json")).value_or(Report{});
}

TEST_F(TektonResults, AreFilesWithoutALineEnd) {
  const auto written = write_tekton_results(folder.string(), stored("explained"), "https://forge.example/o/r/issues/4");

  ASSERT_TRUE(written) << describe(written.error());
  EXPECT_THAT(names(), UnorderedElementsAre("verdict", "category", "cause", "fingerprint", "issue-url", "evidence"));
  const Report report = stored("explained");
  EXPECT_EQ(read("verdict"), "failing");
  EXPECT_EQ(read("category"), name(report.category));
  EXPECT_EQ(read("cause"), report.cause);
  EXPECT_EQ(read("fingerprint"), report.fingerprint);
  EXPECT_EQ(read("issue-url"), "https://forge.example/o/r/issues/4");
  EXPECT_THAT(read("evidence"), HasSubstr(report.findings.front().evidence.front().quote));
}

TEST_F(TektonResults, OfAHealthyReportHaveNoEvidence) {
  ASSERT_TRUE(write_tekton_results(folder.string(), stored("healthy"), ""));

  EXPECT_EQ(read("verdict"), "healthy");
  EXPECT_EQ(read("evidence"), "");
  EXPECT_EQ(read("issue-url"), "");
}

struct TextCase {
  std::string name, text;
};
void PrintTo(const TextCase& row, std::ostream* out) { *out << row.name; }

class TektonResultsSaying : public TektonResults, public testing::WithParamInterface<TextCase> {};

/// As Go's encoding/json writes a string, which Tekton puts into the termination message.
std::size_t bytes_in_go(const std::string& text) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\' || c == '\n')
      bytes += 2;
    else if (c < 0x20 || c == '<' || c == '>' || c == '&')
      bytes += 6;
    else if (text.compare(i, 3, "\u2028") == 0 || text.compare(i, 3, "\u2029") == 0)
      bytes += 6, i += 2;
    else
      ++bytes;
  }
  return bytes;
}

TEST_P(TektonResultsSaying, FitIntoATerminationMessage) {
  Report report;
  report.verdict = Verdict::failing;
  report.cause = report.fingerprint = GetParam().text;
  report.findings = {
      {.rule = "x", .headline = GetParam().text, .evidence = {{"log/a", 1, "", GetParam().text}}, .verified = true}};
  report.evidence = {{"log/a", 1, 9, {{GetParam().text, 1, 1, 0, "error"}}}};

  ASSERT_TRUE(write_tekton_results(folder.string(), report, GetParam().text));

  std::size_t bytes = 0;
  for (const std::string& name : names()) {
    bytes += bytes_in_go(read(name));
    EXPECT_TRUE(is_utf8(read(name))) << name;
    EXPECT_THAT(read(name), testing::Not(HasSubstr("\x1b")));
  }
  EXPECT_EQ(read("verdict"), "failing");
  EXPECT_LE(bytes, most_tekton_bytes);
  EXPECT_LE(read("issue-url").size(), 400U);
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, TektonResultsSaying,
    testing::Values(TextCase{"ascii", std::string(9000, 'a')}, TextCase{"html", repeated("<&>", 3000)},
                    TextCase{"quotes", repeated("\\\"", 3000)}, TextCase{"separators", repeated("\u2028", 3000)},
                    TextCase{"astral", "a" + repeated("\xF0\x9F\x92\xA5", 3000)},
                    TextCase{"lines", repeated("x\n", 3000)}, TextCase{"no_utf8", repeated("\xFF\xE2\x80", 3000)},
                    TextCase{"controls", repeated("\x1b[31m\x01", 3000)}),
    [](const auto& info) { return info.param.name; });

TEST_F(TektonResults, FollowNoLinkAndReplaceWhatIsThere) {
  const fs::path other = folder / "other";
  std::ofstream(other) << "mine";
  fs::create_symlink(other, folder / "cause");
  ASSERT_EQ(::mkfifo((folder / "verdict").c_str(), 0600), 0);

  ASSERT_TRUE(write_tekton_results(folder.string(), stored("explained"), ""));
  ASSERT_TRUE(write_tekton_results(folder.string(), stored("explained"), ""));

  EXPECT_EQ(read("other"), "mine");
  EXPECT_EQ(read("verdict"), "failing");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder / "cause")));
}

TEST_F(TektonResults, SayThatThereIsNoFolder) {
  for (const std::string& where : {(folder / "missing").string(), std::string("/dev/null"), std::string()}) {
    const auto written = write_tekton_results(where, Report{}, "");
    ASSERT_FALSE(written) << where;
    EXPECT_EQ(written.error().kind, ErrorKind::delivery_failed);
  }
}

TEST_F(TektonResults, LeaveNothingBehindWhereOneCannotBeWritten) {
  fs::create_directories(folder / "cause" / "x");

  const auto written = write_tekton_results(folder.string(), stored("explained"), "");

  ASSERT_FALSE(written);
  EXPECT_THAT(describe(written.error()), HasSubstr("'cause'"));
  for (const std::string& name : names()) EXPECT_FALSE(name.starts_with(".")) << name;
}

}  // namespace
}  // namespace agent::sinks
