#include "llm/text_calls.hpp"

#include "base/text.hpp"
#include "llm/loose_json.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace agent::llm {
namespace {

constexpr std::size_t most_text = std::size_t{256} * 1024, most_calls = 64;
/// An introduction before calls that no mark sets apart from a text that quotes them.
constexpr std::size_t most_introduction = 400;
/// A report is too much to be taken from a text that only speaks of one.
constexpr std::string_view submit_tool = "submit_report";
/// How often a value may be tried to be read: each try may read to the end.
constexpr int most_tries = 200;
constexpr std::string_view blanks = " \t\r\n", separators = " \t\r\n,;";
constexpr std::array<const char*, 5> argument_keys{"parameters", "arguments", "args", "input", "params"};

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/// "{…}" or "…": as it would stand in a native call.
std::string arguments_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "{}" : json_text(value);
}

std::string name_in(const Json& object) {
  for (const char* key : {"name", "function", "tool", "tool_name", "function_name"})
    if (std::string name = text_at(object, key); !name.empty()) return name;
  return text_at(value_at(object, "function"), "name");
}

const Json* arguments_in(const Json& object) {
  for (const char* key : argument_keys)
    if (const Json& found = value_at(object, key); !found.is_null()) return &found;
  return nullptr;
}

/// Of a value and what follows it, the value.
std::string_view value_written(std::string_view text) {
  const auto loose = read_loose(text);
  return loose ? text.substr(0, loose->end) : text;
}

/// The arguments of a call as they stand in the text of its object.
std::string_view arguments_written(std::string_view object) {
  for (const std::string_view key : argument_keys) {
    const auto at = object.find(key);
    if (at == std::string_view::npos) continue;
    const auto value = object.find_first_not_of(" \t\r\n\"':=>", at + key.size());
    if (value == std::string_view::npos || (object[value] != '{' && object[value] != '[')) continue;
    return value_written(object.substr(value));
  }
  return object;
}

class Scan {
 public:
  Scan(std::string_view text, const std::vector<ToolDescription>& tools) : text_(text), tools_(tools) {}

  TextCalls run() {
    while (at_ < text_.size()) {
      if (is_full()) return {};
      if (tries_left_ > 0 && take()) continue;
      at_ = std::min(text_.find_first_of("<{[`\n", at_ + 1), text_.size());
    }
    keep(text_.size());
    if (!is_meant()) return {};
    return std::move(found_);
  }

 private:
  [[nodiscard]] bool is_full() const { return found_.calls.size() > most_calls; }

  /// Whether the text calls, rather than speaks of calls: an introduction at most, and nothing behind.
  [[nodiscard]] bool is_meant() const {
    const std::string_view all = found_.text;
    if (found_.calls.empty() || is_full()) return false;
    if (all.find_first_not_of(separators, introduction_) != std::string_view::npos) return false;
    const auto first = all.find_first_not_of(separators);
    const std::size_t length = first == std::string_view::npos ? 0 : introduction_ - first;
    const bool submits =
        std::ranges::any_of(found_.calls, [](const RawCall& call) { return call.name == submit_tool; });
    if (submits) return length == 0 && found_.calls.size() == 1;
    return is_set_apart_ || length <= most_introduction;
  }

  /// True when a call, or a mark of one, began here: then it is behind us.
  bool take() {
    switch (text_[at_]) {
      case '<': return take_mark() || take_function();
      case '{': return take_object();
      case '[': return take_mark() || take_list();
      case '`': return take_fence();
      default: return at_line_start() && take_call();
    }
  }

  [[nodiscard]] bool at_line_start() {
    const auto first = text_.find_first_not_of(blanks, at_);
    if (at_ != 0 && text_[at_] != '\n') return false;
    if (first == std::string_view::npos || !is_name(text_[first])) return false;
    line_start_ = first;
    return true;
  }

  // What only says that a call follows, or has ended.
  bool take_mark() {
    constexpr std::array<std::string_view, 10> marks{
        "<tool_call>", "</tool_call>", "<|python_tag|>", "<|eom_id|>", "[TOOL_CALLS]",
        "<|eot_id|>",  "<|im_end|>",   "<|endoftext|>",  "</s>",       "<|end_of_text|>"};
    for (const std::string_view mark : marks)
      if (text_.substr(at_).starts_with(mark)) {
        cut(at_, at_ + mark.size());
        const bool opens = mark.starts_with("<tool") || mark.starts_with("<|p") || mark.starts_with('[');
        is_set_apart_ = is_set_apart_ || (opens && found_.calls.empty());
        // Behind a mark a Python call needs no line of its own.
        const auto next = text_.find_first_not_of(blanks, at_);
        if (opens && next != std::string_view::npos && is_name(text_[next])) {
          line_start_ = next;
          static_cast<void>(take_call());
        }
        return true;
      }
    return false;
  }

  // A fence around a call goes with it.
  bool take_fence() {
    if (!text_.substr(at_).starts_with("```")) return false;
    const std::size_t open = at_;
    const auto line_end = text_.find('\n', at_);
    const auto inside = text_.find_first_not_of(blanks, std::min(line_end, text_.size()));
    const auto calls = found_.calls.size();
    if (line_end == std::string_view::npos || inside == std::string_view::npos) return false;
    const std::string_view language = trim(text_.substr(open + 3, line_end - open - 3));
    if (!std::ranges::all_of(language, is_name)) return false;
    const Saved saved = save();
    keep(open);
    kept_ = at_ = inside;
    line_start_ = inside;
    while (!is_full() && at_ < text_.size() && !text_.substr(at_).starts_with("```")) {
      if (!take_inside_fence()) break;
      at_ = std::min(text_.find_first_not_of(" \t\r\n,;", at_), text_.size());
      kept_ = line_start_ = at_;
    }
    if (found_.calls.size() == calls || !text_.substr(at_).starts_with("```")) {
      if (found_.calls.size() > calls) return true;
      restore(saved);
      return false;
    }
    cut(at_, at_ + 3);
    return true;
  }
  bool take_inside_fence() {
    if (text_[at_] == '{') return take_object();
    if (text_[at_] == '[') return take_list();
    return text_[at_] == '<' ? take_mark() || take_function() : take_call();
  }

  bool take_object() {
    --tries_left_;
    const auto loose = read_loose(text_.substr(at_));
    if (!loose) return false;
    const std::string_view written = text_.substr(at_, loose->end);
    if (!add_object(loose->value, written) && !add_objects(value_at(loose->value, "tool_calls"), written)) return false;
    cut(at_, at_ + loose->end);
    return true;
  }

  bool add_object(const Json& object, std::string_view written) {
    const std::string_view tool = tool_meant(name_in(object), tools_);
    if (tool.empty()) return false;
    const Json& function = value_at(object, "function");
    const Json* arguments = arguments_in(function.is_object() ? function : object);
    if (arguments == nullptr && object.size() > 2) return false;
    is_set_apart_ = is_set_apart_ || (found_.calls.empty() && object.contains("parameters"));  // Llama's
    add(tool, arguments == nullptr ? "{}" : arguments_text(*arguments), {arguments_written(written), written});
    return true;
  }

  /// All of them, or none.
  bool add_objects(const Json& list, std::string_view written) {
    const std::size_t calls = found_.calls.size();
    if (!list.is_array() || list.empty()) return false;
    for (const Json& one : list)
      if (is_full() || !one.is_object() || !add_object(one, written)) {
        found_.calls.resize(calls);
        found_.written.resize(calls);
        return false;
      }
    return true;
  }

  // A list of objects, or of Python calls.
  bool take_list() {
    const auto first = text_.find_first_not_of(blanks, at_ + 1);
    if (first == std::string_view::npos) return false;
    if (text_[first] == '{') return take_list_of_objects();
    const Saved saved = save();
    const std::size_t open = at_, calls = found_.calls.size();
    keep(open);
    kept_ = line_start_ = first;
    while (!is_full() && take_call())
      kept_ = line_start_ = std::min(text_.find_first_not_of(" \t\r\n,", at_), text_.size());
    if (found_.calls.size() == calls) {
      restore(saved);
      return false;
    }
    const bool closed = line_start_ < text_.size() && text_[line_start_] == ']';
    cut(at_, closed ? line_start_ + 1 : at_);
    return true;
  }

  bool take_list_of_objects() {
    --tries_left_;
    const auto loose = read_loose(text_.substr(at_));
    if (!loose || !add_objects(loose->value, text_.substr(at_, loose->end))) return false;
    cut(at_, at_ + loose->end);
    return true;
  }

  // name(…) at line_start_.
  bool take_call() {
    std::size_t end = line_start_;
    while (end < text_.size() && is_name(text_[end])) ++end;
    if (end == line_start_ || end == text_.size() || text_[end] != '(') return false;
    const std::string_view tool = tool_meant(text_.substr(line_start_, end - line_start_), tools_);
    if (tool.empty()) return false;
    --tries_left_;
    const auto keywords = read_keywords(text_.substr(end + 1));
    if (!keywords) return false;
    is_set_apart_ = is_set_apart_ || found_.calls.empty();
    add(tool, json_text(keywords->value), {.whole = text_.substr(line_start_, end + 1 + keywords->end - line_start_)});
    cut(line_start_, end + 1 + keywords->end);
    return true;
  }

  // <function=name>{…}</function>, or with <parameter=key>value</parameter>.
  bool take_function() {
    constexpr std::string_view open = "<function=", close = "</function>";
    if (!text_.substr(at_).starts_with(open)) return false;
    const std::size_t name = at_ + open.size(), name_end = text_.find('>', name);
    if (name_end == std::string_view::npos) return false;
    const std::string_view tool = tool_meant(trim(text_.substr(name, name_end - name)), tools_);
    if (tool.empty()) return false;
    const std::size_t end = std::min(text_.find(close, name_end), text_.size());
    const std::string_view inside = text_.substr(name_end + 1, end - name_end - 1);
    is_set_apart_ = is_set_apart_ || found_.calls.empty();
    add(tool, inside.contains("<parameter=") ? json_text(parameters(inside)) : std::string(inside),
        {value_written(inside), text_.substr(at_, end - at_)});
    cut(at_, std::min(end + close.size(), text_.size()));
    return true;
  }

  static Json parameters(std::string_view inside) {
    constexpr std::string_view open = "<parameter=", close = "</parameter>";
    Json all = Json::object();
    for (std::size_t at = 0; (at = inside.find(open, at)) != std::string_view::npos;) {
      const std::size_t name = at + open.size(), name_end = inside.find('>', name);
      if (name_end == std::string_view::npos) break;
      const std::size_t end = std::min(inside.find(close, name_end), inside.size());
      std::string_view value = inside.substr(name_end + 1, end - name_end - 1);
      if (value.starts_with('\n')) value.remove_prefix(1);
      if (value.ends_with('\n')) value.remove_suffix(1);
      all[std::string(inside.substr(name, name_end - name))] = value;
      at = end;
    }
    return all;
  }

  void add(std::string_view tool, std::string arguments, WrittenCall written) {
    found_.calls.push_back({.id = {}, .name = std::string(tool), .arguments = std::move(arguments)});
    found_.written.push_back(written);
  }
  /// What stands before `end` and was not kept yet is text.
  void keep(std::size_t end) {
    if (end > kept_) found_.text += text_.substr(kept_, end - kept_);
    kept_ = std::max(kept_, end);
  }
  void cut(std::size_t from, std::size_t to) {
    keep(from);
    kept_ = at_ = to;
    if (!has_introduced_) introduction_ = found_.text.size();
    has_introduced_ = !found_.calls.empty();
  }

  struct Saved {
    std::size_t at, kept, text;
  };
  [[nodiscard]] Saved save() const { return {at_, kept_, found_.text.size()}; }
  void restore(const Saved& saved) {
    at_ = saved.at;
    kept_ = saved.kept;
    found_.text.resize(saved.text);
  }

  std::string_view text_;
  const std::vector<ToolDescription>& tools_;
  TextCalls found_;
  std::size_t at_ = 0, kept_ = 0, line_start_ = 0;
  int tries_left_ = most_tries;
  /// How much of the text is an introduction; known when there was a call.
  std::size_t introduction_ = 0;
  bool has_introduced_ = false;
  bool is_set_apart_ = false;  ///< The first call is in a form that is nothing else.
};

}  // namespace

TextCalls calls_in_text(std::string_view text, const std::vector<ToolDescription>& tools) {
  if (tools.empty() || text.size() > most_text) return {std::string(text), {}, {}};
  TextCalls found = Scan(text, tools).run();
  if (found.calls.empty()) return {std::string(text), {}, {}};
  const auto first = found.text.find_first_not_of(separators);  // what stood between calls goes with them
  found.text = first == std::string::npos ? std::string()
                                          : found.text.substr(first, found.text.find_last_not_of(blanks) - first + 1);
  return found;
}

std::string_view tool_meant(std::string_view name, const std::vector<ToolDescription>& tools) {
  const auto known = [&tools](std::string_view one) -> std::string_view {
    const auto found = std::ranges::find(tools, one, &ToolDescription::name);
    return found == tools.end() ? std::string_view{} : std::string_view(found->name);
  };
  if (const auto exact = known(name); !exact.empty() || name.empty()) return exact;
  name = trim(name);
  if (const auto colon = name.rfind(':'); colon != std::string_view::npos && colon > 0) name = name.substr(0, colon);
  if (const auto same = known(name); !same.empty()) return same;
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : known(name.substr(dot + 1));
}

}  // namespace agent::llm
