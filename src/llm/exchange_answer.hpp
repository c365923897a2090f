#pragma once

#include "llm/dialect.hpp"
#include "net/http.hpp"

#include <cstddef>
#include <expected>
#include <stop_token>

namespace agent::llm {

/// Sends `request` and puts the answer together: a stream of events, or one text of JSON, whichever comes. A stream
/// that ends before its server says that it is complete is a complaint, and so are more than `most_bytes`.
[[nodiscard]] std::expected<RawAnswer, Complaint> exchange_answer(const net::HttpClient& client,
                                                                  const net::Request& request, AnswerReader& reader,
                                                                  std::size_t most_bytes, const std::stop_token& stop);

/// The same of bytes that are there, as they would come in one piece.
[[nodiscard]] std::expected<RawAnswer, Complaint> read_answer(std::string_view bytes, AnswerReader& reader);

}  // namespace agent::llm
