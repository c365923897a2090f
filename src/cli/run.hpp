#pragma once

namespace agent::cli {

/// The whole program: reads the command line, runs the subcommand, prints the one error. The process's exit code.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace agent::cli
