#include "mcp/static_authorizer.hpp"

#include "base/settings_file.hpp"
#include "base/text.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::size_t max_token_bytes = std::size_t{64} * 1024;

std::unexpected<Error> bad_file(const std::string& path, const std::string& what) {
  return fail(ErrorKind::settings, "the token file '" + clean_line(path) + "' " + what, "",
              "name a file that holds the token alone");
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t from = text.find_first_not_of(blanks);
  return from == std::string_view::npos ? "" : text.substr(from, text.find_last_not_of(blanks) + 1 - from);
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<std::string> read_token_file(const std::string& path) {
  const std::string text = TRY(read_small_file(path, "token file", "")).text;
  if (text.size() > max_token_bytes) return bad_file(path, "is longer than 64 KiB");
  const std::string_view token = without_blanks(text);
  if (token.empty()) return bad_file(path, "is empty");
  if (!is_visible_ascii(token)) return bad_file(path, "holds something that is no token");
  return std::string(token);
}

}  // namespace

StaticAuthorizer::StaticAuthorizer(StaticToken from) : from_(std::move(from)), token_(from_.token) {
  if (!token_.empty() && from_.learn) from_.learn("token", token_);
}

Result<std::string> StaticAuthorizer::authorization(net::Deadline, const std::stop_token&) {
  if (from_.file.empty()) return value();
  struct stat now{};
  if (::stat(from_.file.c_str(), &now) != 0)
    return bad_file(from_.file, std::string("can't be read: ") + std::strerror(errno));
  const Stamp stamp{now.st_mtim.tv_sec, now.st_mtim.tv_nsec, now.st_size};
  if (is_of(stamp)) return value();
  take(TRY(read_token_file(from_.file)), stamp);
  return value();
}

Result<bool> StaticAuthorizer::challenged(int status, std::string_view, std::string_view used_authorization,
                                          net::Deadline, const std::stop_token&) {
  if (status != 401 || from_.file.empty()) return false;
  take(TRY(read_token_file(from_.file)), {});
  return value() != used_authorization;
}

bool StaticAuthorizer::is_of(const Stamp& stamp) {
  const std::lock_guard lock(mutex_);
  return stamp == read_;
}

void StaticAuthorizer::take(std::string token, const Stamp& stamp) {
  const std::lock_guard lock(mutex_);
  if (token != token_ && from_.learn) from_.learn("token", token);
  token_ = std::move(token);
  read_ = stamp;
}

std::string StaticAuthorizer::value() {
  const std::lock_guard lock(mutex_);
  return token_.empty() ? "" : "Bearer " + token_;
}

}  // namespace agent::mcp
