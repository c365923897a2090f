#include "base/encoding.hpp"
#include "base/redact_chars.hpp"
#include "base/redact_scan.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace agent::redaction {
namespace {

/// Words that stand behind a label and say something about the secret, its type or nothing. Sorted.
constexpr auto telling_words = std::to_array<std::string_view>({
    "a",
    "absent",
    "accepted",
    "an",
    "and",
    "any",
    "are",
    "array",
    "auth",
    "authentication",
    "authorization",
    "bad",
    "basic",
    "bearer",
    "blank",
    "bool",
    "boolean",
    "byte",
    "bytes",
    "cannot",
    "changed",
    "char",
    "configured",
    "const",
    "created",
    "credential",
    "credentials",
    "default",
    "defined",
    "deleted",
    "denied",
    "deprecated",
    "disabled",
    "does",
    "empty",
    "enabled",
    "env",
    "environment",
    "error",
    "expected",
    "expired",
    "failed",
    "failure",
    "false",
    "field",
    "file",
    "final",
    "for",
    "forbidden",
    "found",
    "from",
    "function",
    "generated",
    "has",
    "hidden",
    "if",
    "ignored",
    "illegal",
    "in",
    "incorrect",
    "input",
    "int",
    "integer",
    "invalid",
    "is",
    "key",
    "let",
    "masked",
    "method",
    "migrated",
    "migrating",
    "mismatch",
    "missing",
    "must",
    "never",
    "new",
    "nil",
    "no",
    "none",
    "not",
    "null",
    "number",
    "object",
    "of",
    "off",
    "ok",
    "omitted",
    "on",
    "optional",
    "or",
    "passwd",
    "password",
    "present",
    "private",
    "prompt",
    "protected",
    "provided",
    "public",
    "read",
    "redacted",
    "removed",
    "request",
    "required",
    "requesting",
    "returned",
    "revoked",
    "secret",
    "secrets",
    "secure",
    "sensitive",
    "set",
    "should",
    "skipped",
    "static",
    "str",
    "string",
    "success",
    "text",
    "the",
    "this",
    "to",
    "token",
    "tokens",
    "true",
    "type",
    "undefined",
    "unauthorized",
    "unchanged",
    "unexpected",
    "unknown",
    "unset",
    "unspecified",
    "updated",
    "use",
    "used",
    "using",
    "valid",
    "value",
    "var",
    "verified",
    "void",
    "was",
    "with",
    "wrong",
    "yes",
    "your",
});

/// "***", "xxxx", "…", "[secure]", "<token>", "${TOKEN}", "$(cmd)", "{{ x }}", "%TOKEN%", "%s", "ghp_***",
/// "sk-12...ab".
bool is_stand_in(std::string_view value) {
  if (value.contains("***") || value.contains("...") || value.contains("\xE2\x80\xA6") ||
      value.contains("\xE2\x80\xA2"))
    return true;
  if (value.find_first_not_of(value.front()) == std::string_view::npos) return true;
  if (value.find_first_not_of("xX*#.-_") == std::string_view::npos) return true;
  char first = value.front(), second = at_or_nul(value, 1);
  if (first == '$') return second == '{' || second == '(' || is_alpha(second) || second == '_' || second == '$';
  if (first == '<' || first == '{') return true;
  if (first == '[' || first == '(')
    return value.find_first_of("])") != std::string_view::npos || std::ranges::all_of(value.substr(1), is_alpha);
  if (first == '%') return value.back() == '%' || (value.size() <= 3 && is_alpha(second));
  if (first == '!' || first == '&')
    return is_alpha(second) && value.find_first_of("0123456789") == std::string_view::npos;
  return first == '#' && second == '{';
}

bool is_number(std::string_view value) { return value.find_first_not_of("0123456789.,_+-") == std::string_view::npos; }

/// A path or the address of one: "/run/secrets/x", "./token", "~/.netrc", "C:\keys", "@token.txt", "file:///x".
bool is_path(std::string_view value) {
  if (value.starts_with('@')) value.remove_prefix(1);
  bool drive = value.size() > 2 && is_alpha(value[0]) && value[1] == ':' && (value[2] == '\\' || value[2] == '/');
  if (drive || value.starts_with("./") || value.starts_with("../") || value.starts_with("~/")) return true;
  if (!value.starts_with('/')) return false;
  // A base64 secret may start with '/' as well; a path has words.
  return value.size() < 30 || value.contains('.') || value.contains("/run/") || value.contains('_') ||
         value.contains('-');
}

/// "getPassword()", "Some(", "Option<String>", "os.environ[…]", "self.token", "a::b", "x->y".
bool is_code(std::string_view value) {
  auto name = skip(value, 0, [](char c) { return is_word(c) || c == '.' || c == ':' || c == '-' || c == '>'; });
  bool starts_as_name = is_alpha(value.front()) || value.front() == '_';
  if (!starts_as_name) return false;
  if (name < value.size() && one_of(value[name], "([{<")) return true;
  if (value.contains("::") || value.contains("->")) return true;
  auto dot = value.find('.');
  return name == value.size() && dot != std::string_view::npos && dot + 1 < value.size() && is_alpha(value[dot + 1]) &&
         value.find_first_of("0123456789") == std::string_view::npos;
}

struct Classes {
  std::size_t lower = 0, upper = 0, digit = 0, mark = 0, other = 0;
};

/// Counts characters; marks join words ("-_.:/ "), an upper-case letter counts where it does not start a word.
Classes classify(std::string_view value) {
  Classes classes;
  for (std::size_t i = 0; i < value.size(); ++i) {
    char c = value[i];
    bool starts_word = i == 0 || !is_alnum(value[i - 1]);
    if (is_lower(c) || (is_upper(c) && starts_word && is_lower(at_or_nul(value, i + 1)))) {
      ++classes.lower;
    } else if (is_upper(c)) {
      ++classes.upper;
    } else if (is_digit(c)) {
      ++classes.digit;
    } else {
      ++(one_of(c, "-_.:/ ") ? classes.mark : classes.other);
    }
  }
  return classes;
}

bool is_version(std::string_view value) {
  if (value.starts_with('v')) value.remove_prefix(1);
  return !value.empty() && is_digit(value.front()) &&
         value.find_first_not_of("0123456789.-+rcalphbet") == std::string_view::npos && value.contains('.');
}

/// "main.go:12", "api.example.com", "host.local:8080", "app.min.js"
bool is_file_or_host(std::string_view value) {
  auto dot = value.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  auto end = skip(value, dot + 1, is_alnum);
  bool extension = end > dot + 1 && end - dot <= 7 && is_alpha(value[dot + 1]);
  auto tail = value.substr(end);
  bool position = tail.empty() ||
                  (tail.front() == ':' && tail.find_first_not_of("0123456789:") == std::string_view::npos) ||
                  tail.front() == '/';
  return extension && position && classify(value.substr(0, dot)).digit <= 3;
}

}  // namespace

bool is_telling_word(std::string_view value) {
  while (!value.empty() && one_of(value.back(), ".,;:!?")) value.remove_suffix(1);
  auto word = lower(value);
  return std::ranges::find(telling_words, word) != telling_words.end();
}

bool looks_random(std::string_view value) {
  if (value.size() < 8 || is_version(value)) return false;
  auto classes = classify(value);
  auto letters = classes.lower + classes.upper;
  if (letters == 0 || classes.mark > value.size() / 4) return false;
  if (classes.digit == 0) return classes.upper >= 2 && classes.lower >= 2 && value.size() >= 20 && classes.mark == 0;
  if (classes.other > 0) return true;
  // One number at the end of words ("build-step-12", "section2") is a name; digits in several places are a lot's.
  std::size_t runs = 0;
  for (std::size_t i = 0; i < value.size(); ++i) runs += is_digit(value[i]) && !is_digit(at_or_nul(value, i + 1));
  return runs >= 2 + classes.mark / 2;
}

bool is_secret_value(std::string_view value, Context context, bool quoted) {
  if (value.size() < 4 || is_stand_in(value) || is_telling_word(value)) return false;
  if (is_number(value))
    return value.size() >= 6 && context != Context::weak && value.find_first_of(".,_+") == std::string_view::npos;
  if (is_path(value) || value.contains("://")) return false;
  if (value.front() == '\\' || value.front() == '=') return false;
  if (!quoted && is_code(value)) return false;
  bool names_a_variable =
      value.contains('_') && value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string_view::npos;
  if (context == Context::line && names_a_variable) return false;  // "server-password: GITHUB_TOKEN"
  if (context != Context::weak) return true;
  return looks_random(value) && !is_file_or_host(value);
}

bool worth_learning(std::string_view value) {
  if (value.size() < 6 || is_stand_in(value) || is_number(value) || is_version(value) || is_path(value) ||
      is_file_or_host(value)) {
    return false;
  }
  auto classes = classify(value);
  return (classes.lower > 0) + (classes.upper > 0) + (classes.digit > 0) + (classes.other > 0) >= 2;
}

std::string plain_of_base64(std::string_view value) {
  while (value.ends_with('=')) value.remove_suffix(1);
  if (value.size() % 4 == 1) value.remove_suffix(1);  // cut short: the last digit says nothing
  auto plain = decode_base64_url(value);
  if (!plain || std::ranges::any_of(*plain, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) return {};
  return *std::move(plain);
}

}  // namespace agent::redaction
