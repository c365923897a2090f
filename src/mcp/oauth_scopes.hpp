#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent::mcp {

/// `first` and what `second` has besides, in order, each once, separated by blanks (RFC 6749, 3.3).
[[nodiscard]] std::string join_scopes(std::string_view first, std::string_view second);
[[nodiscard]] std::string join_scopes(const std::vector<std::string>& scopes);

/// True when `all` has each of `some`.
[[nodiscard]] bool has_scopes(std::string_view all, std::string_view some);

/// What to ask for: the challenge's scope; else what the resource supports; else nothing, so that the server decides.
/// Besides, what was asked for before.
[[nodiscard]] std::string scopes_to_ask(std::string_view challenge, const std::vector<std::string>& supported,
                                        std::string_view before);

}  // namespace agent::mcp
