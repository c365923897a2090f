#pragma once

#include "base/descriptor.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace agent {

/// One stream's way from a command to our own output, through a buffer of 256 KiB. Never blocks, so that a slow reader
/// of one stream holds up neither the other nor a signal. Holds either bytes that wait for the destination or none.
class Passage {
 public:
  /// `destination` stays the caller's.
  Passage(Descriptor source, int destination);

  [[nodiscard]] bool is_done() const { return !source_ && pending_.empty(); }
  [[nodiscard]] bool is_waiting() const { return !pending_.empty(); }
  [[nodiscard]] bool is_closed() const { return closed_; }              ///< The destination's reader went away.
  [[nodiscard]] std::optional<int> failure() const { return failed_; }  ///< errno of another failure to write.
  [[nodiscard]] int source() const { return source_.get(); }            ///< -1 once it ended.
  [[nodiscard]] int target() const { return destination_; }

  /// What to poll for; -1 where nothing is.
  [[nodiscard]] int readable() const { return pending_.empty() ? source_.get() : -1; }
  [[nodiscard]] int writable() const { return pending_.empty() ? -1 : destination(); }

  /// The next bytes of the command; empty when there are none now, or no more at all.
  [[nodiscard]] std::string_view pull();

  /// Writes what waits, as much as goes.
  void push();

  /// The command ended: what is in the pipe now is its own, and is read whatever happens.
  void note_end();
  [[nodiscard]] bool owes() const { return owed_ > 0 && source_; }
  /// More of it may be on its way: to be read as long as it comes without a pause.
  [[nodiscard]] bool may_owe() const { return may_owe_ > 0 && source_; }

 private:
  [[nodiscard]] int destination() const { return reopened_ ? reopened_.get() : destination_; }
  void give_up(int code);

  Descriptor source_;
  int destination_;
  Descriptor reopened_;          ///< The destination again, where that gives us one that does not block.
  std::size_t write_bytes_ = 0;  ///< At most so many at once.
  std::unique_ptr<char[]> buffer_;
  std::string_view pending_;
  std::size_t owed_ = 0;
  std::size_t may_owe_ = 0;
  bool closed_ = false;
  std::optional<int> failed_;
};

}  // namespace agent
