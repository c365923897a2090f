#include "mcp/answering.hpp"

#include "mcp/schema.hpp"

#include <algorithm>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::size_t most_waiting = 64;
constexpr int refused_by_user = -1;  // sampling: "User rejected sampling request"

Outcome refusal(int code, std::string message) {
  return {.result = {}, .error = RpcError{code, std::move(message), {}}};
}

Outcome not_offered(const std::string& method) {
  return refusal(rpc::method_not_found, "this client does not offer '" + method + "'");
}

Outcome elicited(const Callbacks& callbacks, const std::string& server, const Json& params,
                 const std::stop_token& stop) {
  if (!callbacks.elicit) return not_offered("elicitation/create");
  Elicited given = callbacks.elicit(server, params, stop);
  switch (given.action) {
    case Elicited::Action::decline: return {.result = {{"action", "decline"}}, .error = {}};
    case Elicited::Action::cancel: return {.result = {{"action", "cancel"}}, .error = {}};
    case Elicited::Action::accept: break;
  }
  Json result{{"action", "accept"}};
  if (text_at(params, "mode") != "url") {
    Json content = given.content.is_object() ? std::move(given.content) : Json::object();
    fill_defaults(value_at(params, "requestedSchema"), content);
    result["content"] = std::move(content);
  }
  return {.result = std::move(result), .error = {}};
}

Outcome sampled(const Callbacks& callbacks, const Json& params, const std::stop_token& stop) {
  if (!callbacks.sample) return not_offered("sampling/createMessage");
  auto result = callbacks.sample(params, stop);
  if (!result) return refusal(refused_by_user, "the request was rejected");
  return {.result = *std::move(result), .error = {}};
}

}  // namespace

Outcome answer_request(const Callbacks& callbacks, const std::string& server, const std::string& method,
                       const Json& params, const std::stop_token& stop) {
  if (method == "ping") return {.result = Json::object(), .error = {}};
  if (method == "elicitation/create") return elicited(callbacks, server, params, stop);
  if (method == "sampling/createMessage") return sampled(callbacks, params, stop);
  if (method == "roots/list" && callbacks.roots) return {.result = {{"roots", callbacks.roots()}}, .error = {}};
  return not_offered(method.substr(0, 100));
}

Answering::Answering(std::function<Outcome(const Message&, const std::stop_token&)> answer,
                     std::function<void(std::string)> send)
    : answer_(std::move(answer)), send_(std::move(send)) {}

Answering::~Answering() {
  thread_.request_stop();
  const std::lock_guard lock(mutex_);
  cancel_.request_stop();
}

void Answering::take(Message request) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= most_waiting) return;
  waiting_.push_back(std::move(request));
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  changed_.notify_all();
}

void Answering::cancel(const Json& id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const Message& one) { return one.id == id; });
  if (current_ == id.dump()) cancel_.request_stop();
}

void Answering::run(const std::stop_token& stop) {
  for (std::unique_lock lock(mutex_);;) {
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); }) || stop.stop_requested()) return;
    const Message request = std::move(waiting_.front());
    waiting_.pop_front();
    current_ = request.id.dump();
    cancel_ = std::stop_source();
    const auto token = cancel_.get_token();
    lock.unlock();
    const std::stop_callback both(stop, [this] {
      const std::lock_guard again(mutex_);
      cancel_.request_stop();
    });
    const Outcome outcome = answer_(request, token);
    if (!token.stop_requested())
      send_(outcome.error ? error_text(request.id, *outcome.error) : result_text(request.id, outcome.result));
    lock.lock();
    current_.clear();
  }
}

}  // namespace agent::mcp
