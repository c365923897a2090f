#include "net/server_request.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using agent::net::RequestParser;

/// The requests of a connection's bytes, come in pieces of `step`; it ends where one is refused. (When that is seen
/// depends on how much came.)
std::string read_requests(std::string_view bytes, std::size_t step) {
  constexpr std::size_t max_header_bytes = 65'536, max_body_bytes = 64;
  std::string text, input;
  RequestParser parser(max_header_bytes, max_body_bytes);
  while (!bytes.empty()) {
    input += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (auto held = input.size() + 1; !input.empty() && held != input.size();) {
      held = input.size();
      const auto state = parser.take(input);
      if (state == RequestParser::State::refused) return text;
      if (state != RequestParser::State::done) continue;
      const auto request = parser.request();
      if (request.body.size() > max_body_bytes) std::abort();
      if (!request.path.starts_with('/') && request.path != "*") std::abort();
      text += request.method + "\1" + request.path + "\1" + request.query + "\1" + request.body;
      for (const auto& [name, value] : request.headers) text += "\n" + name + ":" + value;
      text += parser.keeps_alive() ? "\2" : "\4";
      parser = RequestParser(max_header_bytes, max_body_bytes);
    }
  }
  return text;
}

}  // namespace

/// Requests are the same in pieces of any size: nothing can be smuggled in by how they are cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = read_requests(bytes, size);
  if (read_requests(bytes, 1 + data[0]) != whole) std::abort();
  if (read_requests(bytes, 1) != whole) std::abort();
  return 0;
}
