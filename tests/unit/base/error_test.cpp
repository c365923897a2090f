#include "base/error.hpp"

#include <gtest/gtest.h>

namespace agent {
namespace {

TEST(Describe, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(describe({ErrorKind::usage, "no target", "", ""}), "agent: no target\n");
}

TEST(Describe, SaysWhatWhereAndWhatToDo) {
  EXPECT_EQ(describe({ErrorKind::unreadable, "cannot read 'x'", "open: EACCES", "check its rights"}),
            "agent: cannot read 'x'\n  at: open: EACCES\n  try: check its rights\n");
}

}  // namespace
}  // namespace agent
