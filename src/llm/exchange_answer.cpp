#include "llm/exchange_answer.hpp"

#include "base/text.hpp"
#include "net/event_stream.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace agent::llm {
namespace {

constexpr std::size_t most_error_bytes = std::size_t{64} * 1024;

/// Events as they come, until the server has said that it is complete.
class StreamedAnswer {
 public:
  StreamedAnswer(AnswerReader& reader, std::size_t most_bytes) : reader_(reader), events_(most_bytes) {}

  [[nodiscard]] std::expected<void, Complaint> feed(std::string_view bytes) {
    events_.feed(bytes);
    for (;;) {
      auto event = events_.next();
      if (!event) return std::unexpected(of_transport(std::move(event).error()));
      if (!*event) return {};
      if (auto taken = take(**event); !taken) return taken;
    }
  }

  /// "[DONE]" without a reason to finish is an end as well.
  [[nodiscard]] bool complete() const { return done_ || reader_.complete(); }
  [[nodiscard]] bool done() const { return done_; }

 private:
  [[nodiscard]] std::expected<void, Complaint> take(const net::Event& event) {
    const std::string_view data = trim(event.data);
    if (data.empty() || done_) return {};
    if (data == "[DONE]") {
      done_ = true;
      return {};
    }
    const auto value = parse_json(data);
    if (!value) return std::unexpected(cut_short("an event of its answer is no JSON"));
    return reader_.take(*value);
  }

  AnswerReader& reader_;
  net::EventStream events_;
  bool done_ = false;
};

Complaint too_large() { return {.trouble = Trouble::refused, .message = "its answer is larger than it may be"}; }

/// What can be read before the answer ends, or is larger than `most`.
std::expected<std::string, Complaint> read_text(ByteStream& body, std::size_t most) {
  std::string text;
  for (;;) {
    auto piece = body.read();
    if (!piece) return std::unexpected(of_transport(std::move(piece).error()));
    if (piece->empty()) return text;
    if (piece->size() > most - text.size()) return std::unexpected(too_large());
    text += *piece;
  }
}

std::expected<RawAnswer, Complaint> read_stream(ByteStream& body, AnswerReader& reader, std::size_t most) {
  StreamedAnswer answer(reader, most);
  for (std::size_t bytes = 0; !answer.done();) {
    auto piece = body.read();
    // What is complete may lose its connection.
    if (!piece && answer.complete()) break;
    if (!piece) return std::unexpected(of_transport(std::move(piece).error()));
    if (piece->empty()) break;
    bytes += piece->size();
    if (bytes > most) return std::unexpected(too_large());
    if (auto fed = answer.feed(*piece); !fed) return std::unexpected(std::move(fed).error());
  }
  if (!answer.complete()) return std::unexpected(cut_short("its answer was cut off"));
  return reader.finish();
}

bool looks_like_events(std::string_view text) {
  return text.starts_with("data:") || text.starts_with("event:") || text.starts_with(':');
}

std::unexpected<Complaint> refusal(net::Response& response) {
  std::string text;
  while (text.size() < most_error_bytes) {
    const auto piece = response.body->read();
    if (!piece || piece->empty()) break;
    text += *piece;
  }
  if (text.size() > most_error_bytes) {
    // What is cut in two may be a secret, which no one would know any more.
    const auto end = text.find_last_of(" \t\r\n", most_error_bytes);
    text.resize(end == std::string::npos ? 0 : end);
  }
  return std::unexpected(read_refusal(response.status, response.headers, text));
}

}  // namespace

std::expected<RawAnswer, Complaint> read_answer(std::string_view bytes, AnswerReader& reader) {
  if (looks_like_events(bytes)) {
    StreamedAnswer answer(reader, bytes.size() + 1);
    if (auto fed = answer.feed(bytes); !fed) return std::unexpected(std::move(fed).error());
    if (!answer.complete()) return std::unexpected(cut_short("its answer was cut off"));
    return reader.finish();
  }
  const auto value = parse_json(bytes);
  if (!value && trim(bytes).starts_with('{')) return std::unexpected(cut_short("its answer is broken JSON"));
  if (!value) return std::unexpected(Complaint{.trouble = Trouble::nothing_there, .message = "its answer is no JSON"});
  if (auto taken = reader.take(*value); !taken) return std::unexpected(std::move(taken).error());
  return reader.finish();
}

std::expected<RawAnswer, Complaint> exchange_answer(const net::HttpClient& client, const net::Request& request,
                                                    AnswerReader& reader, std::size_t most_bytes,
                                                    const std::stop_token& stop) {
  auto response = client.exchange(request, stop);
  if (!response) return std::unexpected(of_transport(std::move(response).error()));
  constexpr int first_refusal = 300;
  if (response->status >= first_refusal) return refusal(*response);
  if (lower(net::header(response->headers, "content-type")).starts_with("text/event-stream"))
    return read_stream(*response->body, reader, most_bytes);
  auto text = read_text(*response->body, most_bytes);
  if (!text) return std::unexpected(std::move(text).error());
  return read_answer(*text, reader);
}

}  // namespace agent::llm
