#include "llm/loose_json.hpp"

#include "base/text.hpp"

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace agent::llm {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_code_point(std::string& text, unsigned code) {
  const auto byte = [&text](unsigned value) { text += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
  } else {
    if (code < 0x10000) {
      byte(0xE0U | (code >> 12U));
    } else {
      byte(0xF0U | (code >> 18U));
      byte(0x80U | ((code >> 12U) & 0x3FU));
    }
    byte(0x80U | ((code >> 6U) & 0x3FU));
  }
  byte(0x80U | (code & 0x3FU));
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] std::optional<LooseValue> value() {
    skip_blanks();
    const char first = peek();
    if (first != '{' && first != '[' && first != '"' && first != '\'') return std::nullopt;
    Json read = any();
    if (too_deep_) return std::nullopt;
    return LooseValue{std::move(read), at_};
  }

  [[nodiscard]] std::optional<LooseValue> keywords() {
    Json arguments = Json::object();
    for (skip_separators(); peek() != ')'; skip_separators()) {
      if (at_ == text_.size()) return std::nullopt;
      const std::string name = word("=,:)(");
      skip_blanks();
      if (name.empty() || (peek() != '=' && peek() != ':')) return std::nullopt;
      ++at_;
      arguments[name] = any();
      if (too_deep_) return std::nullopt;
    }
    return LooseValue{std::move(arguments), at_ + 1};
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  void skip_separators() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == ',')) ++at_;
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by most_depth
  Json any() {
    skip_blanks();
    switch (peek()) {
      case '{': return nested([this] { return object(); });
      case '[': return nested([this] { return list(']'); });
      case '(': return nested([this] { return list(')'); });
      case '"':
      case '\'': return quoted();
      default: return bare();
    }
  }

  template <class Read>
  Json nested(Read read) {
    if (too_deep_ || ++depth_ > most_depth) {
      too_deep_ = true;
      at_ = text_.size();
      return {};
    }
    ++at_;
    Json value = read();
    --depth_;
    return value;
  }

  Json object() {
    Json value = Json::object();
    for (skip_separators(); at_ < text_.size() && peek() != '}'; skip_separators()) {
      if (peek() == ']' || peek() == ')') return value;  // of what is around: ours is missing
      const bool has_quotes = peek() == '"' || peek() == '\'';
      const std::string key = has_quotes ? quoted() : word(":={}[],");
      skip_blanks();
      if (peek() == ':' || peek() == '=') {
        ++at_;
        if (peek() == '>') ++at_;
      } else if (key.empty()) {
        if (at_ < text_.size()) ++at_;  // what can't be a key is passed over
        continue;
      }
      value[key] = any();
    }
    if (at_ < text_.size()) ++at_;
    return value;
  }

  Json list(char close) {
    Json value = Json::array();
    for (skip_separators(); at_ < text_.size() && peek() != close; skip_separators()) {
      if (peek() == '}' || peek() == ']' || peek() == ')') return value;
      const std::size_t before = at_;
      value.push_back(any());
      if (at_ == before) ++at_;
    }
    if (at_ < text_.size()) ++at_;
    return value;
  }

  /// A quote ends a text only where something may follow: else it was to be escaped.
  [[nodiscard]] bool ends_here() const {
    std::size_t next = at_ + 1;
    while (next < text_.size() && is_blank(text_[next])) ++next;
    if (next == text_.size() || std::string_view(",:}])=").contains(text_[next])) return true;
    return next > at_ + 1 && (text_[next] == '"' || text_[next] == '\'');  // a comma is missing
  }

  std::string quoted() {
    const char quote = text_[at_++];
    std::string value;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == quote && ends_here()) {
        ++at_;
        return value;
      }
      ++at_;
      if (c == '\\' && at_ < text_.size())
        escape(value);
      else
        value += c;
    }
    return value;
  }

  void escape(std::string& value) {
    constexpr std::array<std::pair<char, char>, 6> known{
        {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'b', '\b'}, {'f', '\f'}, {'0', '\0'}}};
    const char c = text_[at_++];
    if (c == 'u') return unicode(value);
    for (const auto& [name, meaning] : known)
      if (c == name && c != '0') {
        value += meaning;
        return;
      }
    if (c != '"' && c != '\'' && c != '\\' && c != '/') value += '\\';
    value += c;
  }

  std::optional<unsigned> four_digits() {
    unsigned code = 0;
    const std::string_view digits = text_.substr(at_, 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (error != std::errc{} || end != digits.data() + 4) return std::nullopt;
    at_ += 4;
    return code;
  }

  void unicode(std::string& value) {
    const auto first = four_digits();
    if (!first) {
      value += "\\u";
      return;
    }
    unsigned code = *first;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const auto second = four_digits();
      code = second && *second >= 0xDC00 && *second < 0xE000 ? 0x10000 + ((code - 0xD800) << 10U) + (*second - 0xDC00)
                                                             : 0xFFFD;
    }
    append_code_point(value, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  }

  /// Up to one of `ends`, or the end of the line.
  std::string word(std::string_view ends) {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] != '\n' && !ends.contains(text_[at_])) ++at_;
    return std::string(trim(text_.substr(from, at_ - from)));
  }

  Json bare() {
    std::string text = word(",}])");
    if (text == "true" || text == "True") return true;
    if (text == "false" || text == "False") return false;
    if (text == "null" || text == "None" || text.empty()) return nullptr;
    std::int64_t whole = 0;
    const char* const last = text.data() + text.size();
    if (const auto [end, error] = std::from_chars(text.data(), last, whole); error == std::errc{} && end == last)
      return whole;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
    if (error == std::errc{} && end == last) return number;
    return text;
  }

  std::string_view text_;
  std::size_t at_ = 0, depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

std::optional<LooseValue> read_loose(std::string_view text) { return Reader(text).value(); }

std::optional<LooseValue> read_keywords(std::string_view text) { return Reader(text).keywords(); }

}  // namespace agent::llm
