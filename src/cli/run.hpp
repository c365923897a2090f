#pragma once

#include "base/error.hpp"

#include <functional>

namespace agent::cli {

/// The whole program: reads the command line, runs the subcommand, prints the one error. The process's exit code.
[[nodiscard]] int run(int argc, char** argv);

/// What `action` gives; an exception that it lets escape is a `bug`, by its what().
[[nodiscard]] Result<int> caught(const std::function<Result<int>()>& action);

}  // namespace agent::cli
