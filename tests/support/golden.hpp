#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace agent::test {

/// A file of the source tree, by its path from the root.
inline std::filesystem::path source_path(const std::string& path) {
  const char* root = std::getenv("AGENT_SOURCE_DIR");
  return std::filesystem::path(root != nullptr ? root : ".") / path;
}

inline std::string read_source_file(const std::string& path) {
  std::ifstream file(source_path(path), std::ios::binary);
  EXPECT_TRUE(file) << "cannot open " << source_path(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Expects `actual` to be what the file holds. With AGENT_UPDATE_GOLDEN=1 the file is rewritten instead, and a test
/// whose file had to change fails once, so that nobody takes an update for a pass.
inline void expect_golden(const std::string& path, const std::string& actual) {
  if (std::getenv("AGENT_UPDATE_GOLDEN") == nullptr) {
    EXPECT_EQ(actual, read_source_file(path)) << "if this is wanted: AGENT_UPDATE_GOLDEN=1, then read the difference";
    return;
  }
  std::ifstream file(source_path(path), std::ios::binary);
  const std::string before{std::istreambuf_iterator<char>(file), {}};
  std::ofstream(source_path(path), std::ios::binary) << actual;
  EXPECT_EQ(actual, before) << path << " was rewritten";
}

}  // namespace agent::test
