#pragma once

#include "mcp/schema.hpp"
#include "mcp/schema_assertions.hpp"
#include "mcp/schema_references.hpp"
#include "mcp/schema_values.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace agent::mcp {

/// Fails when one fails; else unknown when one is.
[[nodiscard]] Verdict both(Verdict left, Verdict right);

/// Where in the value we are: a member or an item of what is above.
struct Place {
  const Place* above = nullptr;
  const std::string* name = nullptr;  ///< Of a member.
  std::size_t index = 0;              ///< Of an item.

  [[nodiscard]] std::string pointer() const;
};

/// One check of one value. Three-valued: a part that can't be checked makes unknown only what depends on it.
class SchemaChecker {
 public:
  SchemaChecker(const Json& root, const SchemaLimits& limits);
  ~SchemaChecker();
  SchemaChecker(const SchemaChecker&) = delete;
  SchemaChecker& operator=(const SchemaChecker&) = delete;

  [[nodiscard]] SchemaCheck run(const Json& value);

 private:
  /// A schema that meets a value.
  struct Site {
    const Json& schema;
    const Json& value;
    const Place& place;
  };
  /// A keyword with schemas within: `wanted` is what the schema has for it.
  using Rule = Verdict (SchemaChecker::*)(const Json& wanted, const Site& site);
  struct NamedRule {
    std::string_view keyword;
    Rule rule;
    bool old_only = false;  ///< Draft-07 and before.
  };
  static const NamedRule rules[];
  [[nodiscard]] static const NamedRule* find_rule(std::string_view keyword);

  Verdict visit(const Json& schema, const Json& value, const Place& place);
  Verdict visit_quietly(const Json& schema, const Json& value, const Place& place);
  Verdict visit_keywords(const Site& site);
  Verdict apply(const std::string& keyword, const Json& wanted, const Site& site);
  Verdict fail(const Place& place, const std::string& reason);
  Verdict doubt(const std::string& reason);
  Verdict malformed(std::string_view keyword);
  [[nodiscard]] bool is_over() const;

  Verdict reference(const Json& wanted, const Site& site);
  Verdict dynamic_reference(const Json& wanted, const Site& site);
  Verdict all_of(const Json& wanted, const Site& site);
  Verdict any_of(const Json& wanted, const Site& site);
  Verdict one_of(const Json& wanted, const Site& site);
  Verdict not_this(const Json& wanted, const Site& site);
  Verdict condition(const Json& wanted, const Site& site);
  Verdict dependent_schemas(const Json& wanted, const Site& site);
  Verdict dependencies(const Json& wanted, const Site& site);
  Verdict properties(const Json& wanted, const Site& site);
  Verdict pattern_properties(const Json& wanted, const Site& site);
  Verdict additional_properties(const Json& wanted, const Site& site);
  Verdict property_names(const Json& wanted, const Site& site);
  Verdict prefix_items(const Json& wanted, const Site& site);
  Verdict items(const Json& wanted, const Site& site);
  Verdict additional_items(const Json& wanted, const Site& site);
  Verdict contains(const Json& wanted, const Site& site);
  Verdict unevaluated_properties(const Json& wanted, const Site& site);
  Verdict unevaluated_items(const Json& wanted, const Site& site);
  Verdict pattern(const Json& wanted, const Site& site);

  struct Tally {
    std::size_t fits = 0, unknown = 0;
  };
  [[nodiscard]] Tally tally(const Json& schemas, const Site& site, std::size_t enough);
  Verdict items_from(std::size_t first, const Json& schema, const Site& site);
  [[nodiscard]] Verdict is_matched(const std::string& name, const Json& patterns);
  [[nodiscard]] Verdict matches(const std::string& text, const std::string& pattern);
  [[nodiscard]] const re2::RE2* expression_of(const std::string& pattern);

  const Json& root_;
  const SchemaLimits& limits_;
  Budget budget_;
  References references_;
  bool is_old_ = false;  ///< Draft-07 or before: nothing counts beside a $ref, and dependencies do.
  std::size_t depth_ = 0;
  int quiet_ = 0;  ///< What fails does so for a schema that may fail.
  std::vector<Violation> violations_;
  std::string doubt_;  ///< The first.
  std::map<std::string, std::unique_ptr<re2::RE2>, std::less<>> patterns_;
};

}  // namespace agent::mcp
