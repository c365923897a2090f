#include "llm/http_model.hpp"

#include "base/text.hpp"
#include "llm/exchange_answer.hpp"
#include "llm/mend.hpp"
#include "net/retry.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace agent::llm {
namespace {

bool has_key(const std::vector<net::Header>& headers) {
  return std::ranges::any_of(std::array{"authorization", "x-api-key", "api-key"},
                             [&](const char* name) { return !net::header(headers, name).empty(); });
}

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// False when a stop ended the pause.
bool pause(milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any stopped;
  stopped.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

net::ClientOptions with_idle(net::ClientOptions options, milliseconds idle) {
  options.idle_timeout = idle;
  return options;
}

bool is_empty(const ModelAnswer& answer) {
  return trim(answer.message.text).find_first_not_of(" \t\r\n") == std::string_view::npos &&
         answer.message.tool_calls.empty();
}

}  // namespace

/// One question to the model, with all its tries.
struct HttpModel::Asking {
  const ModelRequest& request;
  const std::stop_token& stop;
  SteadyClock::time_point begun;
  net::Deadline until;  ///< The caller's, or our time-out.
  int retries_left;
  net::Backoff backoff;
  Usage spent = {};
  std::vector<std::string> repairs = {};
  std::string body = {};  ///< As it is sent; written once, and again when it has to be said otherwise.
};

HttpModel::HttpModel(HttpModelOptions options)
    : options_(std::move(options)),
      manner_{.model = options_.model,
              .stream = options_.stream,
              .temperature = options_.temperature,
              .output_tokens_wanted = options_.max_output_tokens},
      streaming_(options_.http),
      whole_(with_idle(options_.http, options_.timeout)) {}

std::expected<ModelAnswer, ModelFailure> HttpModel::ask(const ModelRequest& request, std::stop_token stop) {
  const auto now = SteadyClock::now();
  const auto until = std::min(request.until.value_or(net::Deadline::max()), now + options_.timeout);
  Asking asking{request, stop, now, until, options_.max_retries, net::Backoff(options_.first_retry_wait)};
  asking.spent.model = options_.model;
  for (bool asked_for_more = false;;) {
    if (asking.body.empty()) asking.body = options_.dialect->body(request, manner_);
    auto raw = try_once(asking);
    if (!raw) {
      if (!may_go_on(raw.error(), asking)) return std::unexpected(failure(raw.error(), asking));
      continue;
    }
    asking.spent.calls = 1;
    count(*raw, asking.spent);
    const bool refused = raw->refused;
    ModelAnswer answer = mended(*std::move(raw), request);
    if (!is_empty(answer)) {
      answer.usage = asking.spent;
      answer.repairs.insert(answer.repairs.begin(), asking.repairs.begin(), asking.repairs.end());
      answer.took = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - now);
      return answer;
    }
    if (refused || asked_for_more || !has_room(asking))
      return std::unexpected(failure({.trouble = Trouble::refused,
                                      .message = refused          ? "it will not answer this"
                                                 : asked_for_more ? "two answers were empty"
                                                                  : "its answer was empty"},
                                     asking));
    asked_for_more = true;
    asking.repairs.emplace_back("empty_turn");
  }
}

std::expected<RawAnswer, Complaint> HttpModel::try_once(Asking& asking) const {
  net::Request request{.method = "POST", .url = url(), .headers = options_.headers, .body = asking.body};
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({"Accept", manner_.stream ? "text/event-stream, application/json" : "application/json"});
  for (net::Header& header : options_.dialect->headers()) request.headers.push_back(std::move(header));
  request.deadline = asking.until;
  request.repeat = net::Repeat::no;  // tries are counted here
  const auto reader = options_.dialect->reader(manner_, asking.request.on_text);
  auto answer =
      exchange_answer(manner_.stream ? streaming_ : whole_, request, *reader, options_.max_answer_bytes, asking.stop);
  if (!answer) count(reader->finish(), asking.spent);  // a part of an answer is paid for
  return answer;
}

std::string HttpModel::url() const {
  return options_.base_url + std::string(options_.dialect->path()) + (options_.query.empty() ? "" : "?") +
         options_.query;
}

/// Whether the caller's time and output are left for another try.
bool HttpModel::has_room(const Asking& asking) const {
  return !asking.stop.stop_requested() && SteadyClock::now() < asking.until &&
         asking.spent.output_tokens < manner_.output_tokens(asking.request);
}

/// Whether another try may help; then all is prepared for it.
bool HttpModel::may_go_on(const Complaint& complaint, Asking& asking) {
  if (complaint.trouble == Trouble::too_long && complaint.window_tokens > 0)
    options_.context_window_tokens = complaint.window_tokens;
  if (!has_room(asking)) return false;
  const bool otherwise = (complaint.trouble == Trouble::refused_part && say_otherwise(complaint, asking.request)) ||
                         (complaint.trouble == Trouble::no_such_model && drop_prefix());
  if (!otherwise && !wait_for_another(complaint, asking)) return false;
  if (otherwise) asking.body.clear();
  asking.repairs.emplace_back("retry");
  return true;
}

bool HttpModel::wait_for_another(const Complaint& complaint, Asking& asking) const {
  if (complaint.trouble != Trouble::busy || complaint.final || asking.retries_left == 0) return false;
  const auto wait = std::max(asking.backoff.next(), complaint.wait.value_or(milliseconds(0)));
  if (wait > options_.max_retry_wait || wait >= asking.until - SteadyClock::now()) return false;
  --asking.retries_left;
  return pause(wait, asking.stop);
}

/// False when it is said so already.
bool HttpModel::say_otherwise(const Complaint& complaint, const ModelRequest& request) {
  switch (complaint.part) {
    case Part::none: return false;
    case Part::streaming: return std::exchange(manner_.stream, false);
    case Part::stream_options: return std::exchange(manner_.stream_options, false);
    case Part::temperature: return std::exchange(manner_.temperature, std::nullopt).has_value();
    case Part::max_tokens: return !std::exchange(manner_.max_completion_tokens, true);
    case Part::max_completion_tokens: return std::exchange(manner_.max_completion_tokens, false);
    case Part::tool_choice: return std::exchange(manner_.tool_choice, false);
    case Part::tools: return std::exchange(manner_.tools, false);
    case Part::null_content: return std::exchange(manner_.null_content, false);
    case Part::output_tokens:
      if (complaint.output_tokens >= manner_.output_tokens(request)) return false;
      manner_.most_output_tokens = complaint.output_tokens;
      return true;
  }
  return false;
}

/// "openai/Llama-4" becomes "Llama-4": once.
bool HttpModel::drop_prefix() {
  const auto slash = manner_.model.find('/');
  if (slash == std::string::npos || manner_.model != options_.model || slash + 1 == manner_.model.size()) return false;
  manner_.model.erase(0, slash + 1);
  return true;
}

void HttpModel::count(const RawAnswer& answer, Usage& spent) const {
  // A cache is written at a quarter more than what the same tokens cost else (Anthropic's five minutes).
  constexpr double more_for_writing = 0.25;
  spent.input_tokens += answer.usage.input_tokens;
  spent.cached_tokens += answer.usage.cached_tokens;
  spent.output_tokens += answer.usage.output_tokens;
  if (!options_.price) return;
  spent.cost_usd += cost_usd(*options_.price, answer.usage);
  spent.cost_usd += static_cast<double>(answer.cache_written_tokens) * options_.price->input * more_for_writing / 1e6;
}

ModelFailure HttpModel::failure(const Complaint& complaint, const Asking& asking) const {
  return {
      .error = error_of(complaint, asking), .too_long = complaint.trouble == Trouble::too_long, .usage = asking.spent};
}

Error HttpModel::error_of(const Complaint& complaint, const Asking& asking) const {
  const auto place = net::parse_url(url());
  const std::string where = "POST " + (place ? place->shown() : std::string("the model's server"));
  const std::string status = complaint.status == 0 ? "" : " (" + std::to_string(complaint.status) + ")";
  // A secret that is cut in two would not be known any more: it is hidden first, in all that was kept.
  std::string words = complaint.message;
  if (options_.redact) words = options_.redact(words);
  words = clean_line(words.substr(0, 300));
  const std::string says = words.empty() ? "" : ": " + words;
  const std::string quoted = "'" + clean_line(options_.model) + "'";
  if (asking.stop.stop_requested()) return {ErrorKind::interrupted, "interrupted while the model was asked", where, ""};
  if (asking.request.until && SteadyClock::now() >= *asking.request.until)
    return {ErrorKind::deadline, "no time was left for the model's answer", where, "raise --timeout"};
  switch (complaint.trouble) {
    case Trouble::unauthorised:
      return {ErrorKind::unauthorised,
              (has_key(options_.headers) ? "the model's server does not take the key it was given"
                                         : "the model's server wants a key, and none was sent") +
                  status,
              where, options_.key_hint};
    case Trouble::forbidden:
      return {ErrorKind::forbidden, "the model's server refuses model " + quoted + " to this key" + status, where,
              "check what the key may do, its budget and its plan"};
    case Trouble::no_such_model:
      return {ErrorKind::settings, "the server knows no model " + quoted + status + says, where,
              "name one that it has: --model, AGENT_MODEL or llm.model"};
    case Trouble::nothing_there:
      return {ErrorKind::settings, "no model answers at this address" + status + says, where,
              "check the base URL: --model-url or llm.base_url"};
    case Trouble::too_long:
      return {ErrorKind::model_failed, "the conversation is too long for model " + quoted + status, where,
              "set llm.context_window to what the model has"};
    case Trouble::busy:
    case Trouble::ended: break;
    case Trouble::refused_part:
    case Trouble::refused:
      return {ErrorKind::model_failed, "model " + quoted + " gave no answer" + status + says, where, ""};
  }
  if (complaint.error && complaint.error->kind == ErrorKind::deadline)
    return {ErrorKind::unreachable,
            "model " + quoted + " did not answer within " + std::to_string(options_.timeout.count() / 1000) + " s",
            where, "raise llm.timeout"};
  if (complaint.error) return *complaint.error;
  return {ErrorKind::unreachable, "the model's server gives no answer" + status + says, where,
          "try again later, or set llm.fallbacks"};
}

}  // namespace agent::llm
