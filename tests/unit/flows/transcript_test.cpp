#include "flows/transcript.hpp"

#include "unit/flows/recorded_run.hpp"
#include "unit/kube/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace agent::flows {
namespace {

using nlohmann::json;
using std::filesystem::perms;
using test::calls;
using test::saying;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class TheTranscript : public testing::Test {
 protected:
  void record() {
    run_.toolbox.add("", {saying("pods_log", "one\nDB_PASSWORD=hunter2hunter2\n")});
    run_.model
        .then(calls({{"pods_log", {{"name", "db"}, {"password", "hunter2hunter2"}}},
                     {"evidence_read", {{"source", "log/build.log"}, {"first_line", 76}, {"lines", 3}}}}))
        .then(calls({{"submit_report", test::RecordedRun::submission()}}));
    static_cast<void>(run_.run());
  }

  test::RecordedRun run_;
};

TEST_F(TheTranscript, BeginsWithWhatItStartsFrom) {
  record();

  const json header = json::parse(run_.lines.front());
  EXPECT_EQ(header["transcript"], 1);
  EXPECT_EQ(header["run"], "run-1");
  EXPECT_EQ(header["agent"], "1.2.3");
  EXPECT_EQ(header["target"], "log build.log");
  EXPECT_EQ(header["model"]["name"], "scripted");
  EXPECT_EQ(header["limits"]["turns"], 10);
  EXPECT_EQ(header["sources"][0]["lines"], 2000);
  EXPECT_EQ(header["tools"][0]["name"], "pods_log");
  EXPECT_EQ(header["report"]["cause"], test::RecordedRun::line(40));
  EXPECT_THAT(header["prompts_digest"].get<std::string>(), SizeIs(16));
}

TEST_F(TheTranscript, TellsEachStep) {
  record();

  EXPECT_THAT(run_.steps("asks"), SizeIs(2));
  EXPECT_THAT(run_.steps("answered"), SizeIs(2));
  EXPECT_THAT(run_.steps("called"), SizeIs(2));
  EXPECT_EQ(run_.steps("called")[0]["text"], "one\nDB_PASSWORD=[REDACTED:password#1]\n");
  EXPECT_EQ(run_.steps("called")[0]["source"], "tool/1");
  EXPECT_THAT(run_.steps("lines"), Not(SizeIs(0)));
  EXPECT_THAT(run_.steps("end"), SizeIs(1));
}

TEST_F(TheTranscript, HasEachMessageOnce) {
  record();

  const auto asks = run_.steps("asks");
  EXPECT_EQ(asks[0]["messages"].size(), 2U);  // system, user
  EXPECT_EQ(asks[1]["messages"].size(), 3U);  // assistant, two answers
  EXPECT_EQ(asks[1]["messages"][0]["index"], 2);
  EXPECT_NE(asks[0]["digest"], asks[1]["digest"]);
}

TEST_F(TheTranscript, HoldsNoSecret) {
  record();

  EXPECT_THAT(run_.lines, Each(Not(HasSubstr("hunter2"))));
  EXPECT_THAT(run_.transcript(), HasSubstr("REDACTED"));
}

TEST_F(TheTranscript, TellsWhenALineCouldNotBeWritten) {
  loop::Observer nobody;
  const loop::Parts parts = run_.parts(nobody);
  int lines = 0;
  TranscriptWriter writer(
      [&](std::string_view) -> Result<void> {
        if (++lines == 2) return fail(ErrorKind::delivery_failed, "the disk is full");
        return {};
      },
      parts);
  writer.begin({"run-1", "1.2.3"}, test::RecordedRun::rules(), {});
  writer.noted("nudged", "");
  writer.noted("nudged", "");

  EXPECT_EQ(writer.end(test::RecordedRun::rules()).error().what, "the disk is full");
  EXPECT_EQ(lines, 2);
}

class TheFile : public kube::InTemporaryFolder {};

TEST_F(TheFile, IsForItsOwnerOnly) {
  const std::string path = root_ + "/transcript.jsonl";
  std::ofstream(path) << "old and long, and open to all\n";
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write | perms::others_read);

  {
    const auto lines = transcript_file(path);
    ASSERT_TRUE(lines);
    EXPECT_TRUE((*lines)("one"));
    EXPECT_TRUE((*lines)("two"));
  }

  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "one\ntwo\n");
  EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(TheFile, IsNotAFolder) {
  const auto lines = transcript_file(root_);

  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().kind, ErrorKind::delivery_failed);
}

}  // namespace
}  // namespace agent::flows
