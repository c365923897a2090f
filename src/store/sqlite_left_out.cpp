// Parts of SQLite that this program does without: they would be a fifth of what it adds to the binary. Each function
// here has the name by which SQLite's archive asks for the part; .ci/cmake/Dependencies.cmake renames the trigonometry,
// so that nobody else gets ours. A part that is wanted one day: take its line out.
#include <limits>

struct sqlite3;

namespace {
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();  // NULL in SQL
}

extern "C" {

// Full text search, spatial index, figures about the file, prepared statements as a table: done without doing anything.
int sqlite3Fts3Init(sqlite3* /*database*/) { return 0; }
int sqlite3Fts5Init(sqlite3* /*database*/) { return 0; }
int sqlite3RtreeInit(sqlite3* /*database*/) { return 0; }
int sqlite3DbstatRegister(sqlite3* /*database*/) { return 0; }
int sqlite3StmtVtabInit(sqlite3* /*database*/) { return 0; }

double agent_sql_acos(double /*x*/) { return no_number; }
double agent_sql_acosh(double /*x*/) { return no_number; }
double agent_sql_asin(double /*x*/) { return no_number; }
double agent_sql_asinh(double /*x*/) { return no_number; }
double agent_sql_atan(double /*x*/) { return no_number; }
double agent_sql_atan2(double /*y*/, double /*x*/) { return no_number; }
double agent_sql_atanh(double /*x*/) { return no_number; }
double agent_sql_cos(double /*x*/) { return no_number; }
double agent_sql_cosh(double /*x*/) { return no_number; }
double agent_sql_sin(double /*x*/) { return no_number; }
double agent_sql_sinh(double /*x*/) { return no_number; }
double agent_sql_tan(double /*x*/) { return no_number; }
double agent_sql_tanh(double /*x*/) { return no_number; }
}
