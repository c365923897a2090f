#include "base/text.hpp"
#include "mcp/oauth_challenge.hpp"
#include "mcp/oauth_grant.hpp"
#include "mcp/oauth_metadata.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace agent::mcp;

/// Whatever a challenge, a document of metadata or a redirect holds: challenges are bounded, metadata that is taken is
/// that of the server and issuer it was asked for, and a code comes only with our state and the right issuer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto server = agent::net::parse_url("https://mcp.example/mcp");
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (parse_challenges(text).size() > 32) std::abort();
  static_cast<void>(bearer_challenge(text));

  AuthorizationServer issuer;
  issuer.issuer = "https://as.example";
  const AuthorizationRequest request{"", "state", "verifier"};
  const std::string redirect = "http://127.0.0.1:1/";
  const auto code = code_in(redirect + "?" + text, request, issuer, redirect);
  if (code && (code->empty() || !text.contains("state"))) std::abort();
  if (!code && !agent::is_clean(code.error().what)) std::abort();

  const auto document = parse_json_text(text);
  if (!document) return 0;
  const auto resource = read_resource_metadata(*document, *server);
  if (resource && !agent::lower(resource->resource).starts_with("https://mcp.example")) std::abort();
  const auto found = read_issuer_metadata(*document, "https://as.example");
  if (found && found->issuer != "https://as.example" && found->issuer != "https://as.example/") std::abort();
  if (!resource && !agent::is_clean(resource.error().what)) std::abort();
  return 0;
}
