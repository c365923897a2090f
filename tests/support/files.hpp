#pragma once

#include "support/golden.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace agent::test {

/// The files in a folder of the source tree that end in `extension`, as paths from the root, by name.
inline std::vector<std::string> files_in(const std::string& folder, const std::string& extension) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path(folder)))
    if (entry.path().extension() == extension) files.push_back(folder + "/" + entry.path().filename().string());
  std::ranges::sort(files);
  return files;
}

}  // namespace agent::test
