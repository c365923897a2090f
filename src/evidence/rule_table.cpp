#include "evidence/rule_table.hpp"

#include <cassert>
#include <charconv>
#include <concepts>
#include <optional>
#include <utility>

namespace agent::evidence {
namespace {

constexpr char rule_end = '\x1d', item_end = '\x1e', field_end = '\x1f';

class Packer {
 public:
  void field(std::string_view text) { (table_ += text) += field_end; }
  void field(const std::string& text) { field(std::string_view(text)); }
  void field(std::integral auto number) { field(std::string_view(std::to_string(number))); }
  void field(Category category) { field(static_cast<int>(category)); }
  void field(Severity severity) { field(static_cast<int>(severity)); }
  void field(const std::optional<Pattern>& pattern) { field(pattern ? std::string_view(pattern->text()) : ""); }

  template <class T>
  void field(const std::vector<T>& items) {
    for (const T& item : items) (table_ += text_of(item)) += item_end;
    table_ += field_end;
  }

  void end_rule() { table_ += rule_end; }
  std::string table() && { return std::move(table_); }

 private:
  static std::string text_of(const std::string& text) { return text; }
  static std::string text_of(const Pattern& pattern) { return pattern.text(); }
  static std::string text_of(int number) { return std::to_string(number); }

  std::string table_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view table) : rest_(table) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  void field(std::string& text) { text = next(rest_, field_end); }
  void field(bool& flag) { flag = next(rest_, field_end) == "1"; }
  void field(std::integral auto& number) { read(next(rest_, field_end), number); }
  void field(Category& category) { category = static_cast<Category>(number()); }
  void field(Severity& severity) { severity = static_cast<Severity>(number()); }
  void field(std::optional<Pattern>& pattern) {
    if (const std::string_view text = next(rest_, field_end); !text.empty()) pattern.emplace(std::string(text));
  }

  template <class T>
  void field(std::vector<T>& items) {
    std::string_view list = next(rest_, field_end);
    while (!list.empty()) add(items, next(list, item_end));
  }

  void end_rule() { next(rest_, rule_end); }

 private:
  static std::string_view next(std::string_view& rest, char end) {
    const std::size_t length = rest.find(end);
    assert(length != std::string_view::npos);
    const std::string_view text = rest.substr(0, length);
    rest.remove_prefix(text.size() + 1);
    return text;
  }
  static void read(std::string_view text, std::integral auto& number) {
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  static void add(std::vector<int>& items, std::string_view text) { read(text, items.emplace_back()); }
  static void add(auto& items, std::string_view text) { items.emplace_back(std::string(text)); }
  int number() {
    int value = 0;
    field(value);
    return value;
  }

  std::string_view rest_;
};

/// The one list of what is packed, for both directions.
void all_fields(auto& way, auto& rule) {
  way.field(rule.id);
  way.field(rule.tool);
  way.field(rule.title);
  way.field(rule.category);
  way.field(rule.severity);
  way.field(rule.weight);
  way.field(rule.consequence);
  way.field(rule.transient);
  way.field(rule.marked);
  way.field(rule.ends_step);
  way.field(rule.caseless);
  way.field(rule.any);
  way.field(rule.match);
  way.field(rule.unless);
  way.field(rule.total);
  way.field(rule.follow);
  way.field(rule.back);
  way.field(rule.within);
  way.field(rule.needs);
  way.field(rule.echo_of);
  way.field(rule.exit);
  way.field(rule.headline);
  way.field(rule.many);
  way.field(rule.remedy);
  way.field(rule.command);
  way.end_rule();
}

}  // namespace

std::string pack_rules(std::span<const Rule> rules) {
  Packer packer;
  for (const Rule& rule : rules) all_fields(packer, rule);
  return std::move(packer).table();
}

std::vector<Rule> unpack_rules(std::string_view table) {
  std::vector<Rule> rules;
  for (Unpacker unpacker(table); !unpacker.at_end();) all_fields(unpacker, rules.emplace_back());
  return rules;
}

}  // namespace agent::evidence
