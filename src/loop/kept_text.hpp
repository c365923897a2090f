#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How the library keeps a text: in blocks of whole lines, compressed one by one, so that one is read without the rest.

namespace agent::loop {

/// Of a line, so many raw bytes are kept: what is compared, and room for a secret that the limit would cut in two.
inline constexpr std::size_t kept_line_bytes = std::size_t{68} * 1024;

/// Whole lines of a text.
struct TextBlock {
  std::size_t first_line = 1, lines = 0;
  std::size_t raw_bytes = 0;
  bool packed = false;  ///< `bytes` are one zstd frame.
  std::string bytes;

  [[nodiscard]] std::size_t cost() const { return bytes.size() + sizeof(TextBlock); }
  [[nodiscard]] std::size_t behind() const { return first_line + lines; }
};
using BlockPtr = std::shared_ptr<const TextBlock>;

/// A block's lines, cleaned for display.
class BlockLines {
 public:
  explicit BlockLines(const TextBlock& block);

  [[nodiscard]] std::size_t first_line() const { return first_line_; }
  [[nodiscard]] std::size_t behind() const { return first_line_ + starts_.size(); }
  [[nodiscard]] std::string_view line(std::size_t number) const;  ///< One of first_line() to behind() - 1.
  [[nodiscard]] std::size_t line_at(std::size_t offset) const;    ///< The line around a byte of text().
  [[nodiscard]] std::size_t start(std::size_t number) const { return starts_[number - first_line_]; }
  [[nodiscard]] const std::string& text() const { return text_; }  ///< Each line with a '\n'.

 private:
  void add_clean(std::string_view line);

  std::size_t first_line_;
  std::string text_;
  std::vector<std::size_t> starts_;
};
using LinesPtr = std::shared_ptr<const BlockLines>;

/// The blocks that were read last, so that reading on does not unpack again. Any threads.
class BlockCache {
 public:
  [[nodiscard]] LinesPtr lines(const BlockPtr& block);

 private:
  std::mutex guard_;
  std::list<std::pair<BlockPtr, LinesPtr>> recent_;
};

/// Cuts bytes, in any chunking, into blocks of about 256 KiB and gives them on, the last one at finish(). Holds one
/// block. Of a line that is longer than a block only the beginning is kept.
class BlockCutter {
 public:
  using Take = std::function<void(BlockPtr)>;
  explicit BlockCutter(Take take);
  ~BlockCutter();
  BlockCutter(const BlockCutter&) = delete;
  BlockCutter& operator=(const BlockCutter&) = delete;

  void feed(std::string_view bytes);
  void finish();
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void seal(std::string_view raw, std::size_t lines);
  void cut();
  [[nodiscard]] std::string_view behind_long_line(std::string_view bytes);

  struct Packer;
  Take take_;
  std::unique_ptr<Packer> packer_;
  std::string open_;
  std::size_t next_line_ = 1;
  std::uint64_t bytes_ = 0;
  bool skipping_ = false;  // Inside a line whose beginning is all that is kept.
};

/// One text: all of its blocks, or those of its head and of its tail. One thread at a time.
class KeptText {
 public:
  void add(BlockPtr block);
  std::size_t drop();  ///< Gives up a block between head and tail; returns what that freed; 0: nothing is left.

  [[nodiscard]] std::size_t cost() const { return cost_; }
  [[nodiscard]] std::size_t lines() const { return lines_; }
  [[nodiscard]] std::size_t head_lines() const;  ///< So many lines are kept from the first on.
  [[nodiscard]] std::size_t kept_from() const;   ///< From this line on the tail is kept; 1: nothing is missing.
  [[nodiscard]] const std::deque<BlockPtr>& blocks() const { return blocks_; }

  std::uint64_t bytes = 0;  ///< Of the whole text.

 private:
  [[nodiscard]] std::size_t end_of_head() const;

  std::deque<BlockPtr> blocks_;
  std::size_t tail_ = 0;  // Index of the first block behind what is missing.
  bool has_gap_ = false;
  std::size_t cost_ = 0, lines_ = 0;
};

}  // namespace agent::loop
