#include "loop/evidence_tools.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::loop {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class EvidenceTools : public testing::Test {
 protected:
  void put(const std::string& id, std::string_view text) {
    const auto writer = library_.open(id);
    writer->feed(text);
    writer->finish();
  }

  EvidenceTools() {
    std::string text;
    for (int i = 1; i <= 500; ++i) text += "step " + std::to_string(i) + (i % 10 == 0 ? " failed" : " passed") + "\n";
    put("log/build.log", text);
    put("pod/ci/web/app", "panic: it failed\n");
  }

  tools::ToolResult call(const std::string& name, const json& arguments) {
    for (const auto& tool : evidence_tools(library_))
      if (tool->name() == name) return tool->call(arguments, {});
    return {.status = tools::ToolStatus::error, .text = "no such tool"};
  }

  Library library_{{}};
};

TEST_F(EvidenceTools, ReadNumberedLines) {
  const auto result = call("evidence_read", {{"source", "log/build.log"}, {"first_line", 9}, {"lines", 2}});

  EXPECT_EQ(result.status, tools::ToolStatus::ok);
  EXPECT_EQ(result.text,
            "… lines 9 to 10: of log/build.log\n 9 | step 9 passed\n10 | step 10 failed\n"
            "… read on from line 11; there are 500 lines\n");
}

TEST_F(EvidenceTools, ReadAtMost200Lines) {
  EXPECT_THAT(call("evidence_read", {{"source", "build.log"}, {"lines", 5000}}).text,
              HasSubstr("… read on from line 201; there are 500 lines"));
  EXPECT_THAT(call("evidence_read", {{"source", "build.log"}}).text, HasSubstr("… lines 1 to 60"));
  EXPECT_THAT(call("evidence_read", {{"source", "build.log"}, {"first_line", 499}}).text, Not(HasSubstr("read on")));
}

TEST_F(EvidenceTools, BoundWhatLongLinesGive) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::string(5'000, 'x') + "\n";
  put("log/long", text);

  const auto result = call("evidence_read", {{"source", "log/long"}, {"lines", 100}});

  EXPECT_LT(result.text.size(), 40'000U);
  EXPECT_THAT(result.text, HasSubstr("… read on from line 17; there are 100 lines"));
}

TEST_F(EvidenceTools, NameTheSourcesThereAre) {
  const auto result = call("evidence_read", {{"source", "log/other.log"}});

  EXPECT_EQ(result.status, tools::ToolStatus::error);
  EXPECT_EQ(result.text, "there is no source 'log/other.log'; there are: log/build.log, pod/ci/web/app");
}

TEST_F(EvidenceTools, SearchAllSources) {
  const auto result = call("evidence_search", {{"words", "FAILED"}, {"most", 50}});

  EXPECT_EQ(result.status, tools::ToolStatus::ok);
  EXPECT_THAT(result.text, StartsWith("… of log/build.log\n 10 | step 10 failed\n"));
  EXPECT_THAT(result.text, HasSubstr("… of pod/ci/web/app\n1 | panic: it failed"));
}

TEST_F(EvidenceTools, SearchOneSourceForAFew) {
  const auto result = call("evidence_search", {{"words", "failed step"}, {"source", "log/build.log"}, {"most", 2}});

  EXPECT_EQ(result.text,
            "… of log/build.log\n10 | step 10 failed\n20 | step 20 failed\n… more lines have these words\n");
  EXPECT_THAT(call("evidence_search", {{"words", "nothing like it"}}).text,
              StartsWith("no line has all of these words"));
}

TEST_F(EvidenceTools, RefuseWhatTheyDoNotTake) {
  EXPECT_EQ(call("evidence_read", json::object()).status, tools::ToolStatus::error);
  EXPECT_EQ(call("evidence_search", {{"words", ""}}).status, tools::ToolStatus::error);
  EXPECT_EQ(call("evidence_read", {{"source", "log/build.log"}, {"first_line", 501}}).text,
            "'log/build.log' has 500 lines");
}

}  // namespace
}  // namespace agent::loop
