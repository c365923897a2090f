#include "support/run_binary.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

namespace agent::test {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) == 0) read_end = ends[0], write_end = ends[1];
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_read() { close_end(read_end); }
  void close_write() { close_end(write_end); }

 private:
  static void close_end(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

pid_t spawn(const std::string& program, const Start& start, const Pipe& in, const Pipe& out, const Pipe& err) {
  std::vector<std::string> words{program};
  words.insert(words.end(), start.arguments.begin(), start.arguments.end());
  std::vector<std::string> variables;
  for (const auto& [name, value] : start.environment) variables.push_back(name + "=" + value);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (start.input.empty())
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  else
    posix_spawn_file_actions_adddup2(&actions, in.read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end, STDERR_FILENO);
  if (!start.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, start.directory.c_str());
  posix_spawnattr_t attributes;  // we ignore SIGPIPE; the program must start as from a shell
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int code =
      posix_spawnp(&pid, program.c_str(), &actions, &attributes, pointers(words).data(), pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) ADD_FAILURE() << "cannot start " << program << ": " << std::strerror(code);
  return code == 0 ? pid : -1;
}

// Both streams are read as they come, so that neither fills up and blocks the program.
bool collect(Pipe& out, Pipe& err, Ended& ended, std::chrono::steady_clock::time_point deadline) {
  while (out.read_end >= 0 || err.read_end >= 0) {
    pollfd waits[2] = {{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}};
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    if (poll(waits, 2, static_cast<int>(left.count())) < 0 && errno != EINTR) return false;
    char bytes[65536];
    for (int i = 0; i < 2; ++i) {
      if (waits[i].revents == 0) continue;
      const ssize_t got = read(waits[i].fd, bytes, sizeof bytes);
      if (got > 0)
        (i == 0 ? ended.out : ended.err).append(bytes, static_cast<std::size_t>(got));
      else if (got == 0 || errno != EINTR)
        i == 0 ? out.close_read() : err.close_read();
    }
  }
  return true;
}

void feed(Pipe& in, const std::string& input) {
  std::string_view rest = input;
  while (!rest.empty()) {
    const ssize_t written = write(in.write_end, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) break;  // the program did not want it all
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  in.close_write();
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Ended run_program(const std::string& program, const Start& start) {
  std::signal(SIGPIPE, SIG_IGN);  // a program may end before it has read its input
  Pipe in;
  Pipe out;
  Pipe err;
  Ended ended;
  const pid_t pid = spawn(program, start, in, out, err);
  if (pid < 0) return ended;
  in.close_read();
  out.close_write();
  err.close_write();
  std::thread feeder(feed, std::ref(in), std::cref(start.input));
  if (!collect(out, err, ended, std::chrono::steady_clock::now() + std::chrono::seconds(start.seconds))) {
    ADD_FAILURE() << program << " did not end in " << start.seconds << " s";
    kill(pid, SIGKILL);
  }
  ended.exit_code = wait_for(pid);
  feeder.join();
  return ended;
}

Ended run_agent(const Start& start) {
  const char* binary = std::getenv("AGENT_BINARY");
  if (binary == nullptr) {
    ADD_FAILURE() << "AGENT_BINARY is not set: run this test by ctest";
    return {};
  }
  return run_program(binary, start);
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "agent-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "mkdtemp: " << std::strerror(errno);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // a left-over folder is no reason to fail a test
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, std::string_view content) const {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

}  // namespace agent::test
