#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace agent::mcp {

/// Who we are to one authorization server, as it registered us (RFC 7591, 3.2.1).
struct Registration {
  std::string client_id, client_secret;
  std::string auth_method;      ///< Of the token endpoint: "none"; empty: as the metadata says.
  std::string redirect_uri;     ///< It was registered with.
  std::string scope;            ///< It was registered with.
  std::int64_t expires_at = 0;  ///< Of the secret, in seconds since 1970; 0: never.
};

/// What one authorization server gave us for one MCP server.
struct Tokens {
  std::string access, refresh;
  std::string scope;            ///< Asked for or granted, whichever is more.
  std::int64_t expires_at = 0;  ///< Of `access`, in seconds since 1970; 0: unknown.
  std::string resource;         ///< RFC 8707; as it was asked for.
};

/// What belongs to one issuer, and must never go to another.
struct IssuerRecord {
  Registration registration;
  Tokens tokens;
};

/// What we hold for one MCP server.
struct ServerRecord {
  std::string issuer;     ///< The one whose token is in use.
  std::string client_of;  ///< The issuer that the configured client belongs to: the first that was met.
  std::map<std::string, IssuerRecord> issuers;
};

/// Keeps tokens in a folder, a file for each MCP server, by the hash of its URL. Folders are made with mode 0700, files
/// are written beside their place with 0600 and renamed. An empty folder name: nothing is kept.
class TokenStore {
 public:
  explicit TokenStore(std::string folder) : folder_(std::move(folder)) {}

  /// An empty record where there is none, or where the file is damaged, larger than 1 MiB, not ours, or readable by
  /// others.
  [[nodiscard]] ServerRecord load(const std::string& server_url) const;
  /// Errors: `delivery_failed`, with the reason.
  [[nodiscard]] Result<void> save(const std::string& server_url, const ServerRecord& record) const;

 private:
  [[nodiscard]] std::string path_of(const std::string& server_url) const;

  std::string folder_;
};

}  // namespace agent::mcp
