#include "mcp/oauth_metadata.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::size_t most_entries = 1000;

std::string_view path_of(const net::Url& url) {
  std::string_view path = url.target;
  path = path.substr(0, path.find('?'));
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string_view query_of(const net::Url& url) {
  const auto at = url.target.find('?');
  return at == std::string::npos ? std::string_view() : std::string_view(url.target).substr(at);
}

std::string origin_of(const net::Url& url) { return (url.tls ? "https://" : "http://") + url.authority(); }

std::vector<std::string> texts_at(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  const Json& list = value_at(object, key);
  if (!list.is_array()) return texts;
  for (const Json& one : list)
    if (one.is_string() && texts.size() < most_entries) texts.push_back(one.get<std::string>());
  return texts;
}

bool is_true(const Json& object, std::string_view key) {
  const Json& value = value_at(object, key);
  return value.is_boolean() && value.get<bool>();
}

std::string_view without_slash(std::string_view url) {
  if (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

std::string in_quotes(std::string_view foreign) { return "'" + clean_line(foreign.substr(0, 200)) + "'"; }

/// https://modelcontextprotocol.io/specification/2025-03-26/basic/authorization, 2.3.3.
AuthorizationServer without_metadata(const std::string& origin) {
  AuthorizationServer server;
  server.issuer = origin;
  server.authorization_endpoint = origin + "/authorize";
  server.token_endpoint = origin + "/token";
  server.registration_endpoint = origin + "/register";
  server.code_challenge_methods = {"S256"};
  server.has_metadata = false;
  return server;
}

Result<std::optional<ResourceMetadata>> find_resource(const OAuthHttp& http, const std::string& named,
                                                      const Limits& limits) {
  const net::Url& server = http.guard().server();
  auto urls = resource_metadata_urls(server);
  if (!named.empty()) urls.insert(urls.begin(), named);
  for (const std::string& url : urls)
    if (const auto document = TRY(http.get(url, "the protected resource metadata", limits)))
      return TRY(read_resource_metadata(*document, server));
  return std::nullopt;
}

Result<std::optional<AuthorizationServer>> find_issuer(const OAuthHttp& http, const std::string& issuer,
                                                       const Limits& limits) {
  for (const std::string& url : TRY(issuer_metadata_urls(issuer)))
    if (const auto document = TRY(http.get(url, "the authorization server's metadata", limits)))
      return TRY(read_issuer_metadata(*document, issuer));
  return std::nullopt;
}

}  // namespace

std::vector<std::string> resource_metadata_urls(const net::Url& server) {
  const std::string root = origin_of(server) + "/.well-known/oauth-protected-resource";
  const std::string inserted = root + std::string(path_of(server)) + std::string(query_of(server));
  if (inserted == root) return {root};
  return {inserted, root};
}

Result<std::vector<std::string>> issuer_metadata_urls(const std::string& issuer) {
  const auto url = net::parse_url(issuer);
  if (!url || issuer.find_first_of("?#") != std::string::npos)
    return fail(ErrorKind::unauthorised, "the authorization server " + in_quotes(issuer) + " is no web URL");
  const std::string origin = origin_of(*url), path(path_of(*url));
  std::vector<std::string> urls{origin + "/.well-known/oauth-authorization-server" + path,
                                origin + "/.well-known/openid-configuration" + path};
  if (!path.empty()) urls.push_back(origin + path + "/.well-known/openid-configuration");
  return urls;
}

bool covers(std::string_view resource, const net::Url& server) {
  const auto url = net::parse_url(resource.substr(0, resource.find('#')));
  if (!url || url->origin() != server.origin()) return false;
  const std::string_view whole = path_of(server), part = path_of(*url);
  return whole.empty() || (whole.starts_with(part) && (whole.size() == part.size() || whole[part.size()] == '/'));
}

Result<ResourceMetadata> read_resource_metadata(const Json& document, const net::Url& server) {
  ResourceMetadata metadata{text_at(document, "resource"), texts_at(document, "authorization_servers"),
                            texts_at(document, "scopes_supported")};
  if (!covers(metadata.resource, server))
    return fail(ErrorKind::unauthorised,
                "the protected resource metadata is of another resource, " + in_quotes(metadata.resource),
                server.shown(), "use the server's address as its metadata has it, or mend the metadata's 'resource'");
  return metadata;
}

bool is_same_issuer(std::string_view one, std::string_view other) { return without_slash(one) == without_slash(other); }

Result<AuthorizationServer> read_issuer_metadata(const Json& document, const std::string& issuer) {
  AuthorizationServer server;
  server.issuer = text_at(document, "issuer");
  if (server.issuer.empty() || !is_same_issuer(server.issuer, issuer))
    return fail(ErrorKind::unauthorised,
                "the authorization server's metadata is of another issuer, " + in_quotes(server.issuer),
                clean_line(issuer), "mend 'issuer' there, or 'authorization_servers' of the MCP server");
  server.authorization_endpoint = text_at(document, "authorization_endpoint");
  server.token_endpoint = text_at(document, "token_endpoint");
  server.registration_endpoint = text_at(document, "registration_endpoint");
  server.scopes_supported = texts_at(document, "scopes_supported");
  server.auth_methods = texts_at(document, "token_endpoint_auth_methods_supported");
  server.code_challenge_methods = texts_at(document, "code_challenge_methods_supported");
  server.names_issuer = is_true(document, "authorization_response_iss_parameter_supported");
  server.reads_documents = is_true(document, "client_id_metadata_document_supported");
  if (server.token_endpoint.empty())
    return fail(ErrorKind::unauthorised, "the authorization server's metadata has no token endpoint",
                clean_line(issuer));
  return server;
}

Result<SignInFacts> discover(const OAuthHttp& http, const std::string& named, const std::string& preferred,
                             const Limits& limits) {
  SignInFacts facts{TRY(find_resource(http, named, limits)), {}};
  const std::string origin = origin_of(http.guard().server());
  std::string issuer = origin;
  if (facts.resource && !facts.resource->authorization_servers.empty()) {
    const auto& offered = facts.resource->authorization_servers;
    issuer = std::ranges::find(offered, preferred) == offered.end() ? offered.front() : preferred;
  }
  if (auto server = TRY(find_issuer(http, issuer, limits))) {
    facts.server = *std::move(server);
    return facts;
  }
  if (facts.resource)
    return fail(ErrorKind::unauthorised, "the authorization server has no metadata", clean_line(issuer),
                "check 'authorization_servers' in the MCP server's metadata");
  facts.server = without_metadata(origin);
  return facts;
}

}  // namespace agent::mcp
