#include "loop/kept_text.hpp"

#include "base/text.hpp"

#include <zstd.h>

#include <algorithm>

namespace agent::loop {
namespace {

constexpr std::size_t block_bytes = std::size_t{256} * 1024;
constexpr std::size_t plain_bytes = std::size_t{16} * 1024;  ///< Smaller ones are not worth packing.
constexpr std::size_t cached_blocks = 4;
constexpr int fastest_level = 1;

std::string unpacked(const TextBlock& block) {
  if (!block.packed) return block.bytes;
  std::string raw(block.raw_bytes, '\0');
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), block.bytes.data(), block.bytes.size());
  raw.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return raw;
}

/// True when each line of `raw` is as it is shown: printable ASCII.
bool is_plain(std::string_view raw) {
  unsigned odd = 0;
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    odd |= static_cast<unsigned>(static_cast<unsigned char>(byte - 0x20) > 0x5E) &
           static_cast<unsigned>(byte != '\t' && byte != '\n');
  }
  return odd == 0;
}

std::string_view without_end_blanks(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

}  // namespace

BlockLines::BlockLines(const TextBlock& block) : first_line_(block.first_line) {
  std::string raw = unpacked(block);
  const bool plain = is_plain(raw);
  starts_.reserve(block.lines);
  if (!plain) text_.reserve(raw.size() + 1);
  for (std::size_t begin = 0, i = 0; i < block.lines; ++i) {
    const std::size_t end = std::min(raw.find('\n', std::min(begin, raw.size())), raw.size());
    starts_.push_back(plain ? begin : text_.size());
    if (!plain) add_clean(std::string_view(raw).substr(begin, end - begin));
    begin = std::min(end + 1, raw.size() + 1);
  }
  if (!plain) return;
  if (!raw.ends_with('\n')) raw += '\n';
  text_ = std::move(raw);
}

void BlockLines::add_clean(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (is_plain(line))
    text_ += line;
  else
    text_ += clean_line(line);
  text_ += '\n';
}

std::string_view BlockLines::line(std::size_t number) const {
  const std::size_t begin = start(number);
  const std::size_t end = number + 1 < behind() ? start(number + 1) : text_.size() + (text_.empty() ? 1 : 0);
  return without_end_blanks(std::string_view(text_).substr(begin, end - 1 - begin));
}

std::size_t BlockLines::line_at(std::size_t offset) const {
  const auto next = std::ranges::upper_bound(starts_, offset);
  return first_line_ + static_cast<std::size_t>(next - starts_.begin()) - 1;
}

LinesPtr BlockCache::lines(const BlockPtr& block) {
  {
    const std::lock_guard lock(guard_);
    const auto found = std::ranges::find(recent_, block, &std::pair<BlockPtr, LinesPtr>::first);
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return recent_.front().second;
    }
  }
  auto opened = std::make_shared<const BlockLines>(*block);
  const std::lock_guard lock(guard_);
  recent_.emplace_front(block, opened);
  if (recent_.size() > cached_blocks) recent_.pop_back();
  return opened;
}

struct BlockCutter::Packer {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(), &ZSTD_freeCCtx};
  std::string packed;

  /// The frame; empty where it would not be smaller.
  std::string pack(std::string_view raw) {
    packed.resize(ZSTD_compressBound(raw.size()));
    const std::size_t size =
        ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), raw.data(), raw.size(), fastest_level);
    return ZSTD_isError(size) != 0 || size >= raw.size() ? std::string() : packed.substr(0, size);
  }
};

BlockCutter::BlockCutter(Take take) : take_(std::move(take)) {}
BlockCutter::~BlockCutter() = default;

void BlockCutter::seal(std::string_view raw, std::size_t lines) {
  TextBlock block{.first_line = next_line_, .lines = lines, .raw_bytes = raw.size(), .packed = false, .bytes = {}};
  if (raw.size() >= plain_bytes) {
    if (!packer_) packer_ = std::make_unique<Packer>();
    block.bytes = packer_->pack(raw);
    block.packed = !block.bytes.empty();
  }
  if (!block.packed) block.bytes = raw;
  next_line_ += lines;
  take_(std::make_shared<const TextBlock>(std::move(block)));
}

/// Seals the whole lines of a full block; a line that fills it alone is cut.
void BlockCutter::cut() {
  const std::size_t end = open_.rfind('\n');
  if (end == std::string::npos) {
    open_.resize(kept_line_bytes);
    skipping_ = true;
    return;
  }
  const std::string_view whole = std::string_view(open_).substr(0, end + 1);
  seal(whole, static_cast<std::size_t>(std::ranges::count(whole, '\n')));
  open_.erase(0, end + 1);
}

/// What follows a long line, its '\n' first; empty while it goes on.
std::string_view BlockCutter::behind_long_line(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return {};
  skipping_ = false;
  return bytes.substr(end);
}

void BlockCutter::feed(std::string_view bytes) {
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    if (skipping_) bytes = behind_long_line(bytes);
    const std::string_view piece = bytes.substr(0, block_bytes - open_.size());
    open_ += piece;
    bytes.remove_prefix(piece.size());
    if (open_.size() >= block_bytes) cut();
  }
}

void BlockCutter::finish() {
  const auto lines = static_cast<std::size_t>(std::ranges::count(open_, '\n'));
  const bool is_open = !open_.empty() && open_.back() != '\n';
  if (!open_.empty()) seal(open_, lines + (is_open ? 1 : 0));
  open_ = {};
  packer_.reset();
}

void KeptText::add(BlockPtr block) {
  cost_ += block->cost();
  lines_ = block->behind() - 1;
  blocks_.push_back(std::move(block));
}

/// A quarter for the head: what failed is told at the end more often than at the beginning.
std::size_t KeptText::end_of_head() const {
  std::size_t index = 0;
  for (std::size_t sum = 0; index + 1 < blocks_.size(); ++index) {
    sum += blocks_[index]->cost();
    if (index > 0 && sum > cost_ / 4) break;
  }
  return index;
}

std::size_t KeptText::drop() {
  if (blocks_.empty()) return 0;
  if (!has_gap_) tail_ = end_of_head();
  has_gap_ = true;
  // The newest block stays for as long as there is another one.
  if (tail_ + 1 >= blocks_.size() && tail_ > 0) --tail_;
  const auto dropped = blocks_.begin() + static_cast<std::ptrdiff_t>(tail_);
  const std::size_t freed = (*dropped)->cost();
  blocks_.erase(dropped);
  cost_ -= freed;
  return freed;
}

std::size_t KeptText::head_lines() const {
  if (!has_gap_) return lines_;
  return tail_ == 0 ? 0 : blocks_[tail_ - 1]->behind() - 1;
}

std::size_t KeptText::kept_from() const {
  if (!has_gap_) return 1;
  return tail_ < blocks_.size() ? blocks_[tail_]->first_line : lines_ + 1;
}

}  // namespace agent::loop
