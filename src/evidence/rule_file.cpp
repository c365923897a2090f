#include "evidence/rule_file.hpp"

#include "base/text.hpp"
#include "base/toml.hpp"
#include "evidence/rule_template.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <span>

namespace agent::evidence {
namespace {

constexpr std::array<std::string_view, 25> known_keys{
    "id",        "tool",     "title", "category", "severity", "weight", "consequence", "transient", "marked",
    "ends_step", "caseless", "any",   "match",    "unless",   "total",  "follow",      "back",      "within",
    "needs",     "echo_of",  "exit",  "headline", "many",     "remedy", "command"};
constexpr std::array<std::string_view, 11> categories{"test failure", "compile",        "lint",          "dependency",
                                                      "network",      "resource",       "configuration", "permission",
                                                      "timeout",      "infrastructure", "unknown"};
constexpr std::array<std::string_view, 4> severities{"critical", "error", "warning", "info"};
constexpr std::array<std::string_view, 4> required{"id", "title", "category", "headline"};
constexpr std::size_t min_literal = 3;
constexpr std::int64_t max_within = 200;

/// Reads the keys of one [[rule]] table; the first thing that is wrong stays in `error`.
class RuleReader {
 public:
  RuleReader(const toml::table& table, const std::string& path) : table_(table), path_(path) {}

  Result<Rule> read() {
    for (const auto& [key, value] : table_) set(key.str(), value);
    for (std::string_view key : required)
      if (!error_ && !table_.contains(key)) wrong(table_, "rule " + label() + " has no '" + std::string(key) + "'");
    if (!error_ && rule_.match.empty() && rule_.exit.empty())
      wrong(table_, "rule " + label() + " has neither 'match' nor 'exit'");
    if (!error_ && rule_.remedy.empty()) wrong(table_, "rule " + label() + " has no 'remedy'");
    if (!error_) check_patterns();
    if (!error_) check_templates();
    if (error_) return std::unexpected(*error_);
    return std::move(rule_);
  }

 private:
  [[nodiscard]] std::string label() const { return rule_.id.empty() ? "without an id" : "'" + rule_.id + "'"; }

  void wrong(const toml::node& node, std::string what, std::string fix = {}) {
    if (error_) return;
    error_ = Error{ErrorKind::settings, std::move(what), path_ + ":" + std::to_string(node.source().begin.line),
                   std::move(fix)};
  }

  void wrong_type(const toml::node& node, std::string_view key, std::string_view wanted) {
    wrong(node, "'" + std::string(key) + "' is not " + std::string(wanted));
  }

  void unknown(const toml::node& node, std::string what, std::string_view name,
               std::span<const std::string_view> known) {
    const std::string_view near = nearest(name, known);
    wrong(node, std::move(what), near.empty() ? "see 'agent rules list'" : "did you mean '" + std::string(near) + "'?");
  }

  void set(std::string_view key, const toml::node& value) {
    if (set_text(key, value) || set_flag(key, value) || set_list(key, value) || set_number(key, value)) return;
    if (key == "category") return set_category(value);
    if (key == "severity") return set_severity(value);
    unknown(value, "unknown key '" + std::string(key) + "' in a rule", key, known_keys);
  }

  bool set_text(std::string_view key, const toml::node& value) {
    std::string* text = key == "id"         ? &rule_.id
                        : key == "tool"     ? &rule_.tool
                        : key == "title"    ? &rule_.title
                        : key == "headline" ? &rule_.headline
                        : key == "many"     ? &rule_.many
                        : key == "remedy"   ? &rule_.remedy
                        : key == "command"  ? &rule_.command
                                            : nullptr;
    std::optional<Pattern>* pattern = key == "unless" ? &rule_.unless : key == "total" ? &rule_.total : nullptr;
    if (text == nullptr && pattern == nullptr) return false;
    const auto* string = value.as_string();
    if (string == nullptr) return wrong_type(value, key, "a text"), true;
    if (string->get().empty()) return wrong(value, "'" + std::string(key) + "' is empty"), true;
    if (text != nullptr)
      *text = string->get();
    else
      pattern->emplace(string->get());
    return true;
  }

  bool set_flag(std::string_view key, const toml::node& value) {
    bool* flag = key == "consequence" ? &rule_.consequence
                 : key == "transient" ? &rule_.transient
                 : key == "marked"    ? &rule_.marked
                 : key == "ends_step" ? &rule_.ends_step
                 : key == "caseless"  ? &rule_.caseless
                                      : nullptr;
    if (flag == nullptr) return false;
    if (const auto* boolean = value.as_boolean())
      *flag = boolean->get();
    else
      wrong_type(value, key, "true or false");
    return true;
  }

  bool set_list(std::string_view key, const toml::node& value) {
    if (key != "any" && key != "match" && key != "follow" && key != "back" && key != "needs" && key != "echo_of")
      return false;
    if (const auto* text = value.as_string(); text != nullptr && key == "match")
      return add(key, value, text->get()), true;
    const auto* list = value.as_array();
    if (list == nullptr)
      return wrong_type(value, key, key == "match" ? "a text or a list of texts" : "a list of texts"), true;
    for (const auto& item : *list) {
      if (const auto* text = item.as_string())
        add(key, item, text->get());
      else
        wrong_type(item, key, "a list of texts");
    }
    return true;
  }

  void add(std::string_view key, const toml::node& node, const std::string& text) {
    if (text.empty()) return wrong(node, "'" + std::string(key) + "' holds an empty text");
    if (key == "any" && text.size() < min_literal)
      return wrong(node, "'any' holds a text of less than 3 bytes", "write a longer part of the line");
    if (key == "any" || key == "needs" || key == "echo_of")
      (key == "any" ? rule_.any : key == "needs" ? rule_.needs : rule_.echo_of).push_back(text);
    else
      (key == "match" ? rule_.match : key == "follow" ? rule_.follow : rule_.back).emplace_back(text);
  }

  bool set_number(std::string_view key, const toml::node& value) {
    if (key == "exit") return set_exit(value), true;
    if (key != "weight" && key != "within") return false;
    const std::int64_t limit = key == "weight" ? 100 : max_within;
    const auto* number = value.as_integer();
    if (number == nullptr || number->get() < 0 || number->get() > limit)
      return wrong_type(value, key, "a number from 0 to " + std::to_string(limit)), true;
    if (key == "weight")
      rule_.weight = static_cast<int>(number->get());
    else
      rule_.within = static_cast<std::size_t>(number->get());
    return true;
  }

  void set_exit(const toml::node& value) {
    const auto* list = value.as_array();
    if (list == nullptr) return wrong_type(value, "exit", "a list of exit codes");
    for (const auto& item : *list) {
      const auto* code = item.as_integer();
      if (code == nullptr || code->get() < 1 || code->get() > 255)
        return wrong_type(item, "exit", "a list of exit codes (1 to 255)");
      rule_.exit.push_back(static_cast<int>(code->get()));
    }
  }

  void set_category(const toml::node& value) {
    const std::string text = value.value_or(std::string());
    if (const auto category = category_named(text))
      rule_.category = *category;
    else
      unknown(value, "unknown category '" + text + "'", text, categories);
  }

  void set_severity(const toml::node& value) {
    const std::string text = value.value_or(std::string());
    if (const auto severity = severity_named(text))
      rule_.severity = *severity;
    else
      unknown(value, "unknown severity '" + text + "'", text, severities);
  }

  [[nodiscard]] std::vector<std::pair<std::string_view, const Pattern*>> patterns() const {
    std::vector<std::pair<std::string_view, const Pattern*>> all;
    for (const Pattern& pattern : rule_.match) all.emplace_back("match", &pattern);
    if (rule_.unless) all.emplace_back("unless", &*rule_.unless);
    if (rule_.total) all.emplace_back("total", &*rule_.total);
    for (const Pattern& pattern : rule_.follow) all.emplace_back("follow", &pattern);
    for (const Pattern& pattern : rule_.back) all.emplace_back("back", &pattern);
    return all;
  }

  void check_patterns() {
    for (const auto& [key, pattern] : patterns())
      if (const std::string error = pattern->error(); !error.empty())
        wrong(*table_.get(key),
              "bad regular expression in '" + std::string(key) + "' of rule " + label() + ": " + error,
              "the syntax is RE2's; a literal bracket needs a backslash");
  }

  void check_templates() {
    std::vector<std::string> names{"count", "exit", "tool"};
    for (const auto& [key, pattern] : patterns()) std::ranges::copy(pattern->group_names(), std::back_inserter(names));
    const std::vector<std::string_view> known(names.begin(), names.end());
    for (const std::string& name : rule_.needs)
      if (std::ranges::find(known, name) == known.end())
        unknown(*table_.get("needs"), "rule " + label() + " needs '" + name + "', which no expression captures", name,
                known);
    const std::array<std::pair<std::string_view, const std::string*>, 4> templates{
        {{"headline", &rule_.headline}, {"many", &rule_.many}, {"remedy", &rule_.remedy}, {"command", &rule_.command}}};
    for (const auto& [key, text] : templates) {
      if (text->empty()) continue;
      if (const std::string error = template_error(*text); !error.empty())
        wrong(*table_.get(key), "in '" + std::string(key) + "' of rule " + label() + " " + error);
      for (const std::string& name : template_names(*text))
        if (std::ranges::find(known, name) == known.end())
          unknown(
              *table_.get(key),
              "'" + std::string(key) + "' of rule " + label() + " uses '{" + name + "}', which no expression captures",
              name, known);
    }
  }

  const toml::table& table_;
  const std::string& path_;
  Rule rule_;
  std::optional<Error> error_;
};

Error syntax_error(const toml::parse_error& error, const std::string& path) {
  return {ErrorKind::settings, "rules file is not TOML: " + std::string(error.description()),
          path + ":" + std::to_string(error.source().begin.line), ""};
}

std::string place(const std::string& path, const toml::node& node) {
  return path + ":" + std::to_string(node.source().begin.line);
}

}  // namespace

Result<std::vector<Rule>> read_rules(std::string_view toml, const std::string& path) {
  if (toml.size() > max_rules_bytes) return fail(ErrorKind::settings, "rules file is larger than 1 MiB", path);
  if (const std::size_t line = line_with_too_many_dots(toml); line != 0)
    return fail(ErrorKind::settings, "bad TOML: a line has more than 1000 dots", path + ":" + std::to_string(line),
                "shorten it");
  const toml::parse_result parsed = toml::parse(toml, std::string_view(path));
  if (!parsed) return std::unexpected(syntax_error(parsed.error(), path));
  for (const auto& [key, value] : parsed.table())
    if (key != "rule")
      return fail(ErrorKind::settings, "unknown key '" + std::string(key.str()) + "' in a rules file",
                  place(path, value), "a rules file holds [[rule]] tables only");
  std::vector<Rule> rules;
  const toml::node* node = parsed.table().get("rule");
  if (node == nullptr) return rules;
  if (!node->is_array())
    return fail(ErrorKind::settings, "'rule' is not a list of tables", place(path, *node),
                "write [[rule]], with two brackets");
  std::set<std::string> ids;
  for (const auto& item : *node->as_array()) {
    if (!item.is_table())
      return fail(ErrorKind::settings, "'rule' is not a list of tables", place(path, item),
                  "write [[rule]], with two brackets");
    Rule rule = TRY(RuleReader(*item.as_table(), path).read());
    if (!ids.insert(rule.id).second)
      return fail(ErrorKind::settings, "rule '" + rule.id + "' is there twice", place(path, item),
                  "give one of them another id");
    rule.origin = path;
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace agent::evidence
