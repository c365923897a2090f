#include "mcp/schema_checker.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace agent::mcp {

/// Keywords with schemas within. `if` takes `then` and `else` with it, `contains` its counts.
const SchemaChecker::NamedRule SchemaChecker::rules[] = {
    {"$dynamicRef", &SchemaChecker::dynamic_reference},
    {"$recursiveRef", &SchemaChecker::dynamic_reference},
    {"$ref", &SchemaChecker::reference},
    {"additionalItems", &SchemaChecker::additional_items},
    {"additionalProperties", &SchemaChecker::additional_properties},
    {"allOf", &SchemaChecker::all_of},
    {"anyOf", &SchemaChecker::any_of},
    {"contains", &SchemaChecker::contains},
    {"dependencies", &SchemaChecker::dependencies, true},
    {"dependentSchemas", &SchemaChecker::dependent_schemas},
    {"if", &SchemaChecker::condition},
    {"items", &SchemaChecker::items},
    {"not", &SchemaChecker::not_this},
    {"oneOf", &SchemaChecker::one_of},
    {"pattern", &SchemaChecker::pattern},
    {"patternProperties", &SchemaChecker::pattern_properties},
    {"prefixItems", &SchemaChecker::prefix_items},
    {"properties", &SchemaChecker::properties},
    {"propertyNames", &SchemaChecker::property_names},
    {"unevaluatedItems", &SchemaChecker::unevaluated_items},
    {"unevaluatedProperties", &SchemaChecker::unevaluated_properties},
};

const SchemaChecker::NamedRule* SchemaChecker::find_rule(std::string_view keyword) {
  const auto* found = std::ranges::find(rules, keyword, &NamedRule::keyword);
  return found == std::end(rules) ? nullptr : found;
}

Verdict both(Verdict left, Verdict right) {
  if (left == Verdict::fails || right == Verdict::fails) return Verdict::fails;
  return left == Verdict::unknown ? left : right;
}

Verdict SchemaChecker::reference(const Json& wanted, const Site& site) {
  if (!wanted.is_string()) return doubt("the schema's '$ref' is malformed");
  const auto& text = wanted.get_ref<const std::string&>();
  const Json* schema = references_.find(text);
  if (schema == nullptr) return doubt("the reference " + in_quotes(text) + " leads out of the schema");
  return visit(*schema, site.value, site.place);
}

Verdict SchemaChecker::dynamic_reference(const Json&, const Site&) {
  return doubt("dynamic references are not supported");
}

Verdict SchemaChecker::malformed(std::string_view keyword) {
  return doubt("the schema's '" + std::string(keyword) + "' is malformed");
}

Verdict SchemaChecker::all_of(const Json& wanted, const Site& site) {
  if (!wanted.is_array()) return malformed("allOf");
  Verdict verdict = Verdict::fits;
  for (const Json& schema : wanted) {
    verdict = both(verdict, visit(schema, site.value, site.place));
    if (is_over()) break;
  }
  return verdict;
}

/// How many of `schemas` the value fits, up to `enough`.
SchemaChecker::Tally SchemaChecker::tally(const Json& schemas, const Site& site, std::size_t enough) {
  Tally tally;
  for (const Json& schema : schemas) {
    const Verdict verdict = visit_quietly(schema, site.value, site.place);
    if (verdict == Verdict::fits) ++tally.fits;
    if (verdict == Verdict::unknown) ++tally.unknown;
    if (tally.fits >= enough || budget_.is_spent()) break;
  }
  return tally;
}

Verdict SchemaChecker::any_of(const Json& wanted, const Site& site) {
  if (!wanted.is_array()) return malformed("anyOf");
  const auto [fits, unknown] = tally(wanted, site, 1);
  if (fits > 0) return Verdict::fits;
  if (unknown > 0) return Verdict::unknown;
  return fail(site.place, "fits none of the " + std::to_string(wanted.size()) + " schemas of 'anyOf'");
}

Verdict SchemaChecker::one_of(const Json& wanted, const Site& site) {
  if (!wanted.is_array()) return malformed("oneOf");
  const auto [fits, unknown] = tally(wanted, site, 2);
  if (fits > 1) return fail(site.place, "fits more than one schema of 'oneOf'");
  if (unknown > 0) return Verdict::unknown;
  if (fits == 1) return Verdict::fits;
  return fail(site.place, "fits none of the " + std::to_string(wanted.size()) + " schemas of 'oneOf'");
}

Verdict SchemaChecker::not_this(const Json& wanted, const Site& site) {
  const Verdict verdict = visit_quietly(wanted, site.value, site.place);
  if (verdict == Verdict::fits) return fail(site.place, "fits the schema of 'not'");
  return verdict == Verdict::fails ? Verdict::fits : verdict;
}

Verdict SchemaChecker::condition(const Json& wanted, const Site& site) {
  const auto consequence = site.schema.find("then"), alternative = site.schema.find("else");
  const auto end = site.schema.end();
  if (consequence == end && alternative == end) return Verdict::fits;
  const Verdict verdict = visit_quietly(wanted, site.value, site.place);
  if (verdict == Verdict::unknown) return verdict;
  const auto next = verdict == Verdict::fits ? consequence : alternative;
  return next == end ? Verdict::fits : visit(*next, site.value, site.place);
}

Verdict SchemaChecker::dependent_schemas(const Json& wanted, const Site& site) {
  if (!wanted.is_object()) return malformed("dependentSchemas");
  Verdict verdict = Verdict::fits;
  for (auto schema = wanted.begin(); schema != wanted.end() && site.value.is_object(); ++schema) {
    if (is_over() || !budget_.spend(1)) break;
    if (site.value.contains(schema.key())) verdict = both(verdict, visit(*schema, site.value, site.place));
  }
  return verdict;
}

/// Lists of names, or schemas: what later became two keywords.
Verdict SchemaChecker::dependencies(const Json& wanted, const Site& site) {
  if (!wanted.is_object()) return malformed("dependencies");
  Json names = Json::object(), schemas = Json::object();
  for (auto one = wanted.begin(); one != wanted.end(); ++one) {
    (one->is_array() ? names : schemas)[one.key()] = *one;
    if (!budget_.spend(1)) break;
  }
  const Verdict required = apply("dependentRequired", names, site);
  return both(required, dependent_schemas(schemas, site));
}

Verdict SchemaChecker::properties(const Json& wanted, const Site& site) {
  if (!wanted.is_object()) return malformed("properties");
  if (!site.value.is_object()) return Verdict::fits;
  Verdict verdict = Verdict::fits;
  for (auto schema = wanted.begin(); schema != wanted.end(); ++schema) {
    if (is_over() || !budget_.spend(1)) break;
    const auto member = site.value.find(schema.key());
    if (member == site.value.end()) continue;
    verdict = both(verdict, visit(*schema, *member, {.above = &site.place, .name = &member.key()}));
    if (verdict == Verdict::fails && quiet_ > 0) break;
  }
  return verdict;
}

Verdict SchemaChecker::pattern_properties(const Json& wanted, const Site& site) {
  if (!wanted.is_object()) return malformed("patternProperties");
  if (!site.value.is_object()) return Verdict::fits;
  Verdict verdict = Verdict::fits;
  for (auto member = site.value.begin(); member != site.value.end(); ++member) {
    for (auto schema = wanted.begin(); schema != wanted.end() && !is_over(); ++schema) {
      const Verdict match = matches(member.key(), schema.key());
      if (match == Verdict::unknown) verdict = both(verdict, match);
      if (match != Verdict::fits) continue;
      verdict = both(verdict, visit(*schema, *member, {.above = &site.place, .name = &member.key()}));
    }
  }
  return verdict;
}

/// Does one of `patterns`, the names of an object, match `name`?
Verdict SchemaChecker::is_matched(const std::string& name, const Json& patterns) {
  Verdict verdict = Verdict::fails;
  for (auto pattern = patterns.begin(); pattern != patterns.end(); ++pattern) {
    const Verdict one = matches(name, pattern.key());
    if (one == Verdict::fits) return one;
    if (one == Verdict::unknown) verdict = one;
    if (budget_.is_spent()) break;
  }
  return verdict;
}

Verdict SchemaChecker::additional_properties(const Json& wanted, const Site& site) {
  if (!site.value.is_object() || wanted == true) return Verdict::fits;
  const Json& named = value_at(site.schema, "properties");
  const Json& patterns = value_at(site.schema, "patternProperties");
  Verdict verdict = Verdict::fits;
  for (auto member = site.value.begin(); member != site.value.end(); ++member) {
    if (is_over() || !budget_.spend(1)) break;
    if (named.is_object() && named.contains(member.key())) continue;
    const Verdict matched = patterns.is_object() ? is_matched(member.key(), patterns) : Verdict::fails;
    if (matched == Verdict::fits) continue;
    // What may be matched may be additional, or not.
    const Place place{.above = &site.place, .name = &member.key()};
    const Verdict one =
        matched == Verdict::unknown ? visit_quietly(wanted, *member, place) : visit(wanted, *member, place);
    verdict = both(verdict, matched == Verdict::unknown && one == Verdict::fails ? Verdict::unknown : one);
    if (verdict == Verdict::fails && quiet_ > 0) break;
  }
  return verdict;
}

Verdict SchemaChecker::property_names(const Json& wanted, const Site& site) {
  if (!site.value.is_object()) return Verdict::fits;
  Verdict verdict = Verdict::fits;
  for (auto member = site.value.begin(); member != site.value.end() && !is_over(); ++member) {
    Verdict one = visit_quietly(wanted, Json(member.key()), site.place);
    if (one == Verdict::fails)
      one = fail(site.place, "has a property whose name " + in_quotes(member.key()) + " is not allowed");
    verdict = both(verdict, one);
  }
  return verdict;
}

Verdict SchemaChecker::items_from(std::size_t first, const Json& schema, const Site& site) {
  Verdict verdict = Verdict::fits;
  for (std::size_t at = first; at < site.value.size() && !is_over(); ++at) {
    verdict = both(verdict, visit(schema, site.value[at], {.above = &site.place, .index = at}));
    if (verdict == Verdict::fails && quiet_ > 0) break;
  }
  return verdict;
}

Verdict SchemaChecker::prefix_items(const Json& wanted, const Site& site) {
  if (!wanted.is_array()) return malformed("prefixItems");
  if (!site.value.is_array()) return Verdict::fits;
  Verdict verdict = Verdict::fits;
  for (std::size_t at = 0; at < std::min(wanted.size(), site.value.size()) && !is_over(); ++at) {
    verdict = both(verdict, visit(wanted[at], site.value[at], {.above = &site.place, .index = at}));
  }
  return verdict;
}

/// A list of schemas is what `prefixItems` was before 2020-12.
Verdict SchemaChecker::items(const Json& wanted, const Site& site) {
  if (wanted.is_array()) return prefix_items(wanted, site);
  if (!site.value.is_array()) return Verdict::fits;
  const Json& prefix = value_at(site.schema, "prefixItems");
  return items_from(prefix.is_array() ? prefix.size() : 0, wanted, site);
}

Verdict SchemaChecker::additional_items(const Json& wanted, const Site& site) {
  const Json& prefix = value_at(site.schema, "items");
  return prefix.is_array() && site.value.is_array() ? items_from(prefix.size(), wanted, site) : Verdict::fits;
}

Verdict SchemaChecker::contains(const Json& wanted, const Site& site) {
  if (!site.value.is_array()) return Verdict::fits;
  const Json &min = value_at(site.schema, "minContains"), &max = value_at(site.schema, "maxContains");
  if ((!min.is_null() && !is_integer(min)) || (!max.is_null() && !is_integer(max))) return malformed("contains");
  const auto least = min.is_null() ? 1.0L : number_of(min);
  const auto most = max.is_null() ? static_cast<long double>(site.value.size()) : number_of(max);
  Tally tally;
  for (std::size_t at = 0; at < site.value.size() && !budget_.is_spent(); ++at) {
    const Verdict one = visit_quietly(wanted, site.value[at], {.above = &site.place, .index = at});
    if (one == Verdict::fits) ++tally.fits;
    if (one == Verdict::unknown) ++tally.unknown;
  }
  const auto fits = static_cast<long double>(tally.fits), possible = fits + static_cast<long double>(tally.unknown);
  if (possible < least) return fail(site.place, "has too few items that fit 'contains'");
  if (fits > most) return fail(site.place, "has too many items that fit 'contains'");
  return fits >= least && possible <= most ? Verdict::fits : Verdict::unknown;
}

namespace {

/// May another schema that stands in this place have evaluated members or items, too?
bool has_schemas_in_place(const Json& schema) {
  constexpr std::array keywords = {"$ref", "$dynamicRef", "$recursiveRef",   "allOf", "anyOf", "oneOf",
                                   "not",  "if",          "dependentSchemas"};
  return std::ranges::any_of(keywords, [&](const char* keyword) { return schema.contains(keyword); });
}

}  // namespace

Verdict SchemaChecker::unevaluated_properties(const Json& wanted, const Site& site) {
  if (!site.value.is_object() || wanted == true || site.schema.contains("additionalProperties")) return Verdict::fits;
  if (!has_schemas_in_place(site.schema)) return additional_properties(wanted, site);
  return doubt("'unevaluatedProperties' beside schemas in place is not supported");
}

Verdict SchemaChecker::unevaluated_items(const Json& wanted, const Site& site) {
  if (!site.value.is_array() || wanted == true) return Verdict::fits;
  const Json& items = value_at(site.schema, "items");
  if (!items.is_null() && !items.is_array()) return Verdict::fits;
  if (has_schemas_in_place(site.schema) || site.schema.contains("contains") || items.is_array()) {
    return doubt("'unevaluatedItems' beside schemas in place is not supported");
  }
  const Json& prefix = value_at(site.schema, "prefixItems");
  return items_from(prefix.is_array() ? prefix.size() : 0, wanted, site);
}

}  // namespace agent::mcp
