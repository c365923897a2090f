#pragma once

#include "net/http.hpp"

#include <stop_token>
#include <string>
#include <string_view>

namespace agent::sinks {

/// What came of a POST whose address is a secret, as webhooks' are.
struct Posted {
  Result<net::WholeResponse> answer;  ///< A body that can't be read is empty.
  bool perhaps_done = false;          ///< It was sent, and no answer says what became of it; or a 5xx does.
};

/// Sends `request`; no error names more of its address than scheme, host and port. `place` is what it is called there:
/// "the Slack webhook". Errors: those of HttpClient; `settings` when the address is no URL.
[[nodiscard]] Posted post_hidden(const net::HttpClient& client, net::Request request, std::string_view place,
                                 const std::stop_token& stop);

/// "POST https://host:443", with ": 403" where there is a status.
[[nodiscard]] std::string hidden_address(std::string_view url, int status = 0);

/// ": 'WORDS'", what a server says of its error in plain text: one line of at most 200 bytes. Empty when it says
/// nothing, or when the words hold the path of `url`.
[[nodiscard]] std::string said(std::string_view body, std::string_view url);

/// `options` for such a place: no redirect is followed, little is read.
[[nodiscard]] net::ClientOptions without_redirects(net::ClientOptions options);

}  // namespace agent::sinks
