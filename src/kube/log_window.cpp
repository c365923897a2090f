#include "kube/log_window.hpp"

#include <algorithm>
#include <limits>

namespace agent::kube {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

/// A stream without its first lines, up to a number of bytes.
class Window final : public ByteStream {
 public:
  Window(std::unique_ptr<ByteStream> whole, std::uint64_t lines_to_skip, std::uint64_t bytes)
      : whole_(std::move(whole)), lines_to_skip_(lines_to_skip), bytes_(bytes) {}

  Result<std::string_view> read() override {
    while (bytes_ > 0) {
      std::string_view piece = TRY(whole_->read());
      if (piece.empty()) break;
      skip_lines(piece);
      piece = piece.substr(0, std::min<std::uint64_t>(piece.size(), bytes_));
      if (piece.empty()) continue;
      if (bytes_ != no_limit) bytes_ -= piece.size();
      return piece;
    }
    return std::string_view();
  }

 private:
  void skip_lines(std::string_view& piece) {
    while (lines_to_skip_ > 0 && !piece.empty()) {
      const auto end = piece.find('\n');
      if (end != std::string_view::npos) --lines_to_skip_;
      piece.remove_prefix(end == std::string_view::npos ? piece.size() : end + 1);
    }
  }

  std::unique_ptr<ByteStream> whole_;
  std::uint64_t lines_to_skip_;
  std::uint64_t bytes_;
};

Result<std::uint64_t> count_lines(ByteStream& stream) {
  std::uint64_t lines = 0;
  bool is_open = false;
  while (true) {
    const std::string_view piece = TRY(stream.read());
    if (piece.empty()) return lines + (is_open ? 1 : 0);
    lines += static_cast<std::uint64_t>(std::ranges::count(piece, '\n'));
    is_open = piece.back() != '\n';
  }
}

}  // namespace

Result<std::unique_ptr<ByteStream>> open_window(const std::string& path, const LogOptions& options,
                                                const std::stop_token& stop) {
  std::uint64_t lines_to_skip = 0;
  if (options.tail_lines && *options.tail_lines >= 0) {
    const auto tail = static_cast<std::uint64_t>(*options.tail_lines);
    const auto whole = TRY(open_log(path, stop));
    const std::uint64_t lines = TRY(count_lines(*whole));
    lines_to_skip = lines > tail ? lines - tail : 0;
  }
  const bool limited = options.limit_bytes && *options.limit_bytes >= 0;
  const std::uint64_t bytes = limited ? static_cast<std::uint64_t>(*options.limit_bytes) : no_limit;
  auto whole = TRY(open_log(path, stop));
  return std::unique_ptr<ByteStream>(std::make_unique<Window>(std::move(whole), lines_to_skip, bytes));
}

}  // namespace agent::kube
