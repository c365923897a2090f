#include "cli/output.hpp"

#include "base/redactor.hpp"
#include "base/text.hpp"
#include "sinks/display.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace agent::cli {
namespace {

std::string_view lookup(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view{} : std::string_view{found->second};
}

// A standard output may be a non-blocking pipe that another process set so.
void wait_writable(int fd) {
  pollfd wait{.fd = fd, .events = POLLOUT, .revents = 0};
  poll(&wait, 1, -1);
}

/// Each line of `text` fit for a terminal; a fix may be YAML to apply. Further lines stand under the first.
std::string clean_lines(std::string_view text) {
  std::string clean;
  while (true) {
    const std::size_t end = text.find('\n');
    clean += clean_line(text.substr(0, end));
    if (end == std::string_view::npos) return clean;
    text.remove_prefix(end + 1);
    if (text.empty()) return clean;
    clean += "\n    ";
  }
}

}  // namespace

Output::Output(int fd) : fd_(fd), is_terminal_(isatty(fd) == 1) {}

Result<void> Output::write(std::string_view text) {
  while (!text.empty() && !closed_) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE || errno == EBADF || errno == EIO) {
      closed_ = true;
    } else if (errno == EAGAIN) {
      wait_writable(fd_);
    } else if (errno != EINTR) {
      const int code = errno;
      closed_ = true;
      return fail(ErrorKind::delivery_failed,
                  fd_ == STDERR_FILENO ? "cannot write to standard error" : "cannot write to standard output",
                  std::string("write: ") + std::strerror(code),
                  code == ENOSPC ? "free some space, or write elsewhere" : "");
    }
  }
  return {};
}

bool reads_commands(const Environment& environment) {
  return lower(lookup(environment, "GITHUB_ACTIONS")) == "true" || lower(lookup(environment, "TF_BUILD")) == "true";
}

std::string state_folder(const Environment& environment) {
  const auto value = [&](const char* name) {
    const auto found = environment.find(name);
    return found != environment.end() && found->second.starts_with('/') ? found->second : std::string();
  };
  if (const std::string state = value("XDG_STATE_HOME"); !state.empty()) return state + "/agent";
  const std::string home = value("HOME");
  return home.empty() ? "" : home + "/.local/state/agent";
}

bool is_ci(const Environment& environment) {
  const std::string value = lower(lookup(environment, "CI"));
  return value == "true" || value == "1";
}

std::string safe_description(Error error) {
  Redactor redactor;
  for (std::string* part : {&error.what, &error.where, &error.fix}) *part = clean_lines(redactor.redact(*part));
  return sinks::defuse_all_lines(describe(error));
}

int Output::columns(const Environment& environment) const {
  winsize size{};
  if (is_terminal_ && ioctl(fd_, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view given = lookup(environment, "COLUMNS");
  int columns = 0;
  std::from_chars(given.data(), given.data() + given.size(), columns);
  return columns > 0 ? columns : 80;
}

bool use_color(std::string_view choice, const Environment& environment, bool is_terminal) {
  if (choice == "always") return true;
  if (choice == "never" || !lookup(environment, "NO_COLOR").empty()) return false;
  const std::string_view force = lookup(environment, "CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return is_terminal && lookup(environment, "TERM") != "dumb";
}

}  // namespace agent::cli
