#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace agent::kube {

/// A test with a folder of its own.
class InTemporaryFolder : public testing::Test {
 protected:
  InTemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kube-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) root_ = pattern;
  }
  ~InTemporaryFolder() override {
    if (!root_.empty()) std::filesystem::remove_all(root_);
  }

  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(root_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(std::filesystem::path(root_) / name).rdbuf();
    return text.str();
  }

  std::string root_;
};

}  // namespace agent::kube
