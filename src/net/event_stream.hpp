#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agent::net {

/// One server-sent event.
struct Event {
  std::string id;     ///< The stream's last id, which an earlier event may have set; empty before there is one.
  std::string event;  ///< "message" where the server names none.
  std::string data;   ///< Its lines with \n between; bytes that are not UTF-8 are kept.
  std::optional<std::chrono::milliseconds> retry;  ///< Where it was given with this event; at most a day.
};

/// Server-sent events out of the bytes of a `text/event-stream`, fed in any chunking (WHATWG HTML, 9.2.6
/// "Interpreting an event stream"). An event that the end of the stream cuts off is none. Comments take no memory; the
/// work is linear in the bytes.
class EventStream {
 public:
  static constexpr std::size_t usual_event_bytes = std::size_t{64} * 1024 * 1024;
  explicit EventStream(std::size_t max_event_bytes = usual_event_bytes) : max_event_bytes_(max_event_bytes) {}

  /// Take all that next() has before more is fed, or memory grows.
  void feed(std::string_view bytes);

  /// None until more bytes are fed. Errors: `unreadable` (one event, or one line, is larger than the limit, or an
  /// id than 64 KiB), the same from then on.
  [[nodiscard]] Result<std::optional<Event>> next();

  /// Of the events taken so far: what `Last-Event-ID` is to say when the stream is taken up again.
  [[nodiscard]] const std::string& last_event_id() const { return last_event_id_; }
  /// How long to wait before that, when the server has said so; at most a day.
  [[nodiscard]] std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  [[nodiscard]] bool fits(std::size_t more) const;
  [[nodiscard]] bool keep(std::string_view piece);
  [[nodiscard]] bool take_line(std::string_view rest);
  [[nodiscard]] bool take_field(std::string_view name, std::string_view value);
  void take_data(std::string_view value);
  void take_retry(std::string_view value);
  [[nodiscard]] std::optional<Event> dispatch();
  void skip_line_end(std::size_t end);

  std::size_t max_event_bytes_;
  std::string input_;   ///< Fed, from `at_` on not taken.
  std::size_t at_ = 0;  ///< `line_feed_` and `carriage_return_`: the next ones from here; npos: none.
  std::size_t line_feed_ = std::string::npos, carriage_return_ = std::string::npos;
  std::string line_;  ///< The beginning of a line that did not end yet.
  bool is_first_line_ = true, in_comment_ = false, after_return_ = false, too_large_ = false;
  std::string event_, data_, id_, last_event_id_;  ///< Of the event that did not end yet, but for the last.
  std::optional<std::chrono::milliseconds> event_retry_, retry_;
  bool has_data_ = false;
};

}  // namespace agent::net
