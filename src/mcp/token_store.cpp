#include "mcp/token_store.hpp"

#include "base/descriptor.hpp"
#include "mcp/message.hpp"
#include "mcp/oauth_secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

namespace agent::mcp {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20U;

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {digits[byte >> 4U], digits[byte & 15U]};
  }
  return text;
}

std::int64_t number_at(const Json& object, std::string_view key) {
  const Json& value = value_at(object, key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

Json json_of(const IssuerRecord& record) {
  const auto& [registration, tokens] = record;
  return {{"client",
           {{"client_id", registration.client_id},
            {"client_secret", registration.client_secret},
            {"auth_method", registration.auth_method},
            {"redirect_uri", registration.redirect_uri},
            {"scope", registration.scope},
            {"expires_at", registration.expires_at}}},
          {"tokens",
           {{"access", tokens.access},
            {"refresh", tokens.refresh},
            {"scope", tokens.scope},
            {"expires_at", tokens.expires_at},
            {"resource", tokens.resource}}}};
}

IssuerRecord issuer_of(const Json& value) {
  const Json& client = value_at(value, "client");
  const Json& tokens = value_at(value, "tokens");
  return {{text_at(client, "client_id"), text_at(client, "client_secret"), text_at(client, "auth_method"),
           text_at(client, "redirect_uri"), text_at(client, "scope"), number_at(client, "expires_at")},
          {text_at(tokens, "access"), text_at(tokens, "refresh"), text_at(tokens, "scope"),
           number_at(tokens, "expires_at"), text_at(tokens, "resource")}};
}

std::string text_of(const std::string& server_url, const ServerRecord& record) {
  Json issuers = Json::object();
  for (const auto& [issuer, one] : record.issuers) issuers[issuer] = json_of(one);
  const Json whole{{"server", server_url},
                   {"issuer", record.issuer},
                   {"client_of", record.client_of},
                   {"issuers", std::move(issuers)}};
  return whole.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Nothing when the file is not there, or not for us alone.
std::optional<std::string> read_private(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat about{};
  if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return {};
  if (about.st_uid != ::geteuid() || (about.st_mode & 077U) != 0) return {};
  std::string text;
  std::array<char, 8192> block{};
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) return text;
    if (got < 0 || text.size() > most_bytes) return {};
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

std::unexpected<Error> cannot_keep(const std::string& path, int code) {
  return fail(ErrorKind::delivery_failed, "cannot keep tokens", path + ": " + std::strerror(code),
              "give the state folder to the user that runs this");
}

Result<void> make_folders(const std::string& folder) {
  for (std::size_t at = 1; at != std::string::npos;) {
    at = folder.find('/', at + 1);
    const std::string part = folder.substr(0, at);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return cannot_keep(part, errno);
  }
  return {};
}

Result<void> write_all(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t put = ::write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return cannot_keep(path, errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> write_and_rename(const std::string& path, std::string_view text) {
  std::string beside = path + ".XXXXXX";
  const Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));  // with mode 0600
  if (!file) return cannot_keep(path, errno);
  Result<void> written = write_all(file.get(), text, path);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) written = cannot_keep(path, errno);
  if (!written) ::unlink(beside.c_str());
  return written;
}

}  // namespace

std::string TokenStore::path_of(const std::string& server_url) const {
  return folder_ + "/" + hex(sha256(server_url)).substr(0, 32) + ".json";
}

ServerRecord TokenStore::load(const std::string& server_url) const {
  // The first digest costs a millisecond, which who never signed in anywhere need not pay.
  if (folder_.empty() || ::access(folder_.c_str(), F_OK) != 0) return {};
  const auto value = parse_json_text(read_private(path_of(server_url)).value_or(""));
  if (!value || text_at(*value, "server") != server_url) return {};
  ServerRecord record{text_at(*value, "issuer"), text_at(*value, "client_of"), {}};
  const Json& issuers = value_at(*value, "issuers");
  if (issuers.is_object())
    for (const auto& [issuer, one] : issuers.items()) record.issuers[issuer] = issuer_of(one);
  return record;
}

Result<void> TokenStore::save(const std::string& server_url, const ServerRecord& record) const {
  if (folder_.empty()) return {};
  TRY(make_folders(folder_));
  return write_and_rename(path_of(server_url), text_of(server_url, record));
}

}  // namespace agent::mcp
