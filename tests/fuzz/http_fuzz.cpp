#include "net/message.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

using agent::Result;
using agent::net::Body;
using agent::net::Call;
using agent::net::Deadline;
using agent::net::ResponseReader;

/// Gives its bytes in pieces of `step`.
class Pieces final : public agent::net::Stream {
 public:
  Pieces(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  Result<std::size_t> read(std::span<char> into, Call&) override {
    const auto piece = bytes_.substr(0, std::min(into.size(), step_));
    std::copy(piece.begin(), piece.end(), into.begin());
    bytes_.remove_prefix(piece.size());
    return piece.size();
  }
  Result<void> write(std::string_view, Call&) override { return {}; }
  bool is_quiet() override { return true; }

 private:
  std::string_view bytes_;
  std::size_t step_;
};

/// Status, headers and body of a good answer; empty for one that is refused.
std::string read_answer(std::string_view bytes, std::size_t step, Body kind) {
  constexpr std::size_t max_header_bytes = 4096;
  Pieces stream(bytes, step);
  Call call("GET http://host/", Deadline::max(), {});
  ResponseReader reader(kind, max_header_bytes);
  const auto head = reader.head(stream, call);
  if (!head) return {};
  std::string text = std::to_string(head->status);
  for (const auto& [name, value] : head->headers) text += "\n" + name + ":" + value;
  for (;;) {
    const auto piece = reader.body(stream, call);
    if (!piece) return {};
    if (piece->empty()) return text;
    text += *piece;
  }
}

}  // namespace

/// An answer is the same in pieces of any size, and a redirect's target never leads out of its line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto kind = (data[0] & 1U) != 0 ? Body::none : Body::as_told;
  const std::string whole = read_answer(bytes, size, kind);
  if (read_answer(bytes, 1 + data[0] / 2, kind) != whole) std::abort();
  const auto base = agent::net::parse_url("https://host/a/b?c");
  const auto url = agent::net::resolve_url(*base, bytes);
  if (url && !agent::net::request_head("GET", url->target, {{"Host", url->authority()}})) std::abort();
  return 0;
}
