#pragma once

#include "base/report.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agent::sinks {

/// Where in a repository's files something is wrong.
struct CodePlace {
  std::string path;        ///< Relative to the checkout, with '/'; never leaves it.
  std::size_t line = 0;    ///< Counted from 1; 0: not known.
  std::size_t column = 0;  ///< The same.
};

/// The file and line that `finding`'s headline or cited lines name: "src/a.cpp:12:5: error", "--> src/main.rs:4:5",
/// "(Foo.java:12)", 'File "a.py", line 3'. Absolute paths count below `checkout` ("/home/runner/work/x/x") only. None
/// when none is named.
[[nodiscard]] std::optional<CodePlace> code_place(const Finding& finding, std::string_view checkout = {});

}  // namespace agent::sinks
