#include "kube/selectors.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace agent::kube {
namespace {

std::unexpected<Error> wrong_selector(std::string_view which, std::string_view text) {
  return fail(
      ErrorKind::usage, "'" + clean_line(text.substr(0, 200)) + "' is not a " + std::string(which) + " selector", "",
      which == "label" ? "write it as app=web,tier!=db or 'app in (web,api)'" : "write it as status.phase=Failed");
}

bool is_name_char(char c) { return std::string_view(" \t,()=!<>").find(c) == std::string_view::npos; }

/// The value's text, as field selectors compare it; a field that is not there is empty.
std::string text_of(const nlohmann::json* value) {
  if (value == nullptr || value->is_null() || value->is_structured()) return {};
  if (value->is_string()) return value->get<std::string>();
  return value->dump();
}

const nlohmann::json* find(const nlohmann::json& object, const std::vector<std::string>& path) {
  const nlohmann::json* at = &object;
  for (const std::string& key : path) {
    if (!at->is_object()) return nullptr;
    const auto next = at->find(key);
    if (next == at->end()) return nullptr;
    at = &*next;
  }
  return at;
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t dot = std::min(path.find('.', from), path.size());
    parts.emplace_back(path.substr(from, dot - from));
    from = dot + 1;
  }
  return parts;
}

}  // namespace

/// Takes a selector's text apart from left to right.
class Selector::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool is_done() {
    skip_blanks();
    return at_ == text_.size();
  }

  /// True when `symbol` came next; it is taken then.
  bool take(std::string_view symbol) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }

  /// The next name or value; empty when none is next.
  std::string word() {
    skip_blanks();
    const std::size_t from = at_;
    while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  /// A field's value: up to a comma; a backslash keeps ',', '=' and '\\' from their meaning.
  std::string value() {
    std::string result;
    for (; at_ < text_.size() && text_[at_] != ','; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      result += text_[at_];
    }
    return result;
  }

  bool label(Requirement& into) {
    const bool negated = take("!");
    const std::string key = word();
    if (key.empty()) return false;
    into.path = {"metadata", "labels", key};
    into.wanted = negated ? Operator::missing : Operator::exists;
    if (negated || is_done() || text_[at_] == ',') return true;
    if (take("!=")) return one_value(into, Operator::not_in);
    if (take("==") || take("=")) return one_value(into, Operator::in);
    const std::string verb = word();
    if (verb == "in") return several_values(into, Operator::in);
    return verb == "notin" && several_values(into, Operator::not_in);
  }

  bool field(Requirement& into) {
    const std::string key = word();
    if (key.empty()) return false;
    into.path = split(key);
    into.wanted = take("!=") ? Operator::not_in : Operator::in;
    if (into.wanted == Operator::in && !take("==") && !take("=")) return false;
    into.values = {value()};
    return true;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool one_value(Requirement& into, Operator wanted) {
    into.wanted = wanted;
    into.values = {word()};
    return true;
  }

  bool several_values(Requirement& into, Operator wanted) {
    into.wanted = wanted;
    if (!take("(")) return false;
    do into.values.push_back(word());
    while (take(","));
    return take(")");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<Selector> Selector::parse(std::string_view labels, std::string_view fields) {
  Selector selector;
  const auto read_all = [&](std::string_view text, bool (Reader::*read)(Requirement&)) {
    Reader reader(text);
    while (!reader.is_done()) {
      if (!(reader.*read)(selector.requirements_.emplace_back())) return false;
      if (!reader.is_done() && !reader.take(",")) return false;
    }
    return true;
  };
  if (!read_all(labels, &Reader::label)) return wrong_selector("label", labels);
  if (!read_all(fields, &Reader::field)) return wrong_selector("field", fields);
  return selector;
}

bool Selector::holds(const Requirement& requirement, const nlohmann::json& object) {
  const nlohmann::json* found = find(object, requirement.path);
  const bool is_label = requirement.path.size() == 3 && requirement.path[1] == "labels";
  const auto is_listed = [&] {
    return std::ranges::find(requirement.values, text_of(found)) != requirement.values.end();
  };
  switch (requirement.wanted) {
    case Operator::exists: return found != nullptr;
    case Operator::missing: return found == nullptr;
    case Operator::in: return (found != nullptr || !is_label) && is_listed();
    case Operator::not_in: return (found == nullptr && is_label) || !is_listed();
  }
  return false;
}

bool Selector::matches(const nlohmann::json& object) const {
  return std::ranges::all_of(requirements_, [&](const Requirement& one) { return holds(one, object); });
}

}  // namespace agent::kube
