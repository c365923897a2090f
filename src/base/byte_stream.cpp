#include "base/byte_stream.hpp"

#include "base/byte_stream_codecs.hpp"
#include "base/descriptor.hpp"
#include "base/read_ahead.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace agent {
namespace {

// Least CPU time a gigabyte of those measured from 64 KiB to 4 MiB (src/base/README.md).
constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;

std::string in_quotes(std::string_view name) { return "'" + std::string(name) + "'"; }

std::string system_error(std::string_view call, int code) { return std::string(call) + ": " + std::strerror(code); }

std::unexpected<Error> cannot_read(const std::string& name, int code, const std::string& offset = "byte 0") {
  return fail(ErrorKind::unreadable, "cannot read " + in_quotes(name), system_error("read", code) + ", " + offset,
              code == EBADF ? "give standard input something to read, or name a file" : "");
}

/// A descriptor that becomes readable when a stop is requested.
class StopSignal {
 public:
  explicit StopSignal(std::stop_token stop)
      : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(std::move(stop), Raise{event_.get()}) {}

  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  struct Raise {
    int fd;
    void operator()() const { static_cast<void>(::eventfd_write(fd, 1)); }
  };
  Descriptor event_;
  std::stop_callback<Raise> callback_;
};

/// The bytes of a descriptor, as they are.
class PlainBytes final : public ByteStream {
 public:
  PlainBytes(int fd, Descriptor owned, std::string name) : fd_(fd), owned_(std::move(owned)), name_(std::move(name)) {}

  /// Waits for bytes by poll(2) from now on, so that `stop` can end the wait. For what is not a regular file.
  void wait_until(std::stop_token stop) { stop_.emplace(std::move(stop)); }

  Result<std::string_view> read() override {
    if (held_ > 0) return std::string_view(buffer_.get(), std::exchange(held_, 0));
    const std::size_t size = TRY(fill(0));
    return std::string_view(buffer_.get(), size);
  }

  /// The first bytes without taking them: as many as `enough` wants to see, or all there are.
  Result<std::string_view> peek(bool (*enough)(std::string_view)) {
    while (held_ < buffer_bytes && !enough({buffer_.get(), held_})) {
      const std::size_t size = TRY(fill(held_));
      if (size == 0) break;
      held_ += size;
    }
    return std::string_view(buffer_.get(), held_);
  }

 private:
  Result<std::size_t> fill(std::size_t from) {
    while (!end_) {
      if (stop_ && TRY(stopped())) break;
      const ssize_t size = ::read(fd_, buffer_.get() + from, buffer_bytes - from);
      if (size > 0) {
        offset_ += static_cast<std::uint64_t>(size);
        return static_cast<std::size_t>(size);
      }
      if (size == 0) end_ = std::size_t{0};
      if (size < 0 && errno != EINTR && errno != EAGAIN) end_ = cannot_read(name_, errno, offset());
    }
    return *end_;
  }

  /// Waits until there are bytes, an end or a stop.
  Result<bool> stopped() {
    std::array<pollfd, 2> waits{pollfd{fd_, POLLIN, 0}, pollfd{stop_->fd(), POLLIN, 0}};
    while (::poll(waits.data(), waits.size(), -1) < 0 && errno == EINTR) {
    }
    if (waits[1].revents == 0) return false;
    end_ = fail(ErrorKind::interrupted, "stopped while reading " + in_quotes(name_), offset());
    return true;
  }

  std::string offset() const { return "byte " + std::to_string(offset_); }

  int fd_;
  Descriptor owned_;
  std::string name_;
  std::optional<StopSignal> stop_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(buffer_bytes);
  std::size_t held_ = 0;  ///< Peeked at and not yet taken.
  std::uint64_t offset_ = 0;
  std::optional<Result<std::size_t>> end_;
};

struct Format {
  std::string_view magic;
  std::unique_ptr<ByteStream> (*unpack)(std::unique_ptr<ByteStream>, std::string) = nullptr;
  std::string_view tool;  ///< What unpacks it to standard output, where we don't.
};

using namespace std::string_view_literals;

// RFC 1952, 2.3.1; RFC 8878, 3.1.1 and (skippable, as pzstd begins) 3.1.2; the xz, bzip2 and ZIP specifications.
constexpr std::array formats{
    Format{"\x1f\x8b"sv, unpack_gzip, {}},         Format{"\x28\xb5\x2f\xfd"sv, unpack_zstd, {}},
    Format{"\x50\x2a\x4d\x18"sv, unpack_zstd, {}}, Format{"\xfd\x37zXZ\0"sv, nullptr, "xz -dc"},
    Format{"BZh91AY&SY"sv, nullptr, "bzip2 -dc"},  Format{"PK\x03\x04"sv, nullptr, "unzip -p"},
};

const Format* format_of(std::string_view head) {
  const auto found =
      std::ranges::find_if(formats, [&](const Format& format) { return head.starts_with(format.magic); });
  return found == formats.end() ? nullptr : &*found;
}

/// No further byte can change the answer of format_of(): a slow pipe's first line is not held back.
bool tells_format(std::string_view head) {
  return format_of(head) != nullptr ||
         std::ranges::none_of(formats, [&](const Format& format) { return format.magic.starts_with(head); });
}

std::unexpected<Error> folder(const std::string& name) {
  return fail(ErrorKind::unreadable, in_quotes(name) + " is a folder", "", "name a log file in it");
}

Result<std::unique_ptr<ByteStream>> open_stream(int fd, Descriptor owned, std::string name, std::stop_token stop) {
  struct stat about{};
  if (::fstat(fd, &about) != 0) return cannot_read(name, errno);
  if (S_ISDIR(about.st_mode)) return folder(name);
  auto plain = std::make_unique<PlainBytes>(fd, std::move(owned), name);
  if (S_ISREG(about.st_mode)) {
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  } else {
    plain->wait_until(std::move(stop));
  }
  const Format* format = format_of(TRY(plain->peek(tells_format)));
  if (format == nullptr) return plain;
  if (format->unpack != nullptr) return read_ahead(format->unpack(std::move(plain), std::move(name)));
  return fail(ErrorKind::unreadable, in_quotes(name) + " is an archive of a kind that is not read here", "",
              "unpack it: " + std::string(format->tool) + " FILE | agent analyze --log -");
}

/// The name in the folder of `path` that is nearest to it; empty when none is near.
std::string nearest_file(const std::filesystem::path& path) {
  constexpr std::size_t max_names = 10'000;
  std::vector<std::string> names;
  std::error_code error;
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  for (auto entry = std::filesystem::directory_iterator(parent, error);
       !error && entry != std::filesystem::directory_iterator() && names.size() < max_names; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string wrong = path.filename().string();
  const auto name = nearest(wrong, known);
  return name.empty() ? std::string() : path.has_parent_path() ? (parent / name).string() : std::string(name);
}

std::unexpected<Error> cannot_open(const std::string& path, int code) {
  if (code == ENOENT || code == ENOTDIR) {
    const std::string near = nearest_file(path);
    return fail(ErrorKind::target_not_found, "there is no file " + in_quotes(path), system_error("open", code),
                near.empty() ? "check the path" : "did you mean " + in_quotes(near) + "?");
  }
  return fail(ErrorKind::unreadable, "cannot open " + in_quotes(path), system_error("open", code),
              code == EACCES ? "give this user the right to read it" : "");
}

}  // namespace

Result<std::unique_ptr<ByteStream>> open_log(const std::string& path, std::stop_token stop) {
  if (path == "-") return open_log_fd(STDIN_FILENO, "standard input", std::move(stop));
  // Not blocking: to open a FIFO without a writer would wait where no stop is seen; read() waits by poll(2).
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) return cannot_open(path, errno);
  const int fd = file.get();
  return open_stream(fd, std::move(file), path, std::move(stop));
}

Result<std::unique_ptr<ByteStream>> open_log_fd(int fd, std::string name, std::stop_token stop) {
  return open_stream(fd, {}, std::move(name), std::move(stop));
}

}  // namespace agent
