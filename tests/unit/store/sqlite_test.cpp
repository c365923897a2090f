#include "store/sqlite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace agent::store {
namespace {

using testing::HasSubstr;

Sqlite in_memory() {
  auto database = Sqlite::open(":memory:", {});
  EXPECT_TRUE(database);
  return std::move(database).value();
}

TEST(Sqlite, TakesValuesAsTheyAre) {
  const Sqlite database = in_memory();
  const std::string text("'); DROP TABLE t; --\0ü\xFF", 24);
  ASSERT_TRUE(database.run("CREATE TABLE t (a, b)"));
  ASSERT_TRUE(database.run("INSERT INTO t VALUES (?, ?)", {text, std::int64_t{-7}}));

  auto row = database.prepare("SELECT a, b FROM t");

  ASSERT_TRUE(row && row->step().value_or(false));
  EXPECT_EQ(row->text(0), text);
  EXPECT_EQ(row->integer(1), -7);
  EXPECT_FALSE(row->step().value_or(true));
}

TEST(Sqlite, TakesAnEmptyTextForATextNotForNull) {
  const Sqlite database = in_memory();

  EXPECT_EQ(database.number("SELECT ? IS NULL", {std::string_view{}}).value_or(-1), 0);
}

TEST(Sqlite, UndoesAWorkThatFails) {
  const Sqlite database = in_memory();
  ASSERT_TRUE(database.run("CREATE TABLE t (a)"));

  const auto result = database.transaction([&]() -> Result<void> {
    TRY(database.run("INSERT INTO t VALUES (1)"));
    return fail(ErrorKind::bug, "no");
  });

  EXPECT_EQ(result.error().what, "no");
  EXPECT_EQ(database.number("SELECT count(*) FROM t").value_or(-1), 0);
  EXPECT_TRUE(database.transaction([&] { return database.run("INSERT INTO t VALUES (1)"); })) << "still usable";
}

TEST(Sqlite, SaysWhenThereIsNoRoom) {
  const Sqlite database = Sqlite::open(":memory:", {.most_pages = 4}).value();
  ASSERT_TRUE(database.run("CREATE TABLE t (a)"));
  const std::string large(100'000, 'x');

  const auto full = database.transaction([&] { return database.run("INSERT INTO t VALUES (?)", {large}); });

  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::unreadable);
  EXPECT_THAT(full.error().what, HasSubstr("no room"));
  EXPECT_TRUE(database.run("INSERT INTO t VALUES (1)")) << "still usable";
}

// What src/store/sqlite_left_out.cpp stands for; a hostile file may ask for it.
TEST(Sqlite, GoesOnWithoutThePartsThatWereLeftOut) {
  const Sqlite database = in_memory();

  EXPECT_FALSE(database.run("CREATE VIRTUAL TABLE t USING fts5 (a)"));
  EXPECT_FALSE(database.run("CREATE VIRTUAL TABLE t USING rtree (a, b, c)"));
  EXPECT_EQ(database.number("SELECT acos(0.5) IS NULL AND atan2(1, 2) IS NULL AND sin(1) IS NULL").value_or(-1), 1);
  EXPECT_EQ(database.number("SELECT CAST(10 * sqrt(2) + exp(0) + log2(8) AS INTEGER)").value_or(-1), 18);
}

TEST(Sqlite, SaysNothingOfWhatIsInADatabase) {
  const Sqlite database = in_memory();
  ASSERT_TRUE(database.run("CREATE TABLE t (a PRIMARY KEY)"));
  ASSERT_TRUE(database.run("INSERT INTO t VALUES ('s3cret')"));

  const Error error = database.run("INSERT INTO t VALUES ('s3cret')").error();

  EXPECT_THAT(error.what + error.where + error.fix, testing::Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace agent::store
