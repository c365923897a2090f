#include "net/event_stream.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using agent::net::EventStream;

/// All that the stream of `bytes` says, fed in pieces of `step`; it ends with its error.
std::string read_events(std::string_view bytes, std::size_t step) {
  constexpr std::size_t max_event_bytes = 64;
  EventStream stream(max_event_bytes);
  std::string text;
  while (!bytes.empty()) {
    stream.feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      const auto event = stream.next();
      if (!event) return text + "error";
      if (!*event) break;
      const auto& [id, name, data, retry] = **event;
      if (data.size() > max_event_bytes || id != stream.last_event_id()) std::abort();
      text += id + "\1" + name + "\1" + data + "\1" + (retry ? std::to_string(retry->count()) : "") + "\2";
    }
  }
  return text + stream.last_event_id() + (stream.retry() ? std::to_string(stream.retry()->count()) : "");
}

}  // namespace

/// Events are the same in pieces of any size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read_events(bytes, 1 + data[0]) != read_events(bytes, size)) std::abort();
  if (read_events(bytes, 1) != read_events(bytes, size)) std::abort();
  return 0;
}
