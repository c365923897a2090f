#include "base/redact_chars.hpp"
#include "base/redact_scan.hpp"
#include "base/text.hpp"

#include <functional>

namespace agent::redaction {
namespace {

// ---- private keys (RFC 7468, RFC 4880 and OpenSSH's form) ----

constexpr std::size_t longest_key_lines = 400;    ///< A 16,384-bit RSA key has 200.
constexpr std::size_t strange_lines_allowed = 8;  ///< Lines of other writers between those of a key.

struct Span {
  std::size_t begin = 0, end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

/// The base64 at the end of a line, behind whatever a CI puts before it; blanks, quotes and ANSI codes after it don't
/// count.
Span body_of_line(std::string_view text, std::size_t begin, std::size_t end) {
  auto stop = end;
  for (bool again = true; again && stop > begin;) {
    auto before = stop;
    stop = skip_back(text, stop, [](char c) { return one_of(c, " \t\r\"',;"); });
    if (stop - begin >= 2 && text[stop - 2] == '\\' && one_of(text[stop - 1], "nr")) stop -= 2;
    if (stop > begin && text[stop - 1] == 'm') {
      auto code = skip_back(text, stop - 1, [](char c) { return is_digit(c) || c == ';'; });
      if (code >= begin + 2 && text[code - 1] == '[' && text[code - 2] == '\x1b') stop = code - 2;
    }
    again = stop < before;
  }
  auto start = skip_back(text, stop, is_base64);
  if (start >= 2 && start < stop && text[start - 1] == '[' && text[start - 2] == '\x1b') {
    start = skip(text, start, is_digit);
    if (at_or_nul(text, start) == 'm') ++start;
  }
  return {std::max(start, begin), std::max({stop, start, begin})};
}

bool is_body(std::string_view text, Span span) {
  if (span.size() < 16) return false;
  auto body = text.substr(span.begin, span.size());
  return span.size() >= 60 || looks_random(body) || body.ends_with('=');
}

constexpr std::size_t longest_mark = 60;

/// The mark of a key's start or end that holds "PRIVATE KEY" at `at`; empty when it is none.
Span marker_around(std::string_view text, std::size_t at, std::string_view word) {
  auto begin = at > longest_mark ? at - longest_mark : 0;
  auto dashes = text.substr(begin, at - begin).rfind("----");
  if (dashes == std::string_view::npos) return {};
  dashes += begin;
  auto between = trim(text.substr(dashes + 4, at - dashes - 4));
  if (!starts_folded(between, word) || !std::ranges::all_of(between, [](char c) { return is_alnum(c) || is_gap(c); }))
    return {};
  auto end = skip(text, at + 11, [](char c) { return is_alpha(c) || is_gap(c); });
  if (!text.substr(end).starts_with("----")) return {};
  return {skip_back(text, dashes, [](char c) { return c == '-'; }), skip(text, end, [](char c) { return c == '-'; })};
}

/// Adds the lines of one key; they share their number.
void add_key(std::string_view text, const std::vector<Span>& lines, Found& found) {
  std::string whole;
  for (auto line : lines) whole += text.substr(line.begin, line.size());
  if (whole.size() < 16) return;
  auto identity = "private key " + std::to_string(std::hash<std::string>{}(whole));
  for (auto line : lines) found.matches.push_back({line.begin, line.end, "private-key", Certainty::format, identity});
}

bool is_inline_body(char c) { return is_base64(c) || one_of(c, "\\ \t:,.-"); }

/// A key behind its first mark: the rest of the line, then lines until the last mark or what is no key any more.
void scan_key(std::string_view text, Span mark, Found& found) {
  std::vector<Span> lines;
  auto end = line_end(text, mark.end);
  auto closing = text.substr(0, end).find("-----END", mark.end);
  auto begin = mark.end;
  while (begin < end && (is_gap(text[begin]) || text.substr(begin, 2) == "\\n" || text.substr(begin, 2) == "\\r")) {
    begin += is_gap(text[begin]) ? 1 : 2;
  }
  auto stop = closing != std::string_view::npos ? closing : skip(text.substr(0, end), begin, is_inline_body);
  if (stop > begin && stop - begin >= 16 && !text.substr(begin, stop - begin).contains("[REDACTED:"))
    lines.push_back({begin, stop});
  bool open = closing == std::string_view::npos;
  Span last{};  // a line that is too short to be sure of; the one before the last mark
  for (std::size_t count = 0, strange = 0; open && end < text.size() && count < longest_key_lines; ++count) {
    auto next = end + 1;
    end = line_end(text, next);
    auto line = text.substr(next, end - next);
    if (line.contains("-----BEGIN")) {
      end = next;
      break;
    }
    if (line.contains("-----END")) {
      if (last.size() > 0) lines.push_back(last);
      break;
    }
    auto body = body_of_line(text, next, end);
    last = {};
    if (is_body(text, body)) {
      lines.push_back(body);
      strange = 0;
    } else {
      last = body;
      if (++strange > strange_lines_allowed) break;
    }
  }
  found.keys_end = open ? end : closing;
  add_key(text, lines, found);
}

/// The end of a key whose start was cut off.
void scan_key_tail(std::string_view text, Span mark, Found& found) {
  found.keys_end = line_end(text, mark.end);
  std::vector<Span> lines;
  auto begin = line_begin(text, mark.begin);
  for (std::size_t count = 0; begin > 0 && count < longest_key_lines; ++count) {
    auto end = begin - 1;
    begin = line_begin(text, end);
    if (text.substr(begin, end - begin).contains("-----BEGIN")) break;
    auto body = body_of_line(text, begin, end);
    if (!is_body(text, body) && (count > 0 || body.size() < 4)) break;
    lines.insert(lines.begin(), body);
  }
  add_key(text, lines, found);
}

void scan_private_key(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (!text.substr(at).starts_with("PRIVATE KEY")) return;
  if (at < found.keys_end) return;
  if (auto mark = marker_around(text, at, "BEGIN"); mark.end > 0) return scan_key(text, mark, found);
  auto mark = marker_around(text, at, "END");
  bool alone = mark.end > 0 && mark.begin > found.keys_end;  // the end of a key whose start was not seen
  if (alone) scan_key_tail(text, mark, found);
}

// ---- Kubernetes Secrets ----

constexpr std::size_t longest_object_lines = 500;

void add_secret_value(std::string_view text, std::size_t begin, std::size_t end, bool encoded, Found& found) {
  while (begin < end && (is_quote(text[begin]) || text[begin] == '\\')) ++begin;
  while (end > begin && (is_quote(text[end - 1]) || one_of(text[end - 1], " \t\r,\\"))) --end;
  auto value = text.substr(begin, end - begin);
  if (value.empty() || one_of(value.front(), "{<$|>*&!") || value.contains("***")) return;
  found.add(begin, end, "kubernetes-secret");
  if (encoded) found.hidden_forms.push_back(plain_of_base64(value));
}

std::size_t indent_of(std::string_view line) {
  return skip(line, 0, [](char c) { return c == ' '; });
}

/// Where the YAML object around the line at `at` starts: its lines are indented by at least `indent`.
std::size_t object_begin(std::string_view text, std::size_t at, std::size_t indent) {
  for (std::size_t count = 0; at > 0 && count < longest_object_lines; ++count) {
    auto before = line_begin(text, at - 1);
    auto line = text.substr(before, at - 1 - before);
    if (line.starts_with("---") || (!trim(line).empty() && indent_of(line) < indent)) break;
    at = before;
  }
  return at;
}

/// `data:` and `stringData:` of a Secret in YAML, whose `kind:` stands at `at`.
void scan_yaml_secret(std::string_view text, std::size_t at, Found& found) {
  auto here = line_begin(text, at);
  auto indent = at - here;
  if (trim(text.substr(here, indent)) == "-") indent = at - here;
  bool inside = false, encoded = false;
  auto begin = object_begin(text, here, indent);
  for (std::size_t count = 0; begin < text.size() && count < 2 * longest_object_lines; ++count) {
    auto end = line_end(text, begin);
    auto line = text.substr(begin, end - begin);
    auto body = trim(line);
    if (begin > here && (line.starts_with("---") || (!body.empty() && indent_of(line) < indent))) break;
    bool top = !body.empty() && (indent_of(line) == indent || line.substr(indent_of(line)).starts_with("- "));
    if (top) {
      encoded = body.starts_with("data:");
      inside = encoded || body.starts_with("stringData:");
    } else if (inside && !body.empty()) {
      auto colon = line.find(':');
      auto value = colon == std::string_view::npos ? indent_of(line) : skip(line, colon + 1, is_gap);
      add_secret_value(text, begin + value, end, encoded, found);
    }
    begin = end + 1;
    found.objects_end = begin;
  }
}

/// Where the string that starts behind the quote at `at` ends (its closing quote).
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at) at += text[at] == '\\';
  return std::min(at, text.size());
}

constexpr std::size_t longest_object = 65'536;

/// Where the JSON object around `at` opens.
std::size_t json_begin(std::string_view text, std::size_t at, std::size_t stop) {
  stop = std::max(stop, at > longest_object ? at - longest_object : 0);
  int depth = 0;
  while (at > stop) {
    char c = text[--at];
    if (c == '}') ++depth;
    if (c == '{' && --depth < 0) return at;
  }
  return std::string_view::npos;
}

/// String values of the object that opens at `at`; returns where it ends.
std::size_t add_json_values(std::string_view text, std::size_t at, bool encoded, Found& found) {
  bool value = false;
  for (++at; at < text.size() && text[at] != '}'; ++at) {
    if (text[at] == ':') value = true;
    if (text[at] == ',') value = false;
    if (text[at] != '"') continue;
    auto end = string_end(text, at);
    if (value) add_secret_value(text, at + 1, end, encoded, found);
    at = end;
  }
  return at;
}

/// `"data"` and `"stringData"` of a Secret in JSON, in one line or many.
void scan_json_secret(std::string_view text, std::size_t at, Found& found) {
  auto begin = json_begin(text, at, found.objects_end);
  if (begin == std::string_view::npos) return;
  text = text.substr(0, std::min(text.size(), begin + 2 * longest_object));
  int depth = 0;
  for (auto i = begin; i < text.size(); ++i) {
    found.objects_end = i;
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return;
    if (text[i] != '"') continue;
    auto end = string_end(text, i);
    auto key = text.substr(i + 1, end - i - 1);
    i = end;
    if (depth != 1 || (key != "data" && key != "stringData")) continue;
    auto open = skip(text, end + 1, [](char c) { return is_gap(c) || one_of(c, ":\r\n"); });
    if (at_or_nul(text, open) == '{') i = add_json_values(text, open, key == "data", found);
  }
}

void scan_secret_object(std::string_view text, std::size_t at, std::size_t, Found& found) {
  if (at < found.objects_end || !text.substr(at).starts_with("kind")) return;
  bool json = at > 0 && text[at - 1] == '"';
  auto behind = json ? at + 5 : at + 4;
  auto colon = skip(text, behind, is_gap);
  if (at_or_nul(text, colon) != ':' || (json && at_or_nul(text, at + 4) != '"')) return;
  auto word = skip(text, colon + 1, [](char c) { return is_gap(c) || is_quote(c); });
  if (text.substr(word, 6) != "Secret" || is_name(at_or_nul(text, word + 6))) return;
  if (json) return scan_json_secret(text, at, found);
  scan_yaml_secret(text, at, found);
}

}  // namespace

void add_block_anchors(std::vector<Anchor>& anchors) {
  anchors.push_back({"private", {}, scan_private_key});
  anchors.push_back({"kind", {}, scan_secret_object});
}

}  // namespace agent::redaction
