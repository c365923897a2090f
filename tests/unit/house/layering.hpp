#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace agent::house {

/// What is wrong with the layers of the source tree at `src`: one line each, "FILE:LINE: WHAT"; empty: nothing.
///
/// Checked: each room's USES (its CMakeLists.txt) against the arrows this house allows; each include against USES;
/// rooms whose concrete types are for some files only; words that are kept to one room or to none (coroutines,
/// <regex>, the C library's resolver, shells, std::cout); sources that no list names.
[[nodiscard]] std::vector<std::string> layering_violations(const std::filesystem::path& src);

}  // namespace agent::house
