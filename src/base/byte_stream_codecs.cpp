#include "base/byte_stream_codecs.hpp"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace agent {
namespace {

constexpr std::size_t output_bytes = std::size_t{256} * 1024;
constexpr int zstd_window_log = 27;  // 128 MiB, the zstd tool's own limit

/// What one call of a codec did.
struct Step {
  std::size_t taken = 0, given = 0;
  enum class After {
    inside,    ///< A member goes on.
    between,   ///< A member is whole; another may follow.
    trailing,  ///< What follows is no member, and is to be ignored.
    damaged,
    window_too_large,
  } after = After::inside;
};

class Codec {
 public:
  virtual ~Codec() = default;
  [[nodiscard]] virtual Step step(std::string_view input, std::span<char> output) = 0;
};

class Gzip final : public Codec {
 public:
  Gzip() {
    [[maybe_unused]] const int status = inflateInit2(&state_, gzip_header | MAX_WBITS);
    assert(status == Z_OK);  // otherwise out of memory, or another zlib than was compiled with
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&state_); }

  Step step(std::string_view input, std::span<char> output) override {
    input = input.substr(0, std::numeric_limits<uInt>::max());
    // zlib's input is not const for historical reasons; it does not write there.
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    state_.avail_in = static_cast<uInt>(input.size());
    state_.next_out = reinterpret_cast<Bytef*>(output.data());
    state_.avail_out = static_cast<uInt>(output.size());
    const int status = inflate(&state_, Z_NO_FLUSH);
    return {input.size() - state_.avail_in, output.size() - state_.avail_out, after(status)};
  }

 private:
  static constexpr int gzip_header = 16;  // inflateInit2: "add 16 to decode only the gzip format"
  static constexpr uLong magic_bytes = 2;

  Step::After after(int status) {
    if (status == Z_STREAM_END) {
      inflateReset(&state_);
      later_member_ = true;
      return Step::After::between;
    }
    const bool in_magic = later_member_ && state_.total_in <= magic_bytes;
    if (status == Z_OK || status == Z_BUF_ERROR) {  // the latter: no progress without more input or room
      return later_member_ && state_.total_in < magic_bytes ? Step::After::between : Step::After::inside;
    }
    return in_magic ? Step::After::trailing : Step::After::damaged;
  }

  z_stream state_{};
  bool later_member_ = false;
};

class Zstd final : public Codec {
 public:
  Zstd() { ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, zstd_window_log); }

  Step step(std::string_view input, std::span<char> output) override {
    if (input.empty() && between_) return {.after = Step::After::between};  // zstd would ask for the next frame
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const std::size_t status = ZSTD_decompressStream(context_.get(), &out, &in);
    between_ = status == 0;
    return {in.pos, out.pos, after(status)};
  }

 private:
  static Step::After after(std::size_t status) {
    if (status == 0) return Step::After::between;
    if (!ZSTD_isError(status)) return Step::After::inside;
    return ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge ? Step::After::window_too_large
                                                                                 : Step::After::damaged;
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
  bool between_ = false;
};

/// Pulls packed bytes through a codec; says what is wrong with them.
class Unpacked final : public ByteStream {
 public:
  Unpacked(std::unique_ptr<ByteStream> packed, std::unique_ptr<Codec> codec, std::string name, std::string format)
      : packed_(std::move(packed)), codec_(std::move(codec)), name_(std::move(name)), format_(std::move(format)) {}

  Result<std::string_view> read() override {
    while (!end_) {
      if (input_.empty() && !output_was_full_) {
        auto next = packed_->read();
        if (!next) return next;
        if (next->empty()) return end_.emplace(at_end_of_input());
        input_ = *next;
      }
      if (const std::string_view piece = step(); !piece.empty()) return piece;
    }
    return *end_;
  }

 private:
  std::string_view step() {
    const Step step = codec_->step(input_, {output_.get(), output_bytes});
    input_.remove_prefix(step.taken);
    offset_ += step.taken;
    output_was_full_ = step.given == output_bytes;
    after_ = step.after;
    if (after_ == Step::After::trailing) end_ = std::string_view{};
    if (after_ == Step::After::damaged) end_ = damaged();
    if (after_ == Step::After::window_too_large) end_ = window_too_large();
    return {output_.get(), step.given};
  }

  Result<std::string_view> at_end_of_input() const {
    if (after_ == Step::After::between) return std::string_view{};
    return fail(ErrorKind::unreadable, "'" + name_ + "' ends in the middle of its " + format_ + " data", where(),
                "fetch it again: it was cut off when it was written or copied");
  }

  Result<std::string_view> damaged() const {
    return fail(ErrorKind::unreadable, "the " + format_ + " data of '" + name_ + "' is damaged", where(),
                "fetch it again; '" + format_ + " -t' tells whether it is whole");
  }

  Result<std::string_view> window_too_large() const {
    return fail(ErrorKind::unreadable, "'" + name_ + "' needs more than 128 MiB to decompress", where(),
                "decompress it first: zstd -dc --long=31 FILE | agent analyze --log -");
  }

  std::string where() const { return "byte " + std::to_string(offset_) + " of the " + format_ + " data"; }

  std::unique_ptr<ByteStream> packed_;
  std::unique_ptr<Codec> codec_;
  std::string name_, format_;
  std::unique_ptr<char[]> output_ = std::make_unique_for_overwrite<char[]>(output_bytes);
  std::string_view input_;
  std::uint64_t offset_ = 0;
  bool output_was_full_ = false;
  Step::After after_ = Step::After::inside;
  std::optional<Result<std::string_view>> end_;
};

}  // namespace

std::unique_ptr<ByteStream> unpack_gzip(std::unique_ptr<ByteStream> packed, std::string name) {
  return std::make_unique<Unpacked>(std::move(packed), std::make_unique<Gzip>(), std::move(name), "gzip");
}

std::unique_ptr<ByteStream> unpack_zstd(std::unique_ptr<ByteStream> packed, std::string name) {
  return std::make_unique<Unpacked>(std::move(packed), std::make_unique<Zstd>(), std::move(name), "zstd");
}

}  // namespace agent
