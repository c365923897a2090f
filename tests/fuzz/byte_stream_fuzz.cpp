#include "base/byte_stream.hpp"
#include "base/descriptor.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

constexpr std::size_t enough = std::size_t{4} << 20;  // of what a few bytes may unpack to

/// All that comes before the end, an error or `enough`; both must stay when asked again.
std::string drain(int fd) {
  std::string text;
  auto stream = agent::open_log_fd(fd, "fuzz");
  while (stream && text.size() < enough) {
    const auto piece = (*stream)->read();
    if (!piece || piece->empty()) {
      const auto again = (*stream)->read();
      if (again.has_value() != piece.has_value() || (again && !again->empty())) std::abort();
      return piece ? text : "";
    }
    text += *piece;
  }
  return "";
}

}  // namespace

/// Any bytes end in an end or an error, and a pipe gives what a file gives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const agent::Descriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  std::array<int, 2> ends{};
  if (!file || ::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  const agent::Descriptor source(ends[0]);
  agent::Descriptor sink(ends[1]);
  if (size > 65536) return 0;  // what a pipe holds without a reader
  if (::write(file.get(), data, size) < 0 || ::write(sink.get(), data, size) < 0) std::abort();
  ::lseek(file.get(), 0, SEEK_SET);
  sink.close();
  if (drain(file.get()) != drain(source.get())) std::abort();
  return 0;
}
