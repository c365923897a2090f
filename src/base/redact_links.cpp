#include "base/redact_chars.hpp"
#include "base/redact_scan.hpp"
#include "base/text.hpp"

#include <array>

namespace agent::redaction {
namespace {

constexpr std::size_t longest_userinfo = 2048;

/// Users that only say that a token follows.
bool is_stand_in_user(std::string_view user) {
  constexpr auto names =
      std::to_array<std::string_view>({"git", "oauth2", "x-access-token", "x-token-auth", "x-oauth-basic", "user"});
  return std::ranges::find(names, user) != names.end();
}

/// "user:pa" of "user:pa/ss@host", whose '/' should have been percent-encoded: no port, so it is a password's start.
bool has_open_password(std::string_view authority) {
  auto colon = authority.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < authority.size() &&
         authority.find_first_not_of("0123456789", colon + 1) != std::string_view::npos;
}

/// `scheme://user:password@host`: RFC 3986, 3.2.1. The user stays unless it is the token.
void scan_url(std::string_view text, std::size_t at, std::size_t, Found& found) {
  auto begin = at + 4;  // behind the scheme's last letter and "://"
  if (text.substr(at + 1, 3) != "://") return;
  auto window = text.substr(0, std::min(text.size(), begin + longest_userinfo));
  constexpr ByteSet authority_ends("/?# \t\r\n\"'`<>\\,()[]\x1b"), link_ends(" \t\r\n\"'`<>\\\x1b");
  auto end = authority_ends.find_in(window, begin);
  auto sign = window.substr(begin, end - begin).rfind('@');
  if (sign == std::string_view::npos && has_open_password(window.substr(begin, end - begin))) {
    end = link_ends.find_in(window, begin);
    sign = window.substr(begin, end - begin).rfind('@');
  }
  if (sign == std::string_view::npos) return;
  auto user = text.substr(begin, sign);
  sign += begin;
  auto colon = user.find(':');
  auto password = colon == std::string_view::npos ? std::string_view{} : user.substr(colon + 1);
  if (!password.empty() && password != "x-oauth-basic") {
    bool stands_in = password.front() == '$' || password.front() == '{' || password.contains("***") ||
                     (password.starts_with('%') && password.size() == 2);
    if (!stands_in) found.add(sign - password.size(), sign, "url-password");
    return;
  }
  auto name = user.substr(0, colon);
  if (name.size() >= 16 && !is_stand_in_user(name) && looks_random(name))
    found.add(begin, begin + name.size(), "url-token");
}

/// Go's MySQL form: `user:password@tcp(host)/db`.
void scan_go_dsn(std::string_view text, std::size_t at, std::size_t, Found& found) {
  auto address = text.substr(at, 6);
  if (address != "@tcp(" && !address.starts_with("@tcp(") && !address.starts_with("@unix(")) return;
  constexpr std::size_t longest_pair = 256;
  auto window = at > longest_pair ? at - longest_pair : 0;
  auto begin = at;
  while (begin > window && !one_of(text[begin - 1], " \t\r\n\"'`=<>\x1b")) --begin;
  auto colon = text.substr(begin, at - begin).find(':');
  if (colon == std::string_view::npos) return;
  begin += colon + 1;
  if (begin < at && !one_of(text[begin], "$%{<*")) found.add(begin, at, "url-password");
}

/// "Bearer" and a token, also without a header's name.
void scan_bearer(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (!starts_folded(text.substr(at), "bearer ") || !token_may_start(text, at)) return;
  auto begin = skip_gaps(text, at + 7);
  auto end = skip(text, begin, [](char c) { return is_base64(c) || one_of(c, "-._~"); });
  while (end > begin && text[end - 1] == '.') --end;
  auto token = text.substr(begin, end - begin);
  if (token.size() >= 16 && std::ranges::any_of(token, is_digit) && std::ranges::any_of(token, is_alpha))
    found.add(begin, end, "authorization");
}

bool is_cookie_attribute(std::string_view name) {
  constexpr auto names =
      std::to_array<std::string_view>({"path", "expires", "max-age", "domain", "samesite", "version", "priority"});
  return std::ranges::any_of(names, [name](auto known) { return equal_folded(name, known); });
}

/// `Cookie: a=…; b=…` and `Set-Cookie: a=…; Path=/`: RFC 6265. Names and attributes stay.
void scan_cookie(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (at < found.cookies_end || !starts_folded(text.substr(at), "cookie") || (at > 0 && is_word(text[at - 1]))) return;
  auto behind = at + 6;
  bool quoted = is_quote(at_or_nul(text, behind));
  if (quoted) ++behind;
  if (at_or_nul(text, behind) != ':') return;
  behind = skip(text, behind + 1, [](char c) { return is_gap(c) || is_quote(c) || c == '['; });
  auto end = std::min(text.find_first_of("\n\r\"'`\x1b", behind), text.size());
  found.cookies_end = end;
  while (behind < end) {
    auto stop = std::min(text.find(';', behind), end);
    auto equals = text.substr(0, stop).find('=', behind);
    if (equals == std::string_view::npos) break;
    auto name = trim(text.substr(behind, equals - behind));
    auto value = text.substr(equals + 1, stop - equals - 1);
    if (name.contains(' ')) break;
    if (!is_cookie_attribute(name) && value.size() >= 4 && is_secret_value(value, Context::strong, true)) {
      found.add(equals + 1, stop, "cookie");
    }
    behind = skip(text, stop + 1, is_gap);
  }
}

/// A program whose option takes a secret.
struct Command {
  std::string_view program;  ///< Preceded by no letter, followed by a blank.
  std::string_view option;   ///< With the blank before it.
  bool user_and_password;    ///< "user:password": what is before the colon stays.
  bool joined;               ///< The value follows without a blank (mysql's -p).
};

constexpr auto commands = std::to_array<Command>({
    {"curl", "-u", true, false},
    {"curl", "--user", true, false},
    {"curl", "-U", true, false},
    {"curl", "--proxy-user", true, false},
    {"login", "-p", false, false},  // docker, podman, buildah, skopeo, helm registry, az, oc
    {"sshpass", "-p", false, false},
    {"sshpass", "-p", false, true},
    {"mysql", "-p", false, true},
    {"mysqldump", "-p", false, true},
    {"mysqladmin", "-p", false, true},
    {"mariadb", "-p", false, true},
    {"redis-cli", "-a", false, false},
    {"ldapsearch", "-w", false, false},
    {"htpasswd", "-b", false, false},
});

constexpr std::size_t longest_command = 1024;

void scan_command(std::string_view text, std::size_t at, std::size_t row, Found& found) {
  const auto& command = commands[row];
  if (!text.substr(at).starts_with(command.program) || !token_may_start(text, at)) return;
  auto from = at + command.program.size();
  if (!is_gap(at_or_nul(text, from))) return;
  auto line = text.substr(0, line_end_within(text, from, longest_command));
  auto option = line.find(command.option, from);
  while (option != std::string_view::npos && !is_gap(line[option - 1])) option = line.find(command.option, option + 1);
  if (option == std::string_view::npos) return;
  auto begin = option + command.option.size();
  bool gap = one_of(at_or_nul(line, begin), " \t=");
  if (gap == command.joined) return;
  if (gap) begin = skip(line, begin, [](char c) { return is_gap(c) || c == '='; });
  char quote = is_quote(at_or_nul(line, begin)) ? line[begin++] : '\0';
  auto end =
      std::min(quote == '\0' ? line.find_first_of(" \t\r\"'`\x1b", begin) : line.find(quote, begin), line.size());
  if (command.user_and_password) {
    auto colon = line.substr(0, end).find(':', begin);
    if (colon == std::string_view::npos) return;
    begin = colon + 1;
  }
  if (begin < end && is_secret_value(line.substr(begin, end - begin), Context::strong, true))
    found.add(begin, end, "password");
}

/// A line of `.pgpass`: host:5432:database:user:password.
void scan_pgpass(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (text.substr(at, 6) != ":5432:") return;
  text = text.substr(0, line_end_within(text, at, longest_command));
  auto end = std::min(text.find_first_of(" \t\r\n\"'\x1b", at), text.size());
  auto database = text.substr(0, end).find(':', at + 6);
  if (database == std::string_view::npos) return;
  auto user = text.substr(0, end).find(':', database + 1);
  if (user == std::string_view::npos || user + 1 >= end) return;
  if (is_secret_value(text.substr(user + 1, end - user - 1), Context::strong, true))
    found.add(user + 1, end, "password");
}

}  // namespace

void add_link_anchors(std::vector<Anchor>& anchors) {
  constexpr auto schemes = std::to_array<std::string_view>(
      {"a://", "b://", "c://", "d://", "e://", "f://", "g://", "h://", "i://", "j://", "k://", "l://",
       "m://", "n://", "o://", "p://", "q://", "r://", "s://", "t://", "u://", "v://", "w://", "x://",
       "y://", "z://", "0://", "1://", "2://", "3://", "4://", "5://", "6://", "7://", "8://", "9://"});
  for (auto scheme : schemes) anchors.push_back({scheme, {}, scan_url});
  for (std::size_t row = 0; row < commands.size(); ++row)
    anchors.push_back({commands[row].program, {}, scan_command, row});
  anchors.push_back({"@tcp(", {}, scan_go_dsn});
  anchors.push_back({"@unix(", {}, scan_go_dsn});
  anchors.push_back({"bearer", {}, scan_bearer});
  anchors.push_back({"cookie", {}, scan_cookie});
  anchors.push_back({":5432:", {}, scan_pgpass});
}

}  // namespace agent::redaction
