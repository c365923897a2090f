#include "sinks/facts.hpp"

#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

TEST(Place, IsWhatAnEditorOpens) {
  EXPECT_EQ(place("log/src/build.log", 7), "src/build.log:7");
  EXPECT_EQ(place("log/-", 7), "standard input:7");
  EXPECT_EQ(place("events/ci/Pod/a", 0), "events/ci/Pod/a");
}

TEST(WithThousands, PutsThemApart) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
}

TEST(HumanBytes, HaveTwoDigitsOrMore) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 kB");
  EXPECT_EQ(human_bytes(51234), "51 kB");
  EXPECT_EQ(human_bytes(999999), "1.0 MB");
  EXPECT_EQ(human_bytes(12'345'678'901), "12 GB");
}

}  // namespace
}  // namespace agent::sinks
