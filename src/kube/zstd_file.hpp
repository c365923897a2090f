#pragma once

#include "base/descriptor.hpp"
#include "base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace agent::kube {

/// Writes one zstd frame to a descriptor. Memory: about 1 MiB.
class ZstdFile {
 public:
  explicit ZstdFile(Descriptor file);
  ~ZstdFile();
  ZstdFile(ZstdFile&&) noexcept;
  ZstdFile& operator=(ZstdFile&&) noexcept;

  [[nodiscard]] Result<void> write(std::string_view bytes);  ///< Errors: `delivery_failed`.
  [[nodiscard]] Result<void> finish();                       ///< Ends the frame; errors: the same.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::kube
