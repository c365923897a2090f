#pragma once

#include "mcp/client.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace agent::mcp {

/// What `callbacks` say to one request of a server: `params` of sampling/createMessage, elicitation/create or
/// roots/list. The same for requests before 2026-07-28 and for `inputRequests` since.
[[nodiscard]] Outcome answer_request(const Callbacks& callbacks, const std::string& server, const std::string& method,
                                     const Json& params, const std::stop_token& stop);

/// Answers the requests of a server one after the other on a thread of its own, which begins with the first one. At
/// most 64 wait; further ones are refused.
class Answering {
 public:
  /// `answer` makes the outcome, `send` takes the text of the answer.
  Answering(std::function<Outcome(const Message&, const std::stop_token&)> answer,
            std::function<void(std::string text)> send);
  ~Answering();
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  void take(Message request);
  /// notifications/cancelled of the server: the answer is of no use any more.
  void cancel(const Json& id);

 private:
  void run(const std::stop_token& stop);

  const std::function<Outcome(const Message&, const std::stop_token&)> answer_;
  const std::function<void(std::string)> send_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Message> waiting_;
  std::string current_;  ///< The id that is being answered.
  std::stop_source cancel_;
  std::jthread thread_;
};

}  // namespace agent::mcp
