#include "mcp/schema.hpp"

#include "mcp/schema_checker.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::size_t most_pointer_bytes = 200, most_reason_bytes = 300;

/// What `$schema` may say, without its scheme and fragment.
constexpr std::string_view old_dialects[] = {"json-schema.org/draft-07/schema", "json-schema.org/draft-06/schema"};
constexpr std::string_view dialects[] = {"json-schema.org/draft/2020-12/schema",
                                         "json-schema.org/draft/2019-09/schema"};

std::string dialect_of(const Json& schema) {
  auto name = text_at(schema, "$schema");
  name = name.substr(0, name.find('#'));
  return name.substr(name.starts_with("https://") ? 8 : name.starts_with("http://") ? 7 : 0);
}

std::string escaped(const std::string& name) {
  std::string token;
  for (const char c : name) token += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return token;
}

}  // namespace

std::string Place::pointer() const {
  std::vector<std::string> tokens;
  for (const Place* place = this; place->above != nullptr; place = place->above) {
    tokens.push_back(place->name == nullptr ? std::to_string(place->index) : escaped(*place->name));
  }
  std::string pointer;
  for (auto token = tokens.rbegin(); token != tokens.rend() && pointer.size() <= most_pointer_bytes; ++token) {
    pointer += "/" + *token;
  }
  return shortened(pointer, most_pointer_bytes);
}

SchemaChecker::SchemaChecker(const Json& root, const SchemaLimits& limits)
    : root_(root), limits_(limits), budget_(limits.steps), references_(root, budget_) {}

SchemaChecker::~SchemaChecker() = default;

SchemaCheck SchemaChecker::run(const Json& value) {
  const auto dialect = dialect_of(root_);
  is_old_ = std::ranges::find(old_dialects, dialect) != std::end(old_dialects);
  const bool known = is_old_ || dialect.empty() || std::ranges::find(dialects, dialect) != std::end(dialects);
  const Verdict verdict =
      known ? visit(root_, value, Place{}) : doubt("the schema's dialect " + in_quotes(dialect) + " is not supported");
  SchemaCheck check{.violations = std::move(violations_)};
  if (verdict == Verdict::unknown) check.unchecked = "could not be checked: " + doubt_;
  return check;
}

bool SchemaChecker::is_over() const { return budget_.is_spent() || violations_.size() >= limits_.violations; }

Verdict SchemaChecker::fail(const Place& place, const std::string& reason) {
  if (quiet_ == 0 && violations_.size() < limits_.violations) {
    violations_.push_back({place.pointer(), shortened(reason, most_reason_bytes)});
  }
  return Verdict::fails;
}

Verdict SchemaChecker::doubt(const std::string& reason) {
  if (doubt_.empty()) doubt_ = shortened(reason, most_reason_bytes);
  return Verdict::unknown;
}

Verdict SchemaChecker::visit(const Json& schema, const Json& value, const Place& place) {
  if (!budget_.spend(1 + schema.size())) return doubt("it takes too many steps");
  if (schema.is_boolean()) return schema.get<bool>() ? Verdict::fits : fail(place, "is not allowed");
  if (!schema.is_object()) return doubt("a schema is neither an object nor a boolean");
  if (depth_ >= limits_.depth) return doubt("its schemas are nested too deep");
  ++depth_;
  const Json* before = references_.enter(schema);
  const Verdict verdict = visit_keywords({schema, value, place});
  references_.leave(before);
  --depth_;
  return verdict;
}

Verdict SchemaChecker::visit_quietly(const Json& schema, const Json& value, const Place& place) {
  ++quiet_;
  const Verdict verdict = visit(schema, value, place);
  --quiet_;
  return verdict;
}

Verdict SchemaChecker::visit_keywords(const Site& site) {
  if (const auto ref = site.schema.find("$ref"); is_old_ && ref != site.schema.end()) return reference(*ref, site);
  Verdict verdict = Verdict::fits;
  for (auto keyword = site.schema.begin(); keyword != site.schema.end(); ++keyword) {
    verdict = both(verdict, apply(keyword.key(), *keyword, site));
    if (is_over() || (verdict == Verdict::fails && quiet_ > 0)) break;
  }
  return verdict;
}

Verdict SchemaChecker::apply(const std::string& keyword, const Json& wanted, const Site& site) {
  if (const Assertion assertion = find_assertion(keyword)) {
    const Finding finding = assertion(wanted, site.value, budget_);
    if (budget_.is_spent()) return doubt("it takes too many steps");
    if (finding.verdict == Verdict::fails) return fail(site.place, finding.reason);
    return finding.verdict == Verdict::fits ? Verdict::fits : doubt(finding.reason);
  }
  const auto* rule = find_rule(keyword);
  if (rule == nullptr || (rule->old_only && !is_old_)) return Verdict::fits;
  const Verdict verdict = (this->*rule->rule)(wanted, site);
  return budget_.is_spent() && verdict == Verdict::fits ? doubt("it takes too many steps") : verdict;
}

Verdict SchemaChecker::pattern(const Json& wanted, const Site& site) {
  if (!wanted.is_string()) return doubt("the schema's 'pattern' is malformed");
  if (!site.value.is_string()) return Verdict::fits;
  const auto& pattern = wanted.get_ref<const std::string&>();
  const Verdict verdict = matches(site.value.get_ref<const std::string&>(), pattern);
  return verdict == Verdict::fails ? fail(site.place, "does not match the pattern " + in_quotes(pattern)) : verdict;
}

Verdict SchemaChecker::matches(const std::string& text, const std::string& pattern) {
  constexpr std::size_t bytes_a_step = 16;
  if (!budget_.spend(1 + text.size() / bytes_a_step)) return doubt("it takes too many steps");
  const re2::RE2* expression = expression_of(pattern);
  if (expression == nullptr) return doubt("it has too many patterns");
  if (!expression->ok()) return doubt("the pattern " + in_quotes(pattern) + " is not supported");
  return re2::RE2::PartialMatch(text, *expression) ? Verdict::fits : Verdict::fails;
}

/// Compiled once; null when that would take more than 50 MiB in all.
const re2::RE2* SchemaChecker::expression_of(const std::string& pattern) {
  constexpr std::size_t most_patterns = 200, most_memory = std::size_t{256} * 1024;
  const auto known = patterns_.find(pattern);
  if (known != patterns_.end()) return known->second.get();
  if (patterns_.size() >= most_patterns) return nullptr;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(most_memory);
  return patterns_.emplace(pattern, std::make_unique<re2::RE2>(pattern, options)).first->second.get();
}

SchemaCheck check(const Json& schema, const Json& value, const SchemaLimits& limits) {
  return SchemaChecker(schema, limits).run(value);
}

void fill_defaults(const Json& schema, Json& object) {
  if (object.is_null()) object = Json::object();
  const Json& properties = value_at(schema, "properties");
  if (!object.is_object() || !properties.is_object()) return;
  for (auto property = properties.begin(); property != properties.end(); ++property) {
    if (object.contains(property.key()) || !property->is_object()) continue;
    const auto value = property->find("default");
    if (value != property->end() && check(*property, *value).fits()) object[property.key()] = *value;
  }
}

}  // namespace agent::mcp
