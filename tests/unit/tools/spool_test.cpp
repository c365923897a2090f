#include "tools/spool.hpp"

#include "unit/kube/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

namespace agent::tools {
namespace {

class Spools : public kube::InTemporaryFolder, public testing::WithParamInterface<std::string> {
 protected:
  [[nodiscard]] std::unique_ptr<Spool> open(std::uint64_t limit) const {
    if (GetParam() == "memory") return memory_spool(limit);
    auto spool = file_spool(root_, limit);
    return spool ? *std::move(spool) : nullptr;
  }
};

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  return text;
}

TEST_P(Spools, GiveBackWhatWasKept) {
  const auto spool = open(1'000'000);
  const std::string second(300'000, 'x');

  EXPECT_EQ(spool->keep("first"), "tool/1");
  EXPECT_EQ(spool->keep(second), "tool/2");
  EXPECT_EQ(spool->keep(""), "tool/3");

  EXPECT_EQ(spool->read("tool/1"), "first");
  EXPECT_EQ(spool->read("tool/2"), second);
  EXPECT_EQ(spool->read("tool/3"), "");
}

TEST_P(Spools, RefuseWhatIsNotThere) {
  const auto spool = open(1'000);
  ASSERT_TRUE(spool->keep("one"));

  for (const char* reference :
       {"", "tool/", "tool/0", "tool/2", "tool/1x", "tool/-1", "pod/1", "tool/99999999999999999999"})
    EXPECT_EQ(spool->read(reference).error().kind, ErrorKind::target_not_found) << reference;
}

TEST_P(Spools, StayWithinTheirLimit) {
  const auto spool = open(10'000);

  ASSERT_TRUE(spool->keep(noise(6'000)));
  EXPECT_EQ(spool->keep(noise(6'000)).error().kind, ErrorKind::delivery_failed);
  EXPECT_EQ(spool->keep("little"), "tool/2");
  EXPECT_EQ(spool->read("tool/1"), noise(6'000));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Spools, testing::Values("memory", "file"), [](const auto& row) { return row.param; });

class FileSpool : public kube::InTemporaryFolder {};

TEST_F(FileSpool, LeavesNoName) {
  const auto spool = file_spool(root_, 1'000);
  ASSERT_TRUE(spool && (*spool)->keep("text"));

  EXPECT_TRUE(std::filesystem::is_empty(root_));
}

TEST_F(FileSpool, SaysThatAFolderIsMissing) {
  EXPECT_EQ(file_spool(root_ + "/not/there", 1'000).error().kind, ErrorKind::delivery_failed);
}

}  // namespace
}  // namespace agent::tools
