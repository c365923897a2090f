#include "kube/api_session.hpp"

#include "kube/api_errors.hpp"

#include <cstdint>
#include <utility>

namespace agent::kube {

ApiSession::ApiSession(Access access, ApiOptions options)
    : credentials_(std::move(access), std::move(options)),
      account_(account_of(credentials_.access())),
      server_(shown_server(credentials_.access().server)) {}

template <class Answer, class Exchange>
Result<Answer> ApiSession::ask(net::Request request, const std::string& accept, const std::stop_token& stop,
                               const Exchange& exchange) {
  constexpr int unauthorised = 401;
  const auto send = [&](const Pass& pass) -> Result<Answer> {
    request.headers = pass.headers;
    request.headers.push_back({"Accept", accept});
    auto answer = exchange(*pass.client, request);
    if (!answer) return std::unexpected(network_error(std::move(answer).error(), account_));
    return answer;
  };
  const Pass pass = TRY(credentials_.current(stop));
  auto answer = TRY(send(pass));
  if (answer.status != unauthorised) return answer;
  const auto other = TRY(credentials_.renewed(pass, stop));
  if (!other) return answer;
  return send(*other);
}

Result<net::WholeResponse> ApiSession::fetch(const std::string& path, const std::string& accept,
                                             const std::stop_token& stop) {
  const auto exchange = [&](const net::HttpClient& client, net::Request& request) {
    request.deadline = std::chrono::steady_clock::now() + credentials_.options().request_timeout;
    return client.fetch(request, stop);
  };
  return ask<net::WholeResponse>({.url = credentials_.access().server + path}, accept, stop, exchange);
}

Result<net::Response> ApiSession::open(const std::string& path, const std::string& accept,
                                       const std::stop_token& stop) {
  const auto exchange = [&](const net::HttpClient& client, const net::Request& request) {
    return client.exchange(request, stop);
  };
  // A kubelet that does not answer costs the API server its own limits of time: once is enough, as for kubectl.
  net::Request request{.url = credentials_.access().server + path, .repeat = net::Repeat::if_asked};
  request.max_body_bytes = UINT64_MAX;
  return ask<net::Response>(std::move(request), accept, stop, exchange);
}

std::string ApiSession::where(const std::string& path) const {
  return "GET " + server_ + path.substr(0, path.find('?'));
}

}  // namespace agent::kube
