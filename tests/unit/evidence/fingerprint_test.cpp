#include "evidence/fingerprint.hpp"

#include <gtest/gtest.h>

namespace agent::evidence {
namespace {

Report found(std::string rule, std::string headline) {
  Report report;
  Finding finding;
  finding.rule = std::move(rule);
  finding.headline = std::move(headline);
  report.findings.push_back(std::move(finding));
  return report;
}

struct Pair {
  std::string name, one, other;
};

class SameFailure : public testing::TestWithParam<Pair> {};

TEST_P(SameFailure, HasOneFingerprint) {
  EXPECT_EQ(fingerprint(found("r", GetParam().one)), fingerprint(found("r", GetParam().other)))
      << normalised(GetParam().one) << '\n'
      << normalised(GetParam().other);
}

INSTANTIATE_TEST_SUITE_P(
    Runs, SameFailure,
    testing::Values(
        Pair{"pod_name", "pod shop-web-7c9f8d6b54-x2k9q is OOMKilled", "pod shop-web-5d4b9c7f68-zr7mt is OOMKilled"},
        Pair{"short_pod_suffix", "job build-bdqxk failed", "job build-t4w9z failed"},
        Pair{"time_stamp", "at 2026-01-02T03:04:05Z: lost", "at 2027-11-30T23:59:59Z: lost"},
        Pair{"duration", "timed out after 12.5 s", "timed out after 9.75 s"},
        Pair{"address", "dial tcp 10.0.0.12:5432: refused", "dial tcp 10.0.3.4:41234: refused"},
        Pair{"pointer", "at 0x7f3a9c001200", "at 0x55d0aa0142f0"},
        Pair{"hash", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
             "commit 1b2c3d4e5f60718293a4b5c6d7e8f9012345abcd"},
        Pair{"uuid", "run 123e4567-e89b-12d3-a456-426614174000", "run 9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"},
        Pair{"temporary_path", "cannot open /tmp/tmpab3x9k/out.txt", "cannot open /tmp/build_1_zz/out.txt"},
        Pair{"line_drift", "src/cart.cpp:12: unknown 'total'", "src/cart.cpp:431: unknown 'total'"}),
    [](const auto& info) { return info.param.name; });

class OtherFailure : public testing::TestWithParam<Pair> {};

TEST_P(OtherFailure, HasAnotherFingerprint) {
  EXPECT_NE(fingerprint(found("r", GetParam().one)), fingerprint(found("r", GetParam().other)));
}

INSTANTIATE_TEST_SUITE_P(
    Runs, OtherFailure,
    testing::Values(Pair{"other_test", "test_cart failed", "test_order failed"},
                    Pair{"other_file", "src/cart.cpp:12: unknown 'total'", "src/order.cpp:12: unknown 'total'"},
                    Pair{"other_message_code", "app.ts:3: TS2304", "app.ts:3: TS2322"},
                    Pair{"other_command", "command 'mvnn' not found", "command 'gradlew' not found"}),
    [](const auto& info) { return info.param.name; });

TEST(Fingerprint, TellsRulesApart) { EXPECT_NE(fingerprint(found("a", "failed")), fingerprint(found("b", "failed"))); }

TEST(Fingerprint, IsSixteenHexadecimalDigits) {
  EXPECT_EQ(fingerprint(found("a", "failed")).size(), 16U);
  EXPECT_EQ(fingerprint(found("a", "failed")).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(Fingerprint, UsesTheLastExcerptWhenNothingWasFound) {
  Report one, other;
  one.evidence.push_back({"log/a", 9, 99, {{"head", 1, 1, 0, "head"}, {"broken after 12 s", 9, 9, 0, "tail"}}});
  other.evidence.push_back({"log/a", 8, 88, {{"other head", 1, 1, 0, "head"}, {"broken after 7 s", 8, 8, 0, "tail"}}});

  EXPECT_EQ(fingerprint(one), fingerprint(other));
  EXPECT_NE(fingerprint(one), fingerprint(Report{}));
}

}  // namespace
}  // namespace agent::evidence
