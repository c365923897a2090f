#include "cli/run.hpp"

#include "base/version.hpp"

#include <CLI/CLI.hpp>

namespace agent::cli {

int run(int argc, char** argv) {
  CLI::App app{"Explains why a pipeline failed."};
  app.set_version_flag("--version", "agent " + std::string(version));
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace agent::cli
