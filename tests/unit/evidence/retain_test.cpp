#include "evidence/retain.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::evidence {
namespace {

/// About `bytes` of a build that complains now and then.
std::string busy_log(std::size_t bytes) {
  std::string log;
  for (int i = 0; log.size() < bytes; ++i) {
    log += "step " + std::to_string(i) + " copied its files\n";
    if (i % 97 == 0) log += "shop" + std::string(1, static_cast<char>('a' + i % 23)) + ".c: error: no basket\n";
    if (i % 5003 == 0) log += std::string(3000, 'x') + "\r\x1b[31mfatal\x1b[0m: gone\r\n";
  }
  return log;
}

TEST(JudgeThread, FindsWhatOneThreadFinds) {
  const std::string log = busy_log(3U << 20);
  JudgeThread thread;
  for (const std::size_t size : {log.size(), std::size_t{100}, std::size_t{0}, log.size() / 2, log.size() - 7}) {
    const std::string_view block = std::string_view(log).substr(0, size);
    const Judgement alone = judge(block);

    thread.start(block);
    const Judgement both = thread.finish();

    EXPECT_EQ(both.newlines, alone.newlines);
    EXPECT_TRUE(both.lines == alone.lines) << size;
  }
}

TEST(JudgeThread, EndsInTheMiddleOfItsWork) {
  const std::string log = busy_log(3U << 20);
  JudgeThread thread;
  thread.start(log);
}

TEST(Retainer, KeepsTheSameWithOneThreadAndWithTwo) {
  const std::string log = busy_log(24U << 20);
  Retainer one(Threads::one), two(Threads::two);
  for (std::size_t at = 0; at < log.size(); at += 100'000) one.feed(std::string_view(log).substr(at, 100'000));
  two.feed(log);

  const auto kept_by_one = one.finish(), kept_by_two = two.finish();

  EXPECT_EQ(one.lines_total(), two.lines_total());
  ASSERT_EQ(kept_by_one.size(), kept_by_two.size());
  for (std::size_t i = 0; i < kept_by_one.size(); ++i) {
    EXPECT_EQ(kept_by_one[i].first_line, kept_by_two[i].first_line);
    EXPECT_EQ(kept_by_one[i].text, kept_by_two[i].text);
  }
}

TEST(Retainer, KeepsLinesThatStandWhereTheirNumberSays) {
  const std::string log = busy_log(5U << 20);
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = log.find('\n', begin) + 1;
    lines.push_back(std::string_view(log).substr(begin, end - begin));
    begin = end;
  }
  Retainer retainer;
  retainer.feed(log);

  const auto kept = retainer.finish();

  EXPECT_EQ(retainer.lines_total(), lines.size());
  std::size_t last = 0;
  for (const Segment& segment : kept) {
    EXPECT_GT(segment.first_line, last);
    std::string expected;
    for (std::size_t i = 0; i < segment.lines; ++i) expected += lines.at(segment.first_line - 1 + i);
    EXPECT_EQ(segment.text, expected) << "from line " << segment.first_line;
    last = segment.first_line + segment.lines - 1;
  }
  EXPECT_EQ(last, lines.size());
}

}  // namespace
}  // namespace agent::evidence
