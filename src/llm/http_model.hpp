#pragma once

#include "llm/dialect.hpp"
#include "llm/model.hpp"
#include "net/http.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace agent::llm {

/// A model behind a server, and how to ask it.
struct HttpModelOptions {
  std::unique_ptr<Dialect> dialect;
  std::string base_url;              ///< Of the API: "https://api.openai.com/v1".
  std::string query;                 ///< "api-version=2024-10-21"; may be empty.
  std::string model;                 ///< Sent as it is.
  std::vector<net::Header> headers;  ///< The key among them.
  std::optional<double> temperature;
  int max_output_tokens = 0;  ///< In place of 4096, where no less is asked for; 0: as asked for.
  bool stream = true;
  std::chrono::milliseconds timeout{300'000};  ///< Of an answer, with all tries.
  int context_window_tokens = 32'768;
  std::optional<Price> price;
  int max_retries = 3;
  std::chrono::milliseconds first_retry_wait{500};  ///< At most; the next ones double.
  /// A server that asks for a longer wait is not asked again.
  std::chrono::milliseconds max_retry_wait{60'000};
  /// What of a server's own words may be told, where they may hold a key.
  std::function<std::string(std::string_view)> redact;
  std::size_t max_answer_bytes = std::size_t{8} * 1024 * 1024;
  std::string key_hint = "check its key";  ///< What to do about a key that is not taken.
  net::ClientOptions http = {};            ///< Its `idle_timeout` is the longest pause between tokens.
};

/// A model that is asked over HTTP. For one thread at a time.
///
/// Tried again, with growing waits or what `Retry-After` asks for: no answer, 408, 429, 5xx, an answer that was cut off
/// or had an error in its middle. Asked once more without the part that the server complained about (stream, its
/// options, temperature, `max_tokens`, `tool_choice`), with fewer tokens of output, or with tools in the text
/// (tools_in_text.hpp) where it knows none, which stays so; without the provider's prefix of the model's
/// name; and after a turn without text and calls. Each of these is named in ModelAnswer::repairs. `usage.cost_usd` is
/// set where the price is known; what a stream that was cut off had said of its usage is in it. There is no other try
/// when the time or the output that the request has is used up. Text streams again when an answer is asked for again.
class HttpModel final : public Model {
 public:
  explicit HttpModel(HttpModelOptions options);

  [[nodiscard]] std::expected<ModelAnswer, ModelFailure> ask(const ModelRequest& request,
                                                             std::stop_token stop) override;
  [[nodiscard]] std::string name() const override { return manner_.model; }
  /// What the server said last, when it said that a conversation was too long for it.
  [[nodiscard]] int context_window_tokens() const override { return options_.context_window_tokens; }
  [[nodiscard]] std::optional<Price> price() const override { return options_.price; }

 private:
  struct Asking;
  [[nodiscard]] std::expected<RawAnswer, Complaint> try_once(Asking& asking) const;
  [[nodiscard]] bool may_go_on(const Complaint& complaint, Asking& asking);
  [[nodiscard]] bool has_room(const Asking& asking) const;
  [[nodiscard]] bool wait_for_another(const Complaint& complaint, Asking& asking) const;
  [[nodiscard]] bool say_otherwise(const Complaint& complaint, const ModelRequest& request);
  [[nodiscard]] bool drop_prefix();
  void count(const RawAnswer& answer, Usage& spent) const;
  [[nodiscard]] ModelFailure failure(const Complaint& complaint, const Asking& asking) const;
  [[nodiscard]] Error error_of(const Complaint& complaint, const Asking& asking) const;
  [[nodiscard]] std::string url() const;

  HttpModelOptions options_;
  Manner manner_;
  net::HttpClient streaming_, whole_;
};

}  // namespace agent::llm
