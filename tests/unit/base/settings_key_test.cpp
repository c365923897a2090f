#include "base/settings_key.hpp"

#include <gtest/gtest.h>

#include <array>

namespace agent {
namespace {

struct KeyCase {
  std::string name, row, key;
  bool fits, begins;
};

void PrintTo(const KeyCase& one, std::ostream* out) { *out << one.row << " and " << one.key; }

class Key : public testing::TestWithParam<KeyCase> {};

TEST_P(Key, FitsItsRow) { EXPECT_EQ(fits_row(GetParam().row, GetParam().key), GetParam().fits); }

TEST_P(Key, BeginsItsRow) { EXPECT_EQ(begins_row(GetParam().row, GetParam().key), GetParam().begins); }

INSTANTIATE_TEST_SUITE_P(
    Rows, Key,
    testing::Values(
        KeyCase{"the_same", "a.b", "a.b", true, false}, KeyCase{"shorter", "a.b", "a", false, true},
        KeyCase{"longer", "a.b", "a.b.c", false, false}, KeyCase{"part_of_a_word", "a.bc", "a.b", false, false},
        KeyCase{"any_name", "a.*.c", "a.x.c", true, false}, KeyCase{"no_name", "a.*.c", "a..c", false, false},
        KeyCase{"name_alone", "a.*.c", "a.x", false, true}, KeyCase{"other_end", "a.*.c", "a.x.d", false, false},
        KeyCase{"name_with_a_dot", "a.*.c", "a.x.y.c", false, false},
        KeyCase{"dotted_name", "a.**.c", "a.x-1.y.c", true, true},
        KeyCase{"dotted_name_of_one_word", "a.**.c", "a.x.c", true, true},
        KeyCase{"dotted_name_and_other_end", "a.**.c", "a.x.y.d", false, true},
        KeyCase{"no_dotted_name", "a.**.c", "a.c", false, true}, KeyCase{"any_rest", "a.*", "a.x.y", true, false},
        KeyCase{"no_rest", "a.*", "a.", false, true}, KeyCase{"nothing", "a.*", "", false, true}),
    [](const auto& info) { return info.param.name; });

TEST(FilledRow, TakesTheKeysNames) {
  EXPECT_EQ(filled_row("a.*.url", "a.x.urll"), "a.x.url");
  EXPECT_EQ(filled_row("a.*.url", "a"), "a.*.url");
  EXPECT_EQ(filled_row("a.**.input", "a.x.1.imput"), "a.x.1.input");
  EXPECT_EQ(filled_row("a.*.h.*", "a.x.h.y"), "a.x.h.y");
}

TEST(FindRow, PrefersTheRowOfThatName) {
  constexpr std::array table{Setting{.key = "a.*.url"}, Setting{.key = "a.x.url"}};

  EXPECT_EQ(find_row(table, "a.x.url"), &table[1]);
  EXPECT_EQ(find_row(table, "a.y.url"), &table[0]);
  EXPECT_EQ(find_row(table, "a.y.uri"), nullptr);
}

}  // namespace
}  // namespace agent
