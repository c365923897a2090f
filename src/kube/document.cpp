#include "kube/document.hpp"

#include "base/json_limits.hpp"
#include "base/text.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <utility>

namespace agent::kube {
namespace {

using nlohmann::json;

constexpr std::size_t most_levels = 200;
constexpr std::size_t most_values = 4'000'000;
constexpr auto too_many = "more values than a text of this size should stand for";
constexpr std::size_t most_documents = 100'000;

std::size_t line_of(const YAML::Mark& mark) { return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1; }

template <class Number>
bool reads_as(std::string_view text, Number& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const bool zero_padded = text.size() > 1 && text.starts_with('0') && text[1] >= '0' && text[1] <= '9';
  if (text.empty() || zero_padded || text.front() < '0' || text.front() > '9') return false;
  return text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

// What go-yaml v2 makes of a plain scalar (resolve.go), but for octal numbers and times: those stay text.
json typed(const std::string& text) {
  constexpr std::array yes{"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
  constexpr std::array no{"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
  if (std::ranges::find(yes, text) != yes.end()) return true;
  if (std::ranges::find(no, text) != no.end()) return false;
  if (text == "null" || text == "Null" || text == "NULL" || text == "~" || text.empty()) return nullptr;
  if (!is_decimal(text)) return text;
  if (std::int64_t whole = 0; reads_as(text, whole)) return whole;
  if (std::uint64_t large = 0; reads_as(text, large)) return large;
  if (double real = 0; reads_as(text, real)) return real;
  return text;
}

/// Stops the parser; caught where it was called.
[[noreturn]] void stop_at(const YAML::Mark& mark, const char* why) { throw YAML::ParserException(mark, why); }

struct Anchored {
  json value;
  std::size_t values = 0;
};

/// Makes one JSON value of a document's events; no recursion, bounded in depth and size.
class Builder final : public YAML::EventHandler {
 public:
  Builder(Lines lines, std::size_t most) : keep_lines_(lines == Lines::keep), most_(most) {}

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, anchor, nullptr, ""); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    scalar(mark, anchor, tag == "?" ? typed(text) : json(text), text);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) stop_at(mark, "an alias stands within what it names");
    if (awaits_key()) stop_at(mark, "an alias can't be a key");
    count(mark, found->second.values);
    place(mark, found->second.value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, json::array());
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, anchor, json::object());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  [[nodiscard]] YAML::Mark start() const { return start_; }
  [[nodiscard]] Document take() {
    anchored_.clear();
    return std::exchange(document_, {});
  }
  [[nodiscard]] std::size_t values() const { return values_; }

 private:
  struct Level {
    json value;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::size_t values_before = 0;
    std::string pointer = {};
    std::string key = {};
    bool has_key = false;
  };

  [[nodiscard]] bool awaits_key() const {
    return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().has_key;
  }

  void count(const YAML::Mark& mark, std::size_t more) {
    values_ += more;
    if (values_ > most_) stop_at(mark, too_many);
  }

  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, json value, const std::string& text) {
    count(mark, 1);
    if (awaits_key()) {
      levels_.back().key = text;
      levels_.back().has_key = true;
      return;
    }
    if (anchor != 0) anchored_[anchor] = {value, 1};
    place(mark, std::move(value));
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, json empty) {
    if (awaits_key()) stop_at(mark, "a key is not a text");
    if (levels_.size() >= most_levels) stop_at(mark, "more than 200 levels");
    count(mark, 1);
    levels_.push_back({std::move(empty), mark, anchor, values_ - 1, keep_lines_ ? next_pointer() : ""});
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    // Each anchor holds a copy, which counts, too: a chain of them within each other is as costly as aliases.
    if (level.anchor != 0) {
      const std::size_t size = values_ - level.values_before;
      count(level.mark, size);
      anchored_[level.anchor] = {level.value, size};
    }
    place(level.mark, std::move(level.value));
  }

  void place(const YAML::Mark& mark, json value) {
    if (keep_lines_) document_.lines[next_pointer()] = line_of(mark);
    if (levels_.empty()) {
      document_.value = std::move(value);
      return;
    }
    Level& parent = levels_.back();
    if (parent.value.is_array()) {
      parent.value.push_back(std::move(value));
    } else {
      parent.value[std::exchange(parent.key, {})] = std::move(value);
      parent.has_key = false;
    }
  }

  /// Where the next value will stand.
  [[nodiscard]] std::string next_pointer() const {
    if (levels_.empty()) return "";
    const Level& parent = levels_.back();
    return parent.pointer + "/" + (parent.value.is_array() ? std::to_string(parent.value.size()) : parent.key);
  }

  bool keep_lines_;
  std::size_t most_;
  YAML::Mark start_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  std::size_t values_ = 0;
  Document document_;
};

std::unexpected<Error> wrong(const std::string& path, ErrorKind kind, std::size_t line, const std::string& what) {
  return fail(kind, "bad YAML: " + what, path + (line == 0 ? "" : ":" + std::to_string(line)));
}

/// The bytes of the UTF-8 sequence at the start of `text`; 0 when it is none (RFC 3629, 4).
std::size_t sequence_size(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t at = 2; at < size; ++at)
    if (byte(at) < 0x80 || byte(at) > 0xBF) return 0;
  return size;
}

// yaml-cpp 0.7 takes U+0004 for the end of its input and guesses at UTF-16 from NULs. YAML 1.2, "Character Set", allows
// none of these characters. As in base/settings_yaml.cpp.
Result<void> refuse_what_is_no_text(std::string_view text, const std::string& path, ErrorKind kind) {
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '\n') ++line;
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
    const std::size_t size = sequence_size(text.substr(at));
    if (control || size == 0) return wrong(path, kind, line, "a byte that is not UTF-8 text");
    at += size;
  }
  return {};
}

// Where a document ends before its text does (", a"), the parser gives empty documents without end, at one place.
bool is_stuck(const YAML::Mark& before, const YAML::Mark& now) { return before.pos == now.pos; }

Result<std::vector<Document>> parse_yaml(std::string_view text, const std::string& path, ErrorKind kind, Lines lines) {
  TRY(refuse_what_is_no_text(text, path, kind));
  std::vector<Document> documents;
  const std::size_t most = std::min(most_values, 10'000 + 4 * text.size());
  std::size_t values = 0;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    YAML::Mark before = YAML::Mark::null_mark();
    for (std::size_t n = 0; n < most_documents; ++n) {
      Builder builder(lines, most - values);
      if (!parser.HandleNextDocument(builder)) return documents;
      if (is_stuck(before, builder.start())) return wrong(path, kind, line_of(before), "text after the document");
      before = builder.start();
      values += builder.values();
      Document document = builder.take();
      if (!document.value.is_null()) documents.push_back(std::move(document));
    }
    return wrong(path, kind, line_of(before), "more than 100000 documents");
  } catch (const YAML::Exception& exception) {
    return wrong(path, kind, line_of(exception.mark), clean_line(exception.msg));
  }
}

}  // namespace

bool parse_json(std::string_view text, json& value) {
  if (exceeds(text, {.depth = most_levels})) return false;
  value = json::parse(text, nullptr, false);
  return !value.is_discarded();
}

Result<std::vector<Document>> parse_documents(std::string_view text, const std::string& path, ErrorKind kind,
                                              Lines lines) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::vector<Document>{};
  if (text[first] == '{' || text[first] == '[') {
    Document document;
    if (parse_json(text, document.value)) {
      std::vector<Document> documents;
      documents.push_back(std::move(document));
      return documents;
    }
  }
  return parse_yaml(text, path, kind, lines);
}

}  // namespace agent::kube
