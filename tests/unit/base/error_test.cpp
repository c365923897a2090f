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

struct KindCase {
  ErrorKind kind;
  std::string name;
  int exit_code, http_status;
};

class Kinds : public testing::TestWithParam<KindCase> {};

/// The documented exit codes (README, "Exit codes"): changing one breaks the pipelines of our users.
TEST_P(Kinds, HaveTheDocumentedCodes) {
  EXPECT_EQ(traits(GetParam().kind).name, GetParam().name);
  EXPECT_EQ(traits(GetParam().kind).exit_code, GetParam().exit_code);
  EXPECT_EQ(traits(GetParam().kind).http_status, GetParam().http_status);
}

INSTANTIATE_TEST_SUITE_P(All, Kinds,
                         testing::Values(KindCase{ErrorKind::usage, "usage", 2, 400},
                                         KindCase{ErrorKind::settings, "settings", 3, 500},
                                         KindCase{ErrorKind::target_not_found, "target_not_found", 4, 404},
                                         KindCase{ErrorKind::unreadable, "unreadable", 4, 422},
                                         KindCase{ErrorKind::unreachable, "unreachable", 5, 502},
                                         KindCase{ErrorKind::unauthorised, "unauthorised", 5, 401},
                                         KindCase{ErrorKind::forbidden, "forbidden", 5, 403},
                                         KindCase{ErrorKind::model_failed, "model_failed", 6, 502},
                                         KindCase{ErrorKind::change_denied, "change_denied", 7, 403},
                                         KindCase{ErrorKind::delivery_failed, "delivery_failed", 8, 502},
                                         KindCase{ErrorKind::deadline, "deadline", 124, 504},
                                         KindCase{ErrorKind::interrupted, "interrupted", 130, 503},
                                         KindCase{ErrorKind::terminated, "terminated", 143, 503},
                                         KindCase{ErrorKind::bug, "bug", 70, 500}),
                         [](const auto& info) { return info.param.name; });

Result<int> doubled(const Result<int>& given) { return 2 * TRY(given); }

TEST(Try, GivesTheValueOrReturnsTheError) {
  EXPECT_EQ(doubled(21), 42);
  EXPECT_EQ(doubled(fail(ErrorKind::deadline, "too late")).error().what, "too late");
}

}  // namespace
}  // namespace agent
