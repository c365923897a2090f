#include "tools/spool.hpp"

#include "base/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <vector>

namespace agent::tools {
namespace {

constexpr std::string_view prefix = "tool/";

Result<std::string> pack(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) != 0)
    return fail(ErrorKind::delivery_failed, "cannot compress a tool's result", ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

Result<std::string> unpack(std::string_view packed, std::size_t size, std::string_view reference) {
  std::string text(size, '\0');
  const std::size_t got = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size)
    return fail(ErrorKind::unreadable, "a kept result is damaged", std::string(reference));
  return text;
}

Error os_error(const char* call) {
  return {ErrorKind::delivery_failed, "cannot keep a tool's result", std::string(call) + ": " + std::strerror(errno),
          ""};
}

/// Where packed bytes are.
class Place {
 public:
  virtual ~Place() = default;
  [[nodiscard]] virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;
  [[nodiscard]] virtual Result<std::string> read(std::uint64_t offset, std::size_t size) = 0;
};

class Memory final : public Place {
 public:
  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    bytes_.replace(offset, std::string::npos, bytes);
    return {};
  }
  Result<std::string> read(std::uint64_t offset, std::size_t size) override { return bytes_.substr(offset, size); }

 private:
  std::string bytes_;
};

class File final : public Place {
 public:
  explicit File(Descriptor file) : file_(std::move(file)) {}

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t size = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return std::unexpected(os_error("write"));
      bytes.remove_prefix(static_cast<std::size_t>(size));
      offset += static_cast<std::uint64_t>(size);
    }
    return {};
  }

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::pread(file_.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return fail(ErrorKind::unreadable, "cannot read a kept result", std::strerror(errno));
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }

 private:
  Descriptor file_;
};

class PackedSpool final : public Spool {
 public:
  PackedSpool(std::unique_ptr<Place> place, std::uint64_t limit_bytes)
      : place_(std::move(place)), limit_(limit_bytes) {}

  Result<std::string> keep(std::string_view text) override {
    const std::string packed = TRY(pack(text));
    const std::lock_guard lock(guard_);
    if (packed.size() > limit_ - used_)
      return fail(ErrorKind::delivery_failed, "no room for a tool's result",
                  std::to_string(limit_) + " bytes are used");
    TRY(place_->write(used_, packed));
    entries_.push_back({used_, packed.size(), text.size()});
    used_ += packed.size();
    return std::string(prefix) + std::to_string(entries_.size());
  }

  Result<std::string> read(std::string_view reference) override {
    std::size_t number = 0;
    if (reference.starts_with(prefix)) {
      const std::string_view digits = reference.substr(prefix.size());
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (error != std::errc() || end != digits.data() + digits.size()) number = 0;
    }
    const std::lock_guard lock(guard_);
    if (number == 0 || number > entries_.size())
      return fail(ErrorKind::target_not_found, "nothing was kept under this name", std::string(reference));
    const Entry& entry = entries_[number - 1];
    return unpack(TRY(place_->read(entry.offset, entry.packed)), entry.size, reference);
  }

 private:
  struct Entry {
    std::uint64_t offset = 0;
    std::size_t packed = 0, size = 0;
  };

  std::mutex guard_;
  std::unique_ptr<Place> place_;
  std::uint64_t limit_, used_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace

std::unique_ptr<Spool> memory_spool(std::uint64_t limit_bytes) {
  return std::make_unique<PackedSpool>(std::make_unique<Memory>(), limit_bytes);
}

Result<std::unique_ptr<Spool>> file_spool(const std::string& folder, std::uint64_t limit_bytes) {
  std::string path = folder + "/agent-spool-XXXXXX";
  Descriptor file(::mkostemp(path.data(), O_CLOEXEC));  // 0600
  if (!file) return std::unexpected(os_error("mkostemp"));
  if (::unlink(path.c_str()) != 0) return std::unexpected(os_error("unlink"));
  return std::make_unique<PackedSpool>(std::make_unique<File>(std::move(file)), limit_bytes);
}

}  // namespace agent::tools
