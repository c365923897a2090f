#include "base/redact_chars.hpp"
#include "base/redact_scan.hpp"
#include "base/text.hpp"

#include <array>

namespace agent::redaction {
namespace {

/// What a name's words say about its value.
enum class Meaning { none, credential, password, token, key };

struct NameEnd {
  std::string_view words;  ///< Lower case, without separators.
  Meaning meaning;
  bool whole_word = false;  ///< "pass" is no end of "bypass".
};

/// A name means a secret when it ends in one of these: DB_PASSWORD, authToken, aws_secret_access_key.
constexpr auto name_ends = std::to_array<NameEnd>({
    {"password", Meaning::password},
    {"passwd", Meaning::password},
    {"passphrase", Meaning::password},
    {"passcode", Meaning::password},
    {"pwd", Meaning::password, true},
    {"pass", Meaning::password, true},
    {"pgpassword", Meaning::password},
    {"secret", Meaning::key},
    {"token", Meaning::token},
    {"apikey", Meaning::key},
    {"accesskey", Meaning::key},
    {"secretkey", Meaning::key},
    {"privatekey", Meaning::key},
    {"accountkey", Meaning::key},
    {"authkey", Meaning::key},
    {"encryptionkey", Meaning::key},
    {"signingkey", Meaning::key},
    {"masterkey", Meaning::key},
    {"clientkey", Meaning::key},
    {"clientkeydata", Meaning::key},
    {"sharedkey", Meaning::key},
    {"storagekey", Meaning::key},
    {"deploykey", Meaning::key},
    {"sshkey", Meaning::key},
    {"licensekey", Meaning::key},
    {"subscriptionkey", Meaning::key},
    {"integrationkey", Meaning::key},
    {"webhookkey", Meaning::key},
    {"secretkeybase", Meaning::key},
    {"privatekeydata", Meaning::key},
    {"auth", Meaning::credential, true},
    {"credential", Meaning::credential},
    {"credentials", Meaning::credential},
    {"creds", Meaning::credential, true},
    {"connectionstring", Meaning::credential},
    {"connstr", Meaning::credential},
    {"dsn", Meaning::credential, true},
    {"sharedaccesskey", Meaning::key},
    {"sharedaccesssignature", Meaning::key},
    {"jwt", Meaning::token, true},
    {"sonarlogin", Meaning::token},
    {"passwords", Meaning::credential},
    {"secrets", Meaning::credential},
    {"tokens", Meaning::credential},
});

/// What may follow such an end without changing what the value is: PASSWORD_2, SECRET_B64, token_value.
constexpr auto neutral_words =
    std::to_array<std::string_view>({"b64", "base64", "raw", "value", "plain", "text", "string", "data", "prod", "dev",
                                     "test", "staging", "old", "new", "current", "default"});

/// Letters and digits of `name`, lower case, without "value", "_2", "b64" and the like at its end.
std::string_view without_neutral_end(std::string_view name) {
  for (bool again = true; again && !name.empty();) {
    again = is_digit(name.back()) || one_of(name.back(), "_.-");
    for (auto word : neutral_words) {
      if (name.size() <= word.size() + 1 || !ends_folded(name, word)) continue;
      if (!one_of(name[name.size() - word.size() - 1], "_.-")) continue;
      name.remove_suffix(word.size());
      again = true;
    }
    if (again) name.remove_suffix(1);
  }
  return name;
}

bool word_starts(std::string_view name, std::size_t at) {
  return at == 0 || !is_alpha(name[at - 1]) || (is_lower(name[at - 1]) && is_upper(name[at]));
}

/// The end of `name` equals `words`, written with or without separators and capitals.
bool ends_in(std::string_view name, const NameEnd& end) {
  auto at = name.size();
  for (auto letter = end.words.rbegin(); letter != end.words.rend(); ++letter) {
    while (at > 0 && one_of(name[at - 1], "_.-")) --at;
    if (at == 0 || fold(name[at - 1]) != *letter) return false;
    --at;
  }
  return !end.whole_word || word_starts(name, at);
}

Meaning meaning_of(std::string_view name) {
  name = without_neutral_end(name);
  if (equal_folded(name, "x-amz-credential")) return Meaning::none;  // holds a key's id, a date and a region
  if (equal_folded(name, "PWD") || equal_folded(name, "OLDPWD"))
    return name.front() == 'p' ? Meaning::password : Meaning::none;
  for (const auto& end : name_ends) {
    if (ends_in(name, end)) return end.meaning;
  }
  return Meaning::none;
}

std::string_view kind_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::password: return "password";
    case Meaning::token: return "token";
    case Meaning::key: return "secret";
    case Meaning::credential: return "credential";
    case Meaning::none: break;
  }
  return "secret";
}

struct Name {
  std::size_t begin = 0, end = 0;
  std::size_t behind = 0;  ///< After a quote or an ANSI code that closes it.
  std::string_view text;
};

constexpr std::size_t longest_name = 128;

Name name_around(std::string_view text, std::size_t at) {
  Name name{at, at, 0, {}};
  auto window = text.substr(0, std::min(text.size(), at + longest_name));
  while (name.begin > 0 && at - name.begin < longest_name && is_name(text[name.begin - 1])) --name.begin;
  name.end = skip(window, at, is_name);
  while (name.begin < at && one_of(text[name.begin], "-.")) ++name.begin;
  name.text = text.substr(name.begin, name.end - name.begin);
  name.behind = name.end;
  if (at_or_nul(text, name.behind) == '\\' && is_quote(at_or_nul(text, name.behind + 1))) ++name.behind;
  if (is_quote(at_or_nul(text, name.behind))) ++name.behind;
  if (at_or_nul(text, name.behind) == ']') ++name.behind;  // config["password"] = …
  return name;
}

/// A value and how it stands behind its label.
struct Value {
  std::size_t begin = 0, end = 0;
  Context context = Context::weak;
  bool quoted = false;
};

constexpr std::size_t longest_judged = 1024;  ///< Bytes of a value that are looked at.

/// Where `&name=…`, `;name=…` or `,name=…` starts in a value, when one does; else `end`.
std::size_t before_next_pair(std::string_view text, std::size_t begin, std::size_t end) {
  for (auto at = begin; at < std::min(end, begin + longest_judged); ++at) {
    if (!one_of(text[at], "&;,")) continue;
    auto equals = skip(text.substr(0, end), at + 1, is_name);
    if (equals > at + 1 && at_or_nul(text, equals) == '=' && at_or_nul(text, equals + 1) != '=') return at;
  }
  return end;
}

/// The value that starts at `at`: to the closing quote, or to a blank and what ends a word in an argument list.
Value value_at(std::string_view text, std::size_t at, bool whole_word, Found& found) {
  bool escaped = at_or_nul(text, at) == '\\' && is_quote(at_or_nul(text, at + 1));
  if (escaped) ++at;
  if (is_quote(at_or_nul(text, at))) {
    char quote = text[at];
    auto end = at + 1;
    while (end < text.size() && text[end] != '\n' && (text[end] != quote || (text[end - 1] == '\\' && !escaped))) ++end;
    if (escaped && end > at + 1 && text[end - 1] == '\\') --end;
    return {at + 1, end, Context::strong, true};
  }
  auto stops = whole_word ? std::string_view(" \t\r\n\"'`<>\x1b") : std::string_view(" \t\r\n\"'`<>\x1b,;&)}]|\\");
  auto& known_end = found.values_end[whole_word];
  auto end = at >= found.values_begin[whole_word] && at < known_end
                 ? known_end
                 : std::min(text.find_first_of(stops, at), text.size());
  found.values_begin[whole_word] = at;
  known_end = end;
  if (whole_word) end = before_next_pair(text, at, end);
  while (end > at && one_of(text[end - 1], ",;)}]")) --end;
  return {at, end, Context::weak, false};
}

bool ends_line(std::string_view text, std::size_t at) {
  at = skip(text, at, [](char c) { return is_gap(c) || c == '\r' || is_quote(c) || c == ','; });
  return at == text.size() || text[at] == '\n';
}

/// True when the name is the first thing in its line, apart from "- ", "export " and a CI's timestamp.
bool opens_line(std::string_view text, const Name& name) {
  constexpr std::size_t longest_stamp = 128;
  auto begin = line_begin_within(text, name.begin, longest_stamp);
  auto before = trim(text.substr(begin, name.begin - begin));
  if (before.ends_with('"') || before.ends_with('\'')) before = trim(before.substr(0, before.size() - 1));
  return before.empty() || before == "-" || before == "export" || before == "set" || before == "ENV" ||
         before.ends_with('Z');
}

bool is_environment_name(std::string_view name) { return name.contains('_') && std::ranges::none_of(name, is_lower); }

/// What stands between a name and its value, and where the value starts; `npos` when none follows.
struct Separator {
  std::size_t value = std::string_view::npos;
  bool strong = false;
};

Separator separator_behind(std::string_view text, const Name& name) {
  auto at = skip_gaps(text, name.behind);
  bool gap = at > name.behind && text[name.behind] != '\x1b';
  bool quoted_name = name.behind > name.end;
  char c = at_or_nul(text, at);
  if (c == '=' && at_or_nul(text, at + 1) == '>') return {skip_gaps(text, at + 2), false};
  if (c == '=' && !gap && is_gap(at_or_nul(text, at + 1))) return {};  // empty
  if (c == '=' && at_or_nul(text, at + 1) != '=') return {skip_gaps(text, at + 1), !gap};
  if (c == ':' && at_or_nul(text, at + 1) == '=') return {skip_gaps(text, at + 2), false};
  if (c == ':' && name.begin >= 2 && text.substr(name.begin - 2, 2) == "//") return {};  // a URL's user
  if (c == ':' && at_or_nul(text, at + 1) != ':') return {skip_gaps(text, at + 1), quoted_name};
  if (c == '>' && !gap && name.begin > 0 && text[name.begin - 1] == '<') return {at + 1, true};
  bool option =
      name.begin >= 1 && text[name.begin - 1] == '-' && (name.begin == 1 || one_of(text[name.begin - 2], "- \t\"'"));
  if (option && gap && c != '-') return {at, true};
  return {};
}

/// `<add key="Password" value="…"/>`, `- name: DB_PASSWORD` with `value: …` in the same or the next line.
std::size_t value_attribute(std::string_view text, const Name& name) {
  auto at = skip(text, name.behind, [](char c) { return is_gap(c) || c == ',' || c == '\r'; });
  if (at_or_nul(text, at) == '\n') at = skip(text, at + 1, is_gap);
  if (is_quote(at_or_nul(text, at))) ++at;
  if (!starts_folded(text.substr(at), "value")) return std::string_view::npos;
  at += 5;
  if (is_quote(at_or_nul(text, at))) ++at;
  at = skip_gaps(text, at);
  if (!one_of(at_or_nul(text, at), ":=") || at >= text.size()) return std::string_view::npos;
  return skip_gaps(text, at + 1);
}

bool is_header_word(std::string_view word) {
  constexpr auto schemes =
      std::to_array<std::string_view>({"basic", "bearer", "token", "apikey", "api-key", "bot", "negotiate", "ntlm",
                                       "digest", "aws4-hmac-sha256", "key", "jwt", "oauth"});
  return std::ranges::any_of(schemes, [word](auto scheme) { return equal_folded(word, scheme); });
}

constexpr std::size_t longest_header = 16'384;  ///< Servers refuse longer ones.

/// `Authorization: Bearer …`: the scheme stays, the credentials go. RFC 9110, 11.4.
void add_authorization(std::string_view text, Value value, Found& found) {
  if (value.begin >= value.end) return;
  auto inside = text.substr(
      value.begin, (value.quoted ? value.end : line_end_within(text, value.begin, longest_header)) - value.begin);
  auto word = inside.substr(0, skip(inside, 0, [](char c) { return is_slug(c); }));
  if (!is_header_word(word)) {
    auto whole = text.substr(value.begin, std::min(value.end - value.begin, longest_judged));
    if (is_secret_value(whole, Context::weak, value.quoted)) found.add(value.begin, value.end, "authorization");
    return;
  }
  text = text.substr(0, std::min(text.size(), value.begin + longest_header));
  auto begin = value.begin + skip_gaps(inside, word.size());
  if (is_quote(at_or_nul(text, begin))) ++begin;
  bool many = equal_folded(word, "digest") || equal_folded(word, "aws4-hmac-sha256");
  auto end = std::min(text.find_first_of(many ? "\n\r\"\x1b" : " \t\r\n\"'`,;<>\\)\x1b", begin), text.size());
  auto secret = text.substr(begin, std::min(end - begin, longest_judged));
  if (!secret.empty() && is_secret_value(secret, Context::strong, true)) found.add(begin, end, "authorization");
}

/// "Enter your password": one of its words says something about the secret.
bool is_sentence(std::string_view text) {
  while (!text.empty()) {
    auto word = text.substr(0, text.find(' '));
    if (is_telling_word(word)) return true;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return false;
}

/// A label's value may hold words ("token: invalid"), a whole URL or a name of its own: what decides is how it stands.
bool hides(std::string_view text, const Name& name, Meaning meaning, const Value& value) {
  auto bytes = text.substr(value.begin, std::min(value.end - value.begin, longest_judged));
  if (!is_secret_value(bytes, value.context, value.quoted)) return false;
  if (starts_folded(bytes, "server=") || starts_folded(bytes, "host=") || starts_folded(bytes, "data source=") ||
      starts_folded(bytes, "DefaultEndpointsProtocol")) {
    return false;  // a connection string: its own labels are read
  }
  bool known_kind = meaning == Meaning::password || meaning == Meaning::key;
  if (bytes.contains(' ') && (!known_kind || is_sentence(bytes))) return false;
  if (known_kind) return true;
  if (meaning == Meaning::token && is_environment_name(name.text)) return true;
  if (meaning == Meaning::token && value.context != Context::weak && bytes.size() >= 16) return true;
  return looks_random(bytes) || (meaning == Meaning::token && value.context == Context::strong && bytes.size() >= 8 &&
                                 bytes.find_first_of("0123456789") != std::string_view::npos);
}

void scan_label(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (!found.matches.empty() && at < found.matches.back().end && at >= found.matches.back().begin)
    return;  // in a secret
  auto name = name_around(text, at);
  bool authorization = ends_folded(name.text, "authorization");
  auto meaning = authorization ? Meaning::credential : meaning_of(name.text);
  if (meaning == Meaning::none) return;

  auto separator = separator_behind(text, name);
  if (separator.value == std::string_view::npos) separator = {value_attribute(text, name), true};
  if (separator.value >= text.size()) return;
  auto value = value_at(text, separator.value, name.begin == 0 || one_of(text[name.begin - 1], " \t\n-"), found);
  if (authorization) return add_authorization(text, value, found);
  if (separator.strong) {
    value.context = Context::strong;
  } else if (!value.quoted && opens_line(text, name) && ends_line(text, value.end)) {
    value.context = Context::line;
  }
  if (value.context != Context::strong && equal_folded(name.text, "pass")) return;  // "PASS: TestLogin"
  if (hides(text, name, meaning, value)) found.add(value.begin, value.end, kind_of(meaning));
}

/// `.netrc`: "machine h login u password p", in one line or several.
void scan_netrc(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (!starts_folded(text.substr(at), "password ") || (at > 0 && !one_of(text[at - 1], " \t\n"))) return;
  constexpr std::size_t longest_entry = 512;
  text = text.substr(0, line_end_within(text, at, longest_entry));
  auto begin = line_begin_within(text, at, longest_entry);
  auto before = trim(text.substr(begin, at - begin));
  if (before.empty() && begin > 0) {
    auto previous = line_begin_within(text, begin - 1, longest_entry);
    before = trim(text.substr(previous, begin - 1 - previous));
  }
  auto login = before.rfind("login ");
  if (login == std::string_view::npos || before.find(' ', login + 6) != std::string_view::npos) return;
  auto value = value_at(text, skip(text, at + 9, is_gap), true, found);
  if (is_secret_value(text.substr(value.begin, value.end - value.begin), Context::strong, false)) {
    found.add(value.begin, value.end, "password");
  }
}

/// Starts of the words in `name_ends`; each is looked at with the whole name around it.
constexpr auto label_starts = std::to_array<std::string_view>(
    {"pass", "pwd", "secret", "token", "apik", "api_k", "api-k", "key", "auth", "cred", "connectionstring",
     "connection_string", "connstr", "dsn", "login", "jwt", "sharedaccess"});

}  // namespace

void add_label_anchors(std::vector<Anchor>& anchors) {
  constexpr std::string_view behind_word = "=:\"' _-.>\\]s0123456789";
  for (auto start : label_starts) anchors.push_back({start, behind_word, scan_label});
  anchors.push_back({"password ", {}, scan_netrc});
}

}  // namespace agent::redaction
