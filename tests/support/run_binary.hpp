#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::test {

using Variables = std::map<std::string, std::string>;

/// How a program is started.
struct Start {
  std::vector<std::string> arguments;
  Variables environment;  ///< All that it sees; nothing is inherited.
  std::string input;      ///< Its standard input; empty: /dev/null.
  std::string directory;  ///< Its working directory; empty: ours.
  int seconds = 60;       ///< Then it is killed, and the test fails.
};

/// What it left behind.
struct Ended {
  std::string out, err;
  int exit_code = -1;  ///< 128 + signal when a signal ended it.
};

/// Runs the `agent` under test ($AGENT_BINARY) and waits for its end.
[[nodiscard]] Ended run_agent(const Start& start);

/// The same for any program; `program` is a path, or is found by our PATH.
[[nodiscard]] Ended run_program(const std::string& program, const Start& start);

/// A folder that is gone at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes a file, and the folders above it; gives its path.
  std::string write(const std::string& name, std::string_view content) const;

 private:
  std::string path_;
};

}  // namespace agent::test
