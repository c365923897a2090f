#include "store/sqlite_store.hpp"

#include "support/still_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace agent::store {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Moment = std::chrono::system_clock::time_point;

Moment at(int minutes) { return Moment(std::chrono::hours(400'000) + std::chrono::minutes(minutes)); }

KeptReport report(const std::string& fingerprint, int minutes = 0, bool explained = false,
                  const std::string& json = "{}") {
  return {fingerprint, at(minutes), "log a", explained, json};
}

Waiting parcel(const std::string& sink) { return {.sink = sink, .report = report("f"), .parcel = "00ff"}; }

std::unique_ptr<Store> store_at(const std::string& path, const SqliteOptions& options = {}) {
  auto store = open_sqlite_store(path, system_clock(), options);
  EXPECT_TRUE(store);
  return std::move(store).value();
}

class SqliteStore : public testing::Test {
 protected:
  SqliteStore() {
    std::string folder = (fs::temp_directory_path() / "agent-store-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ / "state" / "agent" / "store.db";
  }
  ~SqliteStore() override { fs::remove_all(folder_); }

  [[nodiscard]] std::unique_ptr<Store> open(const SqliteOptions& options = {}) const {
    return store_at(path_.string(), options);
  }

  [[nodiscard]] std::int64_t number(const char* sql) const {
    return Sqlite::open(path_.string(), {}).value().number(sql).value_or(-1);
  }

  fs::path folder_, path_;
};

mode_t mode_of(const fs::path& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777U : 0;
}

TEST_F(SqliteStore, MakesNothingBeforeItsFirstUse) {
  const auto store = open();

  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(SqliteStore, IsForItsUserAlone) {
  const mode_t before = ::umask(0);

  const auto store = open();
  ASSERT_TRUE(store->remember(report("f")));

  ::umask(before);
  EXPECT_EQ(mode_of(path_), 0600U);
  EXPECT_EQ(mode_of(path_.parent_path()), 0700U);
  EXPECT_EQ(mode_of(path_.parent_path().parent_path()), 0700U);
  for (const auto& file : fs::directory_iterator(path_.parent_path())) EXPECT_EQ(mode_of(file.path()), 0600U) << file;
}

TEST_F(SqliteStore, KnowsNothingAtFirst) {
  const auto store = open();

  EXPECT_FALSE(store->seen("f").value());
  EXPECT_FALSE(store->explained("f").value());
}

TEST_F(SqliteStore, CountsAFailure) {
  const auto store = open();

  EXPECT_EQ(store->remember(report("f", 5)).value().times, 1);
  ASSERT_TRUE(store->remember(report("other", 6)));
  EXPECT_EQ(store->remember(report("f", 9)).value().times, 2);

  const auto seen = store->seen("f").value();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->fingerprint, "f");
  EXPECT_EQ(seen->times, 2);
  EXPECT_EQ(seen->first, at(5));
  EXPECT_EQ(seen->last, at(9));
  EXPECT_EQ(seen->issue_url, "");
}

TEST_F(SqliteStore, TakesAClockThatWentBack) {
  const auto store = open();
  ASSERT_TRUE(store->remember(report("f", 9)));

  const Seen seen = store->remember(report("f", 5)).value();

  EXPECT_EQ(seen.first, at(5));
  EXPECT_EQ(seen.last, at(9));
}

TEST_F(SqliteStore, GivesTheNewestReportThatAModelExplained) {
  const auto store = open();
  ASSERT_TRUE(store->remember(report("f", 1, true, "one")));
  ASSERT_TRUE(store->remember(report("f", 2, true, "two")));
  ASSERT_TRUE(store->remember(report("f", 3, false, "three")));
  ASSERT_TRUE(store->remember(report("g", 4, true, "four")));

  const auto kept = store->explained("f").value();

  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->json, "two");
  EXPECT_EQ(kept->at, at(2));
  EXPECT_EQ(kept->target, "log a");
  EXPECT_TRUE(kept->explained);
}

TEST_F(SqliteStore, NotesWhereAFailureWasFiled) {
  const auto store = open();
  ASSERT_TRUE(store->remember(report("f")));

  ASSERT_TRUE(store->filed("f", "https://forge.example/41"));

  EXPECT_EQ(store->seen("f").value()->issue_url, "https://forge.example/41");
  EXPECT_EQ(store->remember(report("f")).value().issue_url, "https://forge.example/41");
}

TEST_F(SqliteStore, NotesAnIssueBeforeItCounts) {
  const auto store = open();

  ASSERT_TRUE(store->filed("f", "u"));

  EXPECT_EQ(store->seen("f").value()->times, 0);
  EXPECT_EQ(store->remember(report("f")).value().times, 1);
  EXPECT_EQ(store->seen("f").value()->issue_url, "u");
}

TEST_F(SqliteStore, RemembersInTheNextRun) {
  ASSERT_TRUE(open()->remember(report("f", 1, true, "one")));

  const auto store = open();

  EXPECT_EQ(store->remember(report("f", 2)).value().times, 2);
  EXPECT_EQ(store->explained("f").value()->json, "one");
}

TEST_F(SqliteStore, KeepsTwentyReportsOfAFailureAndTheOneThatExplains) {
  const auto store = open();
  ASSERT_TRUE(store->remember(report("f", 0, true, "explained")));
  for (int i = 1; i <= 30; ++i) ASSERT_TRUE(store->remember(report("f", i)));

  EXPECT_EQ(store->explained("f").value()->json, "explained");
  EXPECT_EQ(store->seen("f").value()->times, 31);
  EXPECT_EQ(number("SELECT count(*) FROM reports"), 21);
  EXPECT_EQ(number("SELECT min(id) FROM reports WHERE explained = 0"), 12);
}

TEST_F(SqliteStore, KeepsTwoThousandReportsInAll) {
  const auto store = open();
  for (int i = 0; i < 2010; ++i) ASSERT_TRUE(store->remember(report(std::to_string(i))));

  EXPECT_EQ(number("SELECT count(*) FROM reports"), 2000);
  EXPECT_EQ(number("SELECT min(id) FROM reports"), 11);
  EXPECT_EQ(number("SELECT count(*) FROM failures"), 2010);
}

TEST_F(SqliteStore, CountsAHugeReportWithoutKeepingIt) {
  const auto store = open();

  EXPECT_EQ(store->remember(report("f", 0, true, std::string(2'000'000, 'x'))).value().times, 1);

  EXPECT_FALSE(store->explained("f").value());
}

TEST_F(SqliteStore, QueuesUpToAThousandReportsForASink) {
  const auto store = open();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store->queue(parcel("forge")));

  const auto refused = store->queue(parcel("forge"));

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("'forge'"));
  EXPECT_TRUE(store->queue(parcel("chat")));
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 1001);
}

TEST_F(SqliteStore, GivesWhatWaitsWithAllThatIsKnownOfIt) {
  const auto store = open();
  ASSERT_TRUE(store->queue({.sink = "chat",
                            .report = report("f", 7, true, "{\"a\":1}"),
                            .parcel = "00aa",
                            .issue_url = "https://forge/1",
                            .why = "no answer",
                            .tries = 2,
                            .perhaps_delivered = true}));
  ASSERT_TRUE(store->queue(parcel("forge")));

  const std::vector<Waiting> all = store->waiting().value();

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].sink, "chat");
  EXPECT_EQ(all[1].report.fingerprint, "f");
  EXPECT_EQ(all[1].report.at, at(7));
  EXPECT_EQ(all[1].report.target, "log a");
  EXPECT_TRUE(all[1].report.explained);
  EXPECT_EQ(all[1].report.json, "{\"a\":1}");
  EXPECT_EQ(all[1].parcel, "00aa");
  EXPECT_EQ(all[1].issue_url, "https://forge/1");
  EXPECT_EQ(all[1].why, "no answer");
  EXPECT_EQ(all[1].tries, 2);
  EXPECT_TRUE(all[1].perhaps_delivered);
  EXPECT_EQ(all[0].sink, "forge");
  EXPECT_FALSE(all[0].perhaps_delivered);
}

TEST_F(SqliteStore, ClaimsForOneCallerOnly) {
  const auto store = open(), other = open();
  ASSERT_TRUE(store->queue(parcel("forge")));
  const std::int64_t id = store->waiting().value().at(0).id;

  EXPECT_TRUE(store->claim(id).value());

  EXPECT_FALSE(other->claim(id).value());
  EXPECT_TRUE(other->waiting().value().at(0).claimed);
  ASSERT_TRUE(store->done(id));
  EXPECT_FALSE(store->claim(id).value());
  EXPECT_EQ(number("SELECT count(*) FROM outbox"), 0);
}

TEST_F(SqliteStore, WaitsOnAfterATryThatFailed) {
  const auto store = open();
  ASSERT_TRUE(store->queue(parcel("forge")));
  Waiting waiting = store->waiting().value().at(0);
  ASSERT_TRUE(store->claim(waiting.id).value());
  waiting.why = "no such repository";
  waiting.issue_url = "https://forge/2";

  ASSERT_TRUE(store->waits_on(waiting));

  const Waiting again = store->waiting().value().at(0);
  EXPECT_EQ(again.why, "no such repository");
  EXPECT_EQ(again.issue_url, "https://forge/2");
  EXPECT_EQ(again.tries, 2);
  EXPECT_FALSE(again.perhaps_delivered);
  EXPECT_TRUE(store->claim(waiting.id).value());
}

TEST_F(SqliteStore, GivesAClaimBackAfterTenMinutes) {
  test::StillClock clock;
  const auto store = open_sqlite_store(path_.string(), clock).value();
  ASSERT_TRUE(store->queue(parcel("chat")));
  ASSERT_TRUE(store->claim(1).value());

  clock.pass(std::chrono::minutes(9));
  EXPECT_TRUE(store->waiting().value().at(0).claimed);
  clock.pass(std::chrono::minutes(2));
  const std::vector<Waiting> all = store->waiting().value();

  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].perhaps_delivered);
  EXPECT_FALSE(all[0].claimed);
}

TEST_F(SqliteStore, TakesNoClaimOfAClockThatWasAhead) {
  test::StillClock clock;
  clock.pass(std::chrono::hours(10));
  {
    const auto early = open_sqlite_store(path_.string(), clock).value();
    ASSERT_TRUE(early->queue(parcel("chat")));
    ASSERT_TRUE(early->claim(1).value());
  }
  const test::StillClock set_back;

  EXPECT_TRUE(open_sqlite_store(path_.string(), set_back).value()->claim(1).value());
}

TEST_F(SqliteStore, TakesAStoreOfTheFirstVersionOver) {
  ASSERT_TRUE(open()->remember(report("f", 3)));
  ASSERT_TRUE(Sqlite::open(path_.string(), {})
                  .value()
                  .script("DROP TABLE outbox; CREATE TABLE outbox (id INTEGER PRIMARY KEY, sink TEXT) STRICT; PRAGMA "
                          "user_version = 1;"));

  const auto store = open();

  EXPECT_EQ(store->seen("f").value()->times, 1);
  EXPECT_TRUE(store->queue(parcel("forge")));
  EXPECT_EQ(number("PRAGMA user_version"), 2);
}

TEST_F(SqliteStore, LosesNoCountOfFourThreads) {
  const auto first = open(), second = open();
  {
    std::vector<std::jthread> threads;
    for (Store* store : {first.get(), second.get(), first.get(), second.get()})
      threads.emplace_back([store] {
        for (int i = 0; i < 250; ++i) EXPECT_TRUE(store->remember(report("f", i)));
      });
  }

  EXPECT_EQ(first->seen("f").value()->times, 1000);
}

/// Ends with 0 when it counted `times` times.
pid_t count_in_a_process(const std::string& path, int times) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const auto store = store_at(path);
  for (int i = 0; i < times; ++i)
    if (!store->remember(report("f", i))) ::_exit(1);
  ::_exit(0);
}

TEST_F(SqliteStore, LosesNoCountOfTwoProcessesThatMakeIt) {
  const pid_t children[]{count_in_a_process(path_.string(), 200), count_in_a_process(path_.string(), 200)};

  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(open()->seen("f").value()->times, 400);
}

void expect_refused(Store& store, const std::string& what, const std::string& where) {
  const auto seen = store.seen("f");
  const auto remembered = store.remember(report("f"));
  ASSERT_FALSE(seen);
  ASSERT_FALSE(remembered);
  EXPECT_EQ(remembered.error().kind, ErrorKind::unreadable);
  EXPECT_THAT(remembered.error().what, HasSubstr(what));
  EXPECT_THAT(remembered.error().where, HasSubstr(where));
  EXPECT_NE(remembered.error().fix, "");
}

TEST_F(SqliteStore, SaysThatItsFileIsNoDatabase) {
  fs::create_directories(path_.parent_path());
  std::ofstream(path_) << std::string(9000, 'x');

  expect_refused(*open(), "damaged", path_.string());
}

TEST_F(SqliteStore, SaysThatItsFileIsDamaged) {
  ASSERT_TRUE(open()->remember(report("f")));
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(static_cast<std::size_t>(fs::file_size(path_)) - 4096, '\x7F');
  }

  expect_refused(*open(), "damaged", path_.string());
}

TEST_F(SqliteStore, LeavesOtherDatabasesAlone) {
  fs::create_directories(path_.parent_path());
  ASSERT_TRUE(Sqlite::open(path_.string(), {}).value().run("CREATE TABLE bookmarks (url)"));

  expect_refused(*open(), "database of something else", path_.string());

  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(SqliteStore, RefusesTheSchemaOfANewerVersion) {
  ASSERT_TRUE(open()->remember(report("f")));
  ASSERT_TRUE(Sqlite::open(path_.string(), {}).value().run("PRAGMA user_version = 7"));

  expect_refused(*open(), "newer version of agent: its schema is 7, known is 2", path_.string());
}

TEST_F(SqliteStore, SaysWhereItMayNotWrite) {
  expect_refused(*store_at("/proc/agent/s.db"), "cannot open", "/proc/agent");
}

TEST_F(SqliteStore, SaysThatItsFolderIsAFile) {
  std::ofstream(folder_ / "state") << "x";

  expect_refused(*open(), "cannot open", (folder_ / "state").string());
}

TEST_F(SqliteStore, SaysThatItsFileIsAFolder) {
  fs::create_directories(path_);

  expect_refused(*open(), "cannot open", path_.string());
}

TEST_F(SqliteStore, SaysThatTheDiskIsFullAndKeepsWhatItHas) {
  ASSERT_TRUE(open()->remember(report("f")));
  const auto store = open({.most_pages = number("PRAGMA page_count") + 4});

  const auto refused = store->remember(report("f", 1, false, std::string(500'000, 'x')));

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("no room"));
  EXPECT_EQ(store->seen("f").value()->times, 1);
  EXPECT_EQ(store->remember(report("f")).value().times, 2);
}

TEST_F(SqliteStore, WaitsForALockOnlySoLong) {
  ASSERT_TRUE(open()->remember(report("f")));
  const Sqlite other = Sqlite::open(path_.string(), {}).value();
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  const auto store = open({.busy_timeout = std::chrono::milliseconds(20)});

  const auto refused = store->remember(report("f"));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(store->seen("f").value()->times, 1) << "readers do not wait";
  ASSERT_TRUE(other.run("ROLLBACK"));
  EXPECT_TRUE(store->remember(report("f")));
}

TEST_F(SqliteStore, TakesANameThatLooksLikeAUri) {
  const auto before = fs::current_path();
  fs::current_path(folder_);

  const auto kept = store_at("file:s.db?mode=memory")->remember(report("f"));

  fs::current_path(before);
  EXPECT_TRUE(kept);
  EXPECT_TRUE(fs::exists(folder_ / "file:s.db?mode=memory"));
}

TEST_F(SqliteStore, InMemoryForgets) {
  EXPECT_EQ(store_at(":memory:")->remember(report("f")).value().times, 1);
  EXPECT_EQ(store_at(":memory:")->remember(report("f")).value().times, 1);
}

TEST(OpenSqliteStore, NeedsAPath) { EXPECT_EQ(open_sqlite_store("").error().kind, ErrorKind::settings); }

}  // namespace
}  // namespace agent::store
