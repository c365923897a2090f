#include "base/process_spawn.hpp"

#include "base/descriptor.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace agent {
namespace {

void enter_session(const SpawnPlan& plan) {
  if (plan.session == Session::own_group || plan.session == Session::foreground) {
    ::setpgid(0, 0);
  } else {
    ::setsid();
  }
  // SIGTTOU is still ignored here, as a background group may not change the terminal otherwise.
  if (plan.session == Session::foreground) ::tcsetpgrp(STDIN_FILENO, ::getpid());
  if (plan.session == Session::pty) ::ioctl(plan.terminal, TIOCSCTTY, 0);
}

void reset_signals() {
  for (const int number : {SIGPIPE, SIGXFSZ, SIGTTOU, SIGCHLD}) std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The child's side; only what signal-safety(7) allows, as other threads may hold locks.
[[noreturn]] void become(const SpawnPlan& plan, char* const* argv, char* const* variables, pid_t parent, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(128 + SIGTERM);  // it died before prctl
  enter_session(plan);
  // Descriptors 0 to 2 are open (run_command sees to it), so no source is overwritten before its turn.
  if (plan.input != STDIN_FILENO) ::dup2(plan.input, STDIN_FILENO);
  if (plan.output != STDOUT_FILENO) ::dup2(plan.output, STDOUT_FILENO);
  if (plan.error != STDERR_FILENO) ::dup2(plan.error, STDERR_FILENO);
  reset_signals();
  if (plan.environment == nullptr) {
    ::execvp(argv[0], argv);
  } else {
    // Those above standard error close at exec; a kernel without this (before 5.11) keeps what others let be inherited.
    ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 1U << 2U /* CLOSE_RANGE_CLOEXEC */);
    ::execvpe(argv[0], argv, variables);
  }
  const int code = errno;
  static_cast<void>(!::write(report, &code, sizeof code));
  ::_exit(code == ENOENT ? 127 : 126);
}

/// As exec wants its words, by its C heritage.
std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

std::unexpected<Error> cannot_start(const std::string& command, int code) {
  const std::string where = std::string("exec: ") + std::strerror(code);
  const bool is_path = command.find('/') != std::string::npos;
  if (code == ENOENT && is_path && ::access(command.c_str(), F_OK) == 0) {
    return fail(ErrorKind::unreadable, "cannot execute '" + command + "': its interpreter is missing", where,
                "check its first line, or the libraries it was linked for");
  }
  if (code == ENOENT || code == ENOTDIR) {
    return fail(ErrorKind::target_not_found, "there is no command '" + command + "'", where,
                is_path ? "check its path" : "check its spelling and PATH");
  }
  return fail(ErrorKind::unreadable, "cannot execute '" + command + "'", where,
              code == EACCES ? "name a program, and make it executable: chmod +x" : "");
}

}  // namespace

Result<pid_t> spawn(const SpawnPlan& plan) {
  const std::vector<char*> argv = pointers(plan.argv);
  const std::vector<char*> variables =
      plan.environment == nullptr ? std::vector<char*>{nullptr} : pointers(*plan.environment);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_start(plan.argv.front(), errno);
  const Descriptor report(ends[0]);
  Descriptor child_end(ends[1]);

  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return cannot_start(plan.argv.front(), errno);
  if (child == 0) become(plan, argv.data(), variables.data(), parent, child_end.get());
  child_end.close();
  int code = 0;
  ssize_t size = 0;
  while ((size = ::read(report.get(), &code, sizeof code)) < 0 && errno == EINTR) {
  }
  if (size == 0) return child;  // exec closed its end
  ::waitpid(child, nullptr, 0);
  if (plan.session == Session::foreground) ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  return cannot_start(plan.argv.front(), code);
}

}  // namespace agent
