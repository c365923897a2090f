#include "store/sqlite.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace agent::store {
namespace {

constexpr std::string_view in_memory = ":memory:";
constexpr int most_value_bytes = 64 * 1024 * 1024;

std::unexpected<Error> no_rights(const std::string& path, std::string_view why) {
  return fail(ErrorKind::unreadable, "cannot open the store", path + ": " + std::string(why),
              "give the file and its folder to the user that runs this, or name another file: --store FILE");
}

Result<void> make_folders(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string folder = path.substr(0, at);
    struct stat about{};
    if (::stat(folder.c_str(), &about) == 0) continue;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return no_rights(folder, std::strerror(errno));
  }
  return {};
}

/// Makes an empty file, which is an empty database, for us alone; SQLite gives what it makes beside it the same mode.
/// mknod() does not open it: closing a file loses the locks that other connections of this process have on it.
Result<void> make_file(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) == 0) return {};
  TRY(make_folders(path));
  if (::mknod(path.c_str(), S_IFREG | 0600, 0) != 0 && errno != EEXIST) return no_rights(path, std::strerror(errno));
  return {};
}

/// False for network file systems, whose clients do not see each other's memory: https://sqlite.org/wal.html
bool shares_memory(const std::string& path) {
  // The kernel's linux/magic.h, fs/smb/client/cifsglob.h and fs/lustre.
  constexpr std::array<std::uint64_t, 9> network{0x6969,     0x517B,     0xFE534D42, 0xFF534D42, 0x65735546,
                                                 0x01021997, 0x00C36400, 0x5346414F, 0x0BD00BD0};
  struct statfs about{};
  if (::statfs(path.c_str(), &about) != 0) return false;
  const auto type = static_cast<std::uint64_t>(about.f_type) & 0xFFFFFFFFU;
  return std::ranges::find(network, type) == network.end();
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_.failure(code);
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

void Sqlite::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Result<Sqlite> Sqlite::open(const std::string& path, const SqliteOptions& options) {
  if (path != in_memory) TRY(make_file(path));
  // Debian's SQLite takes names that begin with "file:" for URIs.
  const std::string name = path.starts_with("file:") ? "./" + path : path;
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(name.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Sqlite database(path, opened);
  if (code != SQLITE_OK) return database.failure(code);
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, static_cast<int>(options.busy_timeout.count()));
  sqlite3_limit(opened, SQLITE_LIMIT_LENGTH, most_value_bytes);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  TRY(database.run("PRAGMA cell_size_check = ON"));
  if (options.most_pages > 0)
    TRY(database.run(("PRAGMA max_page_count = " + std::to_string(options.most_pages)).c_str()));
  return database;
}

void Sqlite::use_write_ahead_log() {
  if (path_ == in_memory || !shares_memory(path_) || !takes_write_ahead_log()) return;
  // The log alone keeps the file whole in a crash; what a power cut may lose is the last count.
  static_cast<void>(run("PRAGMA synchronous = NORMAL"));
}

bool Sqlite::takes_write_ahead_log() const {
  auto mode = prepare("PRAGMA journal_mode = WAL");
  if (!mode) return false;
  const auto row = mode->step();
  return row && *row && mode->text(0) == "wal";
}

Result<Statement> Sqlite::prepare(const char* sql, std::initializer_list<SqlValue> values) const {
  sqlite3_stmt* prepared = nullptr;
  int code = sqlite3_prepare_v2(database_.get(), sql, -1, &prepared, nullptr);
  Statement statement(*this, prepared);
  int place = 0;
  for (const SqlValue& value : values) {
    if (code != SQLITE_OK) break;
    ++place;
    if (const auto* text = std::get_if<std::string_view>(&value))
      code = sqlite3_bind_text64(prepared, place, text->data() == nullptr ? "" : text->data(), text->size(), nullptr,
                                 SQLITE_UTF8);
    else
      code = sqlite3_bind_int64(prepared, place, std::get<std::int64_t>(value));
  }
  if (code != SQLITE_OK) return failure(code);
  return statement;
}

Result<void> Sqlite::run(const char* sql, std::initializer_list<SqlValue> values) const {
  Statement statement = TRY(prepare(sql, values));
  while (TRY(statement.step())) {
  }
  return {};
}

Result<std::int64_t> Sqlite::number(const char* sql, std::initializer_list<SqlValue> values) const {
  Statement statement = TRY(prepare(sql, values));
  return TRY(statement.step()) ? statement.integer(0) : 0;
}

Result<void> Sqlite::script(const char* sql) const {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

void Sqlite::roll_back() const {
  // SQLite has done so itself after some errors.
  if (sqlite3_get_autocommit(database_.get()) == 0) static_cast<void>(script("ROLLBACK"));
}

std::unexpected<Error> Sqlite::failure(int code) const {
  const int system = database_ ? sqlite3_system_errno(database_.get()) : 0;
  const std::string said = system != 0 ? std::strerror(system) : sqlite3_errstr(code);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorKind::unreachable, "the store is in use by another process for too long", path_,
                  "try again, or give this run a store of its own: --store FILE");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(ErrorKind::unreadable, "the store is damaged", path_ + ": " + sqlite3_errstr(code),
                  "move the file away: a new one is made");
    case SQLITE_FULL: return fail(ErrorKind::unreadable, "no room to write the store", path_, "free space on its disk");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return no_rights(path_, said);
    default:
      return fail(ErrorKind::unreadable, "the store can't be used", path_ + ": " + said,
                  "name another file: --store FILE");
  }
}

}  // namespace agent::store
