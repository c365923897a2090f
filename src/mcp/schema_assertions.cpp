#include "mcp/schema_assertions.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

namespace agent::mcp {
namespace {

Finding fails(std::string reason) { return {Verdict::fails, std::move(reason)}; }

Finding malformed(std::string_view keyword) {
  return {Verdict::unknown, "the schema's '" + std::string(keyword) + "' is malformed"};
}

std::string_view kind_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number()) return is_integer(value) ? "an integer" : "a number";
  return value.is_string() ? "a string" : value.is_array() ? "an array" : "an object";
}

struct TypeName {
  std::string_view name, told;
  bool (*holds)(const Json& value);
};

constexpr TypeName type_names[] = {
    {"null", "null", [](const Json& value) { return value.is_null(); }},
    {"boolean", "a boolean", [](const Json& value) { return value.is_boolean(); }},
    {"integer", "an integer", is_integer},
    {"number", "a number", [](const Json& value) { return value.is_number(); }},
    {"string", "a string", [](const Json& value) { return value.is_string(); }},
    {"array", "an array", [](const Json& value) { return value.is_array(); }},
    {"object", "an object", [](const Json& value) { return value.is_object(); }},
};

const TypeName* find_type(const Json& name) {
  const auto* found = std::ranges::find_if(type_names, [&](const TypeName& type) { return name == type.name; });
  return found == std::end(type_names) ? nullptr : found;
}

Finding type(const Json& wanted, const Json& value, Budget&) {
  std::string names;
  const std::size_t count = wanted.is_array() ? wanted.size() : 1;
  if (count > std::size(type_names)) return malformed("type");
  for (std::size_t at = 0; at < count; ++at) {
    const TypeName* one = find_type(wanted.is_array() ? wanted[at] : wanted);
    if (one == nullptr) return malformed("type");
    if (one->holds(value)) return {};
    names += (at == 0 ? "" : " or ") + std::string(one->told);
  }
  return fails("is " + std::string(kind_of(value)) + ", not " + names);
}

Finding enumeration(const Json& wanted, const Json& value, Budget& budget) {
  if (!wanted.is_array()) return malformed("enum");
  for (const Json& one : wanted) {
    if (order(one, value, budget) == 0) return {};
  }
  return fails("is none of the " + std::to_string(wanted.size()) + " values of 'enum'");
}

Finding constant(const Json& wanted, const Json& value, Budget& budget) {
  if (order(wanted, value, budget) == 0) return {};
  return fails("is not the value of 'const'");
}

/// The number in a reason: as the schema has it.
std::string told(const Json& number) { return number.dump(); }

template <class Holds>
Finding bound(std::string_view keyword, std::string_view reason, const Json& wanted, const Json& value) {
  if (!wanted.is_number()) return malformed(keyword);
  if (!value.is_number() || Holds()(number_of(value), number_of(wanted))) return {};
  return fails(std::string(reason) + told(wanted));
}

Finding minimum(const Json& wanted, const Json& value, Budget&) {
  return bound<std::greater_equal<>>("minimum", "is less than ", wanted, value);
}

Finding maximum(const Json& wanted, const Json& value, Budget&) {
  return bound<std::less_equal<>>("maximum", "is more than ", wanted, value);
}

Finding exclusive_minimum(const Json& wanted, const Json& value, Budget&) {
  return bound<std::greater<>>("exclusiveMinimum", "is not more than ", wanted, value);
}

Finding exclusive_maximum(const Json& wanted, const Json& value, Budget&) {
  return bound<std::less<>>("exclusiveMaximum", "is not less than ", wanted, value);
}

/// 0.0075 is a multiple of 0.0001, though neither is what its binary form says: a quotient may be off by the error of
/// both.
bool is_multiple(long double value, long double of) {
  constexpr long double error = 4 * static_cast<long double>(DBL_EPSILON);
  const long double quotient = value / of;
  return std::abs(quotient - std::round(quotient)) <= error * std::abs(quotient);
}

Finding multiple_of(const Json& wanted, const Json& value, Budget&) {
  if (!wanted.is_number() || number_of(wanted) <= 0) return malformed("multipleOf");
  if (!value.is_number()) return {};
  const long double number = number_of(value), of = number_of(wanted);
  const bool exact = is_integer(value) && is_integer(wanted);
  if (exact ? std::fmod(number, of) == 0 : is_multiple(number, of)) return {};
  return fails("is no multiple of " + told(wanted));
}

template <class Holds>
Finding count(std::string_view keyword, std::string_view what, const Json& wanted, std::size_t size) {
  if (!is_integer(wanted) || number_of(wanted) < 0) return malformed(keyword);
  if (Holds()(static_cast<long double>(size), number_of(wanted))) return {};
  return fails("has " + std::to_string(size) + std::string(what) + ", not " + told(wanted) +
               (Holds()(0.0L, 1.0L) ? " or fewer" : " or more"));
}

using AtLeast = std::greater_equal<>;
using AtMost = std::less_equal<>;

Finding min_length(const Json& wanted, const Json& value, Budget&) {
  if (!value.is_string()) return {};
  return count<AtLeast>("minLength", " characters", wanted, code_points(value.get_ref<const std::string&>()));
}

Finding max_length(const Json& wanted, const Json& value, Budget&) {
  if (!value.is_string()) return {};
  return count<AtMost>("maxLength", " characters", wanted, code_points(value.get_ref<const std::string&>()));
}

Finding min_items(const Json& wanted, const Json& value, Budget&) {
  return value.is_array() ? count<AtLeast>("minItems", " items", wanted, value.size()) : Finding{};
}

Finding max_items(const Json& wanted, const Json& value, Budget&) {
  return value.is_array() ? count<AtMost>("maxItems", " items", wanted, value.size()) : Finding{};
}

Finding min_properties(const Json& wanted, const Json& value, Budget&) {
  return value.is_object() ? count<AtLeast>("minProperties", " properties", wanted, value.size()) : Finding{};
}

Finding max_properties(const Json& wanted, const Json& value, Budget&) {
  return value.is_object() ? count<AtMost>("maxProperties", " properties", wanted, value.size()) : Finding{};
}

Finding unique_items(const Json& wanted, const Json& value, Budget& budget) {
  if (!wanted.is_boolean()) return malformed("uniqueItems");
  if (!wanted.get<bool>() || !value.is_array()) return {};
  // A spent budget makes the order inconsistent: a tree survives that, sorting would not.
  const auto before = [&](const Json* left, const Json* right) { return order(*left, *right, budget) < 0; };
  std::set<const Json*, decltype(before)> items(before);
  for (const Json& item : value) {
    if (!items.insert(&item).second) return fails("has an item twice");
    if (budget.is_spent()) break;
  }
  return {};
}

Finding required(const Json& wanted, const Json& value, Budget& budget) {
  if (!wanted.is_array()) return malformed("required");
  if (!value.is_object()) return {};
  for (const Json& name : wanted) {
    if (!budget.spend(1)) return {};
    if (!name.is_string()) return malformed("required");
    if (const auto& text = name.get_ref<const std::string&>(); !value.contains(text)) {
      return fails("has no property " + in_quotes(text));
    }
  }
  return {};
}

Finding dependent_required(const Json& wanted, const Json& value, Budget& budget) {
  if (!wanted.is_object()) return malformed("dependentRequired");
  if (!value.is_object()) return {};
  for (auto names = wanted.begin(); names != wanted.end(); ++names) {
    if (!budget.spend(1)) return {};
    if (!value.contains(names.key())) continue;
    auto finding = required(*names, value, budget);
    if (finding.verdict == Verdict::fails) finding.reason += ", but " + in_quotes(names.key());
    if (finding.verdict != Verdict::fits) return finding;
  }
  return {};
}

constexpr std::pair<std::string_view, Assertion> assertions[] = {
    {"const", constant},
    {"dependentRequired", dependent_required},
    {"enum", enumeration},
    {"exclusiveMaximum", exclusive_maximum},
    {"exclusiveMinimum", exclusive_minimum},
    {"maxItems", max_items},
    {"maxLength", max_length},
    {"maxProperties", max_properties},
    {"maximum", maximum},
    {"minItems", min_items},
    {"minLength", min_length},
    {"minProperties", min_properties},
    {"minimum", minimum},
    {"multipleOf", multiple_of},
    {"required", required},
    {"type", type},
    {"uniqueItems", unique_items},
};

}  // namespace

Assertion find_assertion(std::string_view keyword) {
  const auto* found = std::ranges::find(assertions, keyword, &std::pair<std::string_view, Assertion>::first);
  return found == std::end(assertions) ? nullptr : found->second;
}

}  // namespace agent::mcp
