#include "store/sqlite_store.hpp"

#include <array>
#include <mutex>
#include <string_view>
#include <utility>

namespace agent::store {
namespace {

using Moment = std::chrono::system_clock::time_point;

constexpr std::int64_t application_id = 0x41674E74;  // "AgNt": the file is ours
constexpr std::size_t most_report_bytes = std::size_t{1} << 20U;
constexpr std::int64_t most_reports = 2000;
constexpr std::int64_t most_reports_of_a_failure = 20;
constexpr std::int64_t most_waiting = 1000;
constexpr std::chrono::minutes longest_claim{10};

/// What makes version N + 1 of the schema out of version N. Steps that were published do not change.
constexpr std::array migrations{
    R"sql(
      CREATE TABLE failures (
        fingerprint TEXT PRIMARY KEY,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        times INTEGER NOT NULL,
        issue_url TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE reports (
        id INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        at INTEGER NOT NULL,
        target TEXT NOT NULL,
        explained INTEGER NOT NULL,
        json TEXT NOT NULL
      ) STRICT;
      CREATE INDEX reports_of_failure ON reports (fingerprint, explained, id);
      CREATE TABLE outbox (
        id INTEGER PRIMARY KEY,
        sink TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        at INTEGER NOT NULL,
        target TEXT NOT NULL,
        explained INTEGER NOT NULL,
        json TEXT NOT NULL
      ) STRICT;
      CREATE INDEX outbox_of_sink ON outbox (sink, id);
      PRAGMA application_id = 0x41674E74;
      PRAGMA user_version = 1;
    )sql",
    // Nothing was ever written to the first outbox.
    R"sql(
      DROP TABLE outbox;
      CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sink TEXT NOT NULL,
        parcel TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        at INTEGER NOT NULL,
        target TEXT NOT NULL,
        explained INTEGER NOT NULL,
        json TEXT NOT NULL,
        issue_url TEXT NOT NULL,
        why TEXT NOT NULL,
        tries INTEGER NOT NULL,
        perhaps INTEGER NOT NULL,
        claimed_until INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX outbox_of_sink ON outbox (sink, id);
      PRAGMA user_version = 2;
    )sql",
};
constexpr auto schema_version = static_cast<std::int64_t>(migrations.size());

std::int64_t milliseconds(Moment at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

Moment moment(std::int64_t milliseconds) { return Moment(std::chrono::milliseconds(milliseconds)); }

Result<std::optional<Seen>> seen_in(const Sqlite& database, const std::string& fingerprint) {
  Statement row =
      TRY(database.prepare("SELECT times, first, last, issue_url FROM failures WHERE fingerprint = ?", {fingerprint}));
  if (!TRY(row.step())) return std::nullopt;
  return Seen{fingerprint, static_cast<int>(row.integer(0)), moment(row.integer(1)), moment(row.integer(2)),
              row.text(3)};
}

Result<void> count(const Sqlite& database, const KeptReport& report) {
  return database.run(
      "INSERT INTO failures (fingerprint, first, last, times, issue_url) VALUES (?1, ?2, ?2, 1, '') "
      "ON CONFLICT (fingerprint) DO UPDATE SET first = min(first, ?2), last = max(last, ?2), times = times + 1",
      {report.fingerprint, milliseconds(report.at)});
}

Result<void> keep(const Sqlite& database, const KeptReport& report) {
  if (report.json.size() > most_report_bytes) return {};
  return database.run("INSERT INTO reports (fingerprint, at, target, explained, json) VALUES (?, ?, ?, ?, ?)",
                      {report.fingerprint, milliseconds(report.at), report.target,
                       std::int64_t{report.explained ? 1 : 0}, report.json});
}

Result<void> forget_old_ones(const Sqlite& database, const std::string& fingerprint) {
  TRY(
      database.run("DELETE FROM reports WHERE fingerprint = ?1 "
                   "AND id NOT IN (SELECT id FROM reports WHERE fingerprint = ?1 ORDER BY id DESC LIMIT ?2) "
                   "AND id IS NOT (SELECT max(id) FROM reports WHERE fingerprint = ?1 AND explained = 1)",
                   {fingerprint, most_reports_of_a_failure}));
  return database.run("DELETE FROM reports WHERE id IN (SELECT id FROM reports ORDER BY id DESC LIMIT -1 OFFSET ?)",
                      {most_reports});
}

std::unexpected<Error> not_ours(const std::string& path, std::string what) {
  return fail(ErrorKind::unreadable, std::move(what), path, "name another file: --store FILE");
}

/// Version of the schema; 0 for an empty file.
Result<std::int64_t> version_of(const Sqlite& database, const std::string& path) {
  const std::int64_t version = TRY(database.number("PRAGMA user_version"));
  const std::int64_t id = TRY(database.number("PRAGMA application_id"));
  const std::int64_t tables = TRY(database.number("SELECT count(*) FROM sqlite_schema"));
  if (version == 0 && id == 0 && tables == 0) return 0;
  if (id != application_id || version < 1) return not_ours(path, "the store's file is a database of something else");
  if (version > schema_version)
    return not_ours(path, "the store was made by a newer version of agent: its schema is " + std::to_string(version) +
                              ", known is " + std::to_string(schema_version));
  return version;
}

Result<Sqlite> open_with_schema(const std::string& path, const SqliteOptions& options) {
  Sqlite database = TRY(Sqlite::open(path, options));
  const std::int64_t version = TRY(version_of(database, path));
  database.use_write_ahead_log();
  if (version == schema_version) return database;
  TRY(database.transaction([&]() -> Result<void> {
    // Another process may have been faster.
    for (std::int64_t from = TRY(version_of(database, path)); from < schema_version; ++from)
      TRY(database.script(migrations.at(static_cast<std::size_t>(from))));
    return {};
  }));
  return database;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, const Clock& clock, const SqliteOptions& options)
      : path_(std::move(path)), clock_(clock), options_(options) {}

  Result<std::optional<Seen>> seen(const std::string& fingerprint) override {
    const std::scoped_lock lock(mutex_);
    return seen_in(*TRY(database()), fingerprint);
  }

  Result<std::optional<KeptReport>> explained(const std::string& fingerprint) override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    Statement row = TRY(database.prepare(
        "SELECT at, target, json FROM reports WHERE fingerprint = ? AND explained = 1 ORDER BY id DESC LIMIT 1",
        {fingerprint}));
    if (!TRY(row.step())) return std::nullopt;
    return KeptReport{fingerprint, moment(row.integer(0)), row.text(1), true, row.text(2)};
  }

  Result<Seen> remember(const KeptReport& report) override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    return database.transaction([&]() -> Result<Seen> {
      TRY(count(database, report));
      TRY(keep(database, report));
      TRY(forget_old_ones(database, report.fingerprint));
      return TRY(seen_in(database, report.fingerprint)).value_or(Seen{});
    });
  }

  Result<void> filed(const std::string& fingerprint, const std::string& issue_url) override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    return database.transaction([&] {
      return database.run(
          "INSERT INTO failures (fingerprint, first, last, times, issue_url) VALUES (?1, ?2, ?2, 0, ?3) "
          "ON CONFLICT (fingerprint) DO UPDATE SET issue_url = ?3",
          {fingerprint, milliseconds(clock_.now()), issue_url});
    });
  }

  Result<void> queue(const Waiting& waiting) override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    return database.transaction([&]() -> Result<void> {
      if (TRY(database.number("SELECT count(*) FROM outbox WHERE sink = ?", {waiting.sink})) >= most_waiting)
        return fail(ErrorKind::unreadable, "1,000 reports wait for '" + waiting.sink + "' already", path_,
                    "see why it takes none: agent deliver");
      const KeptReport& report = waiting.report;
      return database.run(
          "INSERT INTO outbox (sink, parcel, fingerprint, at, target, explained, json, issue_url, why, tries, perhaps, "
          "claimed_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
          {waiting.sink, waiting.parcel, report.fingerprint, milliseconds(report.at), report.target,
           std::int64_t{report.explained}, report.json, waiting.issue_url, waiting.why, std::int64_t{waiting.tries},
           std::int64_t{waiting.perhaps_delivered}});
    });
  }

  Result<std::vector<Waiting>> waiting() override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    Statement row = TRY(database.prepare(
        "SELECT id, sink, parcel, fingerprint, at, target, explained, json, issue_url, why, tries, perhaps, "
        "claimed_until BETWEEN ?1 AND ?2 FROM outbox ORDER BY tries, id",
        {milliseconds(clock_.now()), milliseconds(clock_.now() + longest_claim)}));
    std::vector<Waiting> all;
    while (TRY(row.step()))
      all.push_back({.id = row.integer(0),
                     .sink = row.text(1),
                     .report = {row.text(3), moment(row.integer(4)), row.text(5), row.integer(6) != 0, row.text(7)},
                     .parcel = row.text(2),
                     .issue_url = row.text(8),
                     .why = row.text(9),
                     .tries = static_cast<int>(row.integer(10)),
                     .perhaps_delivered = row.integer(11) != 0,
                     .claimed = row.integer(12) != 0});
    return all;
  }

  Result<bool> claim(std::int64_t id) override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    return database.transaction([&]() -> Result<bool> {
      // A claim from further away is of a clock that was wrong.
      const std::int64_t now = milliseconds(clock_.now()), latest = milliseconds(clock_.now() + longest_claim);
      if (TRY(database.number("SELECT count(*) FROM outbox WHERE id = ? AND claimed_until NOT BETWEEN ? AND ?",
                              {id, now, latest})) == 0)
        return false;
      TRY(database.run("UPDATE outbox SET claimed_until = ?2, perhaps = 1 WHERE id = ?1",
                       {id, milliseconds(clock_.now() + longest_claim)}));
      return true;
    });
  }

  Result<void> done(std::int64_t id) override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    return database.transaction([&] { return database.run("DELETE FROM outbox WHERE id = ?", {id}); });
  }

  Result<void> waits_on(const Waiting& waiting) override {
    const std::scoped_lock lock(mutex_);
    const Sqlite& database = *TRY(this->database());
    return database.transaction([&] {
      return database.run(
          "UPDATE outbox SET claimed_until = 0, tries = tries + 1, why = ?2, issue_url = ?3, perhaps = ?4 WHERE id = "
          "?1",
          {waiting.id, waiting.why, waiting.issue_url, std::int64_t{waiting.perhaps_delivered}});
    });
  }

 private:
  Result<const Sqlite*> database() {
    if (!database_) database_ = std::make_unique<Sqlite>(TRY(open_with_schema(path_, options_)));
    return database_.get();
  }

  const std::string path_;
  const Clock& clock_;
  const SqliteOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Sqlite> database_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path, const Clock& clock,
                                                 const SqliteOptions& options) {
  if (path.empty())
    return fail(ErrorKind::settings, "the store has no path", "", "name a file (--store FILE), or 'none'");
  return std::make_unique<SqliteStore>(path, clock, options);
}

}  // namespace agent::store
