#pragma once

#include "base/byte_stream.hpp"
#include "base/error.hpp"

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace agent::cli {

/// A log that is to be read.
struct LogInput {
  std::string name;    ///< While it is read: a path, or "job build". Clean, without secrets, as all of these.
  std::string what;    ///< Where it can't be: "log build.log".
  std::string source;  ///< Source id: "log/build.log".
  std::function<Result<std::unique_ptr<ByteStream>>(const std::stop_token& stop)> open;
};

}  // namespace agent::cli
