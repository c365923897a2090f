#pragma once

#include "base/error.hpp"
#include "kube/api_account.hpp"
#include "kube/api_credentials.hpp"
#include "net/http.hpp"

#include <stop_token>
#include <string>

namespace agent::kube {

/// GET requests to one API server, as us. Any number of threads at once.
class ApiSession {
 public:
  ApiSession(Access access, ApiOptions options);

  /// The whole answer to `path` (with its query), within the time of one request. Any status is an answer; a 401 is
  /// asked again where other credentials can be had. Errors: those of open_api() that come without an answer.
  [[nodiscard]] Result<net::WholeResponse> fetch(const std::string& path, const std::string& accept,
                                                 const std::stop_token& stop);
  /// The same for an answer of any size, whose body is pulled.
  [[nodiscard]] Result<net::Response> open(const std::string& path, const std::string& accept,
                                           const std::stop_token& stop);

  /// "GET https://10.0.0.1/api/v1/pods": for errors.
  [[nodiscard]] std::string where(const std::string& path) const;
  [[nodiscard]] const Account& account() const { return account_; }
  [[nodiscard]] const std::string& server() const { return server_; }  ///< Without credentials.

 private:
  template <class Answer, class Exchange>
  Result<Answer> ask(net::Request request, const std::string& accept, const std::stop_token& stop,
                     const Exchange& exchange);

  Credentials credentials_;
  Account account_;
  std::string server_;
};

}  // namespace agent::kube
