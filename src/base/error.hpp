#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace agent {

/// What went wrong, as the caller needs to tell it apart. One table maps a kind to
/// the process's exit code and to an HTTP status: `traits()`.
enum class ErrorKind {
  usage,             ///< The command line is wrong.
  settings,          ///< A settings file, environment variable or rules file is wrong.
  target_not_found,  ///< What was to be analysed does not exist.
  unreadable,        ///< It exists and can't be read: rights, a damaged archive, a folder.
  unreachable,       ///< No answer from a server.
  unauthorised,      ///< The server does not know who we are.
  forbidden,         ///< It knows, and refuses.
  model_failed,      ///< The language model gave nothing usable and was required.
  change_denied,     ///< A change to a cluster was not approved.
  delivery_failed,   ///< A sink refused the report; the report is kept.
  deadline,          ///< `--timeout` ran out.
  interrupted,       ///< SIGINT.
  terminated,        ///< SIGTERM.
  bug,               ///< An invariant of ours is broken.
};

/// A failure told in three parts: what happened, where, what to do about it.
/// Lower case, names quoted with '…', no full stop; never holds a secret or a log line.
struct Error {
  ErrorKind kind = ErrorKind::bug;
  std::string what;
  std::string where;  ///< May be empty.
  std::string fix;    ///< May be empty.
};

template <class T>
using Result = std::expected<T, Error>;

/// A failed Result of any type.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string what, std::string where = {},
                                                 std::string fix = {}) {
  return std::unexpected(Error{kind, std::move(what), std::move(where), std::move(fix)});
}

/// How a kind shows itself outside the process.
struct ErrorTraits {
  std::string_view name;  ///< "target_not_found"; stable, for JSON.
  int exit_code = 70;
  int http_status = 500;
};

[[nodiscard]] ErrorTraits traits(ErrorKind kind);

/// The lines that `main` prints: "agent: WHAT", then "  at: WHERE" and "  try: FIX" where known.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace agent

/// The value of a Result, or return its error from the enclosing function.
#define TRY(...)                                                                        \
  __extension__({                                                                       \
    auto agent_try_result = (__VA_ARGS__);                                              \
    if (!agent_try_result) return std::unexpected(std::move(agent_try_result).error()); \
    agent::detail::unwrap(std::move(agent_try_result));                                 \
  })

namespace agent::detail {
template <class T>
T unwrap(Result<T>&& result) {
  return *std::move(result);
}
inline void unwrap(Result<void>&&) {}
}  // namespace agent::detail
