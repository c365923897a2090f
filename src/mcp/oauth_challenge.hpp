#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

/// One challenge of a `WWW-Authenticate`.
struct Challenge {
  std::string scheme;                                          ///< In lower case.
  std::map<std::string, std::string, std::less<>> parameters;  ///< Names in lower case, values without quotes.
};

/// The challenges in one value of `WWW-Authenticate`, or in several joined by commas (RFC 9110, 11.6.1); what is none
/// is skipped. At most 32 of them.
[[nodiscard]] std::vector<Challenge> parse_challenges(std::string_view www_authenticate);

/// What a server asks for in its bearer challenge: RFC 6750, 3; RFC 9728, 5.1. All may be empty.
struct BearerChallenge {
  std::string resource_metadata;  ///< URL.
  std::string scope;
  std::string error;  ///< "insufficient_scope".
};

/// The first challenge of scheme Bearer that says something; DPoP's counts where there is none.
[[nodiscard]] BearerChallenge bearer_challenge(std::string_view www_authenticate);

}  // namespace agent::mcp
