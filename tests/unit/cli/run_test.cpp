#include "cli/run.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace agent::cli {
namespace {

TEST(Caught, GivesWhatTheActionGives) {
  EXPECT_EQ(caught([]() -> Result<int> { return 7; }).value(), 7);
  EXPECT_EQ(caught([]() -> Result<int> { return fail(ErrorKind::deadline, "x"); }).error().kind, ErrorKind::deadline);
}

TEST(Caught, MakesABugOfAnException) {
  const auto done = caught([]() -> Result<int> { throw std::runtime_error("no such node"); });

  ASSERT_FALSE(done);
  EXPECT_EQ(traits(done.error().kind).exit_code, 70);
  EXPECT_EQ(done.error().what, "an exception escaped: no such node");
}

TEST(Caught, MakesABugOfAnythingThrown) {
  const auto done = caught([]() -> Result<int> { throw 7; });

  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::bug);
}

}  // namespace
}  // namespace agent::cli
