#include "base/toml.hpp"
#include "evidence/explanations.hpp"

#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

/// Reads the keys of one [[explanation]] table; the first thing that is wrong stays in `state`.
class Reader {
 public:
  Reader(const toml::table& table, const std::string& path) : table_(table), path_(path) {}

  Result<Explanation> read() {
    take("word", explanation_.word);
    take("kind", explanation_.kind);
    take("means", explanation_.means);
    take("source", explanation_.source);
    take("causes", explanation_.causes);
    take("see", explanation_.see);
    take("aliases", explanation_.aliases);
    take_remedies();
    explanation_.number = table_["number"].value_or(0);
    refuse_unknown_keys();
    if (!state_) return std::unexpected(state_.error());
    return std::move(explanation_);
  }

 private:
  void wrong(const toml::node& node, const std::string& what) {
    if (!state_) return;
    state_ = fail(ErrorKind::settings, what, path_ + ":" + std::to_string(node.source().begin.line));
  }

  void take(std::string_view key, std::string& out) {
    const auto text = table_[key].value<std::string>();
    if (!text || text->empty()) return wrong(table_, "an explanation has no '" + std::string(key) + "'");
    out = *text;
  }

  void take(std::string_view key, std::vector<std::string>& out) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    if (!node->is_array()) return wrong(*node, "'" + std::string(key) + "' is not an array");
    for (const toml::node& item : *node->as_array()) {
      const auto text = item.value<std::string>();
      if (!text || text->empty()) return wrong(item, "'" + std::string(key) + "' holds what is no text");
      out.push_back(*text);
    }
  }

  void take_remedies() {
    const toml::array* array = table_["try"].as_array();
    if (array == nullptr) return wrong(table_, "an explanation has no 'try'");
    for (const toml::node& item : *array) {
      const toml::table* remedy = item.as_table();
      if (remedy == nullptr || !remedy->contains("text")) return wrong(item, "'try' holds what has no 'text'");
      explanation_.remedies.push_back({(*remedy)["text"].value_or(""), (*remedy)["command"].value_or("")});
    }
  }

  void refuse_unknown_keys() {
    constexpr std::array<std::string_view, 9> known{"word", "kind", "means",   "source", "causes",
                                                    "see",  "try",  "aliases", "number"};
    for (const auto& [key, value] : table_)
      if (std::ranges::count(known, key.str()) == 0) wrong(value, "unknown key '" + std::string(key.str()) + "'");
  }

  const toml::table& table_;
  const std::string& path_;
  Explanation explanation_;
  Result<void> state_;
};

}  // namespace

Result<std::vector<Explanation>> read_explanations(std::string_view toml, const std::string& path) {
  const toml::parse_result parsed = toml::parse(toml);
  if (!parsed)
    return fail(ErrorKind::settings, "cannot parse the explanations: " + std::string(parsed.error().description()),
                path + ":" + std::to_string(parsed.error().source().begin.line));
  std::vector<Explanation> explanations;
  const toml::array* tables = parsed.table()["explanation"].as_array();
  if (tables == nullptr) return explanations;
  for (const toml::node& node : *tables)
    if (node.is_table()) explanations.push_back(TRY(Reader(*node.as_table(), path).read()));
  return explanations;
}

}  // namespace agent::evidence
