#include "base/settings_tree.hpp"
#include "base/text.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>
#include <sstream>

namespace agent {
namespace {

std::size_t line_of(const YAML::Node& node) {
  const int line = node.Mark().line;
  return line < 0 ? 0 : static_cast<std::size_t>(line) + 1;
}

// A list setting takes one value as well. `line` is the key's: an empty value stands nowhere.
Result<std::string> value_of(const Setting& setting, const std::string& key, const YAML::Node& node, std::size_t line,
                             const SettingsTree& tree) {
  if (node.IsScalar() && !is_list(setting)) return node.Scalar();
  if (node.IsScalar()) return tree.joined(setting, key, line, {node.Scalar()});
  if (!is_list(setting) || !node.IsSequence()) return tree.bad_form(setting, key, line);
  std::vector<std::string> parts;
  for (const YAML::Node& element : node) {
    if (!element.IsScalar()) return tree.bad_form(setting, key, line_of(element));
    parts.push_back(element.Scalar());
  }
  return tree.joined(setting, key, line, parts);
}

// Depth is bounded by the table's: a map that stands nowhere in it is refused, so an alias can't make a ring of it.
Result<void> read_map(const YAML::Node& map, const std::string& prefix, SettingsTree& tree) {
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) return tree.wrong("a key is not a text", line_of(entry.first));
    const std::string key = prefix + entry.first.Scalar();
    if (tree.is_table(key) && (entry.second.IsMap() || entry.second.IsNull())) {
      TRY(read_map(entry.second, key + ".", tree));  // a table whose lines are all comments reads as null
      continue;
    }
    const Setting* setting = TRY(tree.row(key, line_of(entry.first)));
    const std::size_t line = line_of(entry.first);
    tree.add(*setting, key, TRY(value_of(*setting, key, entry.second, line, tree)), line);
  }
  return {};
}

// yaml-cpp 0.7 takes U+0004 for the end of its input and guesses at UTF-16 from NULs. YAML 1.2, "Character Set", allows
// none of these characters.
Result<void> refuse_what_is_no_text(std::string_view text, const SettingsTree& tree) {
  std::size_t line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    const auto byte = static_cast<unsigned char>(c);
    const bool control = byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
    if (control || byte >= 0xFE) return tree.wrong("bad YAML: a byte that is not UTF-8 text", line);
  }
  return {};
}

/// Counts the documents, and keeps nothing of them but where the last one starts.
class Documents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    line_ = mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  std::size_t line_ = 0;
};

// Not by YAML::LoadAll(): where a document ends before its text does (", a"), it gives empty documents without end.
Result<void> refuse_a_second_document(const std::string& text, const SettingsTree& tree) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Documents documents;
  if (parser.HandleNextDocument(documents) && parser.HandleNextDocument(documents))
    return tree.wrong("bad YAML: a second document, or text after the first", documents.line());
  return {};
}

}  // namespace

Result<void> read_yaml(std::string_view text, SettingsTree& tree) {
  TRY(refuse_what_is_no_text(text, tree));
  try {
    const std::string content(text);
    TRY(refuse_a_second_document(content, tree));
    const YAML::Node document = YAML::Load(content);
    if (document.IsNull()) return {};
    if (!document.IsMap()) return tree.wrong("settings are a map of keys and values", line_of(document));
    return read_map(document, "", tree);
  } catch (const YAML::Exception& exception) {
    const int line = exception.mark.line;
    return tree.wrong("bad YAML: " + clean_line(exception.msg), line < 0 ? 0 : static_cast<std::size_t>(line) + 1);
  }
}

}  // namespace agent
