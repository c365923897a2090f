#include "kube/zstd_file.hpp"

#include <unistd.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace agent::kube {

struct ZstdFile::State {
  Descriptor file;
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> codec{ZSTD_createCCtx(), &ZSTD_freeCCtx};
  std::array<char, 65536> packed{};

  Result<void> put(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t size = ::write(file.get(), bytes.data(), bytes.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0)
        return fail(ErrorKind::delivery_failed, "cannot write a log of the snapshot",
                    std::string("write: ") + std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return {};
  }

  Result<void> pack(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer out{packed.data(), packed.size(), 0};
      const std::size_t left = ZSTD_compressStream2(codec.get(), &out, &in, directive);
      if (ZSTD_isError(left) != 0)
        return fail(ErrorKind::delivery_failed, "cannot compress a log of the snapshot", ZSTD_getErrorName(left));
      TRY(put({packed.data(), out.pos}));
      const bool is_done = directive == ZSTD_e_end ? left == 0 : in.pos == in.size;
      if (is_done) return {};
    }
  }
};

ZstdFile::ZstdFile(Descriptor file) : state_(std::make_unique<State>()) { state_->file = std::move(file); }
ZstdFile::~ZstdFile() = default;
ZstdFile::ZstdFile(ZstdFile&&) noexcept = default;
ZstdFile& ZstdFile::operator=(ZstdFile&&) noexcept = default;

Result<void> ZstdFile::write(std::string_view bytes) { return state_->pack(bytes, ZSTD_e_continue); }
Result<void> ZstdFile::finish() { return state_->pack({}, ZSTD_e_end); }

}  // namespace agent::kube
