#include "net/event_stream.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace agent::net {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t max_id_bytes = std::size_t{64} * 1024;  // each event has a copy, and a header takes no more

}  // namespace

void EventStream::feed(std::string_view bytes) {
  if (after_return_ && !bytes.empty()) {  // a CRLF that two pieces share
    after_return_ = false;
    if (bytes.front() == '\n') bytes.remove_prefix(1);
  }
  if (at_ > input_.size() / 2) {
    input_.erase(0, at_);
    if (line_feed_ != std::string::npos) line_feed_ -= at_;
    if (carriage_return_ != std::string::npos) carriage_return_ -= at_;
    at_ = 0;
  }
  const std::size_t held = input_.size();
  input_ += bytes;
  if (line_feed_ == std::string::npos) line_feed_ = input_.find('\n', held);
  if (carriage_return_ == std::string::npos) carriage_return_ = input_.find('\r', held);
}

Result<std::optional<Event>> EventStream::next() {
  while (!too_large_ && at_ < input_.size()) {
    const std::size_t end = std::min(line_feed_, carriage_return_);
    const auto piece = std::string_view(input_).substr(at_, end == std::string::npos ? end : end - at_);
    if (end == std::string::npos) {
      at_ = input_.size();
      too_large_ = !keep(piece);
      continue;
    }
    const bool ends_event = piece.empty() && line_.empty() && !in_comment_;
    too_large_ = !take_line(piece);
    skip_line_end(end);
    if (!ends_event) continue;
    if (auto event = dispatch()) return event;
  }
  if (!too_large_) return std::nullopt;
  return fail(ErrorKind::unreadable, "an event of the server is larger than " + std::to_string(max_event_bytes_) +
                                         " bytes, or its id than " + std::to_string(max_id_bytes));
}

void EventStream::skip_line_end(std::size_t end) {
  at_ = end + 1;
  if (input_[end] == '\r') {
    after_return_ = at_ == input_.size();
    if (!after_return_ && input_[at_] == '\n') ++at_;
  }
  if (line_feed_ < at_) line_feed_ = input_.find('\n', at_);
  if (carriage_return_ < at_) carriage_return_ = input_.find('\r', at_);
}

bool EventStream::fits(std::size_t more) const {
  const std::size_t held = line_.size() + data_.size() + event_.size() + id_.size();
  return held <= max_event_bytes_ && more <= max_event_bytes_ - held;
}

/// Puts the beginning of a line aside. Of a comment nothing is kept but that it is one.
bool EventStream::keep(std::string_view piece) {
  if (line_.empty() && piece.starts_with(':')) in_comment_ = true;
  if (in_comment_) return true;
  if (!fits(piece.size())) return false;
  line_ += piece;
  return true;
}

/// `rest` ends a line, whose beginning may have been put aside. False: too large.
bool EventStream::take_line(std::string_view rest) {
  const bool may_be_marked = std::exchange(is_first_line_, false);
  if (std::exchange(in_comment_, false) || (line_.empty() && rest.starts_with(':'))) return true;
  if (!fits(rest.size())) return false;
  if (!line_.empty()) line_ += rest;
  std::string_view line = line_.empty() ? rest : std::string_view(line_);
  if (may_be_marked && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  const bool fit = take_field(name, value);
  line_.clear();
  return fit;
}

/// The fields that there are; others are ignored.
bool EventStream::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    take_data(value);
  } else if (name == "event") {
    event_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    take_retry(value);
  }
  return id_.size() <= max_id_bytes;
}

void EventStream::take_data(std::string_view value) {
  const bool is_first = !std::exchange(has_data_, true);
  if (is_first && !line_.empty()) {  // a large one is in memory once
    const std::size_t prefix = line_.size() - value.size();
    data_ = std::move(line_);
    data_.erase(0, prefix);
    return;
  }
  if (!is_first) data_ += '\n';
  data_ += value;
}

void EventStream::take_retry(std::string_view value) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24);  // a sum with any time of ours fits
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) return;
  std::chrono::milliseconds::rep time = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), time);
  const bool fits_number = read.ec == std::errc{};
  event_retry_ = retry_ = fits_number ? std::min(std::chrono::milliseconds(time), longest) : longest;
}

/// The event that an empty line ends. Without data it is none, but its id counts.
std::optional<Event> EventStream::dispatch() {
  last_event_id_ = id_;
  auto event = std::exchange(event_, {});
  auto data = std::exchange(data_, {});
  const auto retry = std::exchange(event_retry_, {});
  if (!std::exchange(has_data_, false)) return {};
  return Event{last_event_id_, event.empty() ? "message" : std::move(event), std::move(data), retry};
}

}  // namespace agent::net
