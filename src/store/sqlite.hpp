#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

struct sqlite3;
struct sqlite3_stmt;

namespace agent::store {

class Sqlite;

/// What takes the place of a '?'.
using SqlValue = std::variant<std::int64_t, std::string_view>;

/// A prepared statement with its values, which must outlive it.
class Statement {
 public:
  /// True: there is a row, whose columns can be read until the next step. False: done.
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  friend class Sqlite;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(const Sqlite& database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  const Sqlite& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

struct SqliteOptions {
  std::chrono::milliseconds busy_timeout{5000};  ///< How long another one's lock is waited for.
  std::int64_t most_pages = 0;                   ///< Of 4 KiB that the file may have; 0: as many as the disk has.
};

/// One connection to a database file; one thread at a time. The file may come from a cache that others write, so its
/// schema is not trusted.
/// Errors: `unreadable` (damaged, rights, disk full), `unreachable` (locked by others for longer than `busy_timeout`);
/// they say what SQLite's code means, and never what is in the database.
class Sqlite {
 public:
  /// Makes the file when it is not there, with mode 0600, and the folders that are missing, with mode 0700.
  /// ":memory:" is a database without a file.
  [[nodiscard]] static Result<Sqlite> open(const std::string& path, const SqliteOptions& options);

  /// Writers and readers don't wait for each other from here on, where the file system can share memory between
  /// processes. Network file systems can't: there, and where another one uses the file now, all stays as it is.
  void use_write_ahead_log();

  [[nodiscard]] Result<Statement> prepare(const char* sql, std::initializer_list<SqlValue> values = {}) const;

  /// Runs one statement to its end.
  [[nodiscard]] Result<void> run(const char* sql, std::initializer_list<SqlValue> values = {}) const;

  /// The first column of the first row; 0 without one.
  [[nodiscard]] Result<std::int64_t> number(const char* sql, std::initializer_list<SqlValue> values = {}) const;

  /// Runs several statements that have no values.
  [[nodiscard]] Result<void> script(const char* sql) const;

  /// What `work` gives, done as a whole or not at all. No other writer comes in between.
  template <class Work>
  [[nodiscard]] auto transaction(Work work) const -> decltype(work()) {
    TRY(run("BEGIN IMMEDIATE"));
    auto result = work();
    if (result) {
      if (auto committed = run("COMMIT"); !committed) result = std::unexpected(std::move(committed).error());
    }
    if (!result) roll_back();
    return result;
  }

  /// The error of a result code of SQLite's.
  [[nodiscard]] std::unexpected<Error> failure(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Sqlite(std::string path, sqlite3* database) : path_(std::move(path)), database_(database) {}
  [[nodiscard]] bool takes_write_ahead_log() const;
  void roll_back() const;

  std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace agent::store
