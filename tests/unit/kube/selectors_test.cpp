#include "kube/selectors.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

struct Choice {
  std::string name, labels, fields;
  bool matches = false;
};

void PrintTo(const Choice& row, std::ostream* out) { *out << row.labels << " " << row.fields; }

class SelectorOfAPod : public testing::TestWithParam<Choice> {};

TEST_P(SelectorOfAPod, Decides) {
  const auto pod = nlohmann::json::parse(R"({"metadata": {"name": "web-1", "namespace": "ci",
      "labels": {"app": "web", "tier": "front", "example.org/team": "a", "empty": ""}},
      "status": {"phase": "Failed"}, "spec": {"replicas": 3, "a,b": "c=d"}})");

  const auto selector = Selector::parse(GetParam().labels, GetParam().fields);

  ASSERT_TRUE(selector) << describe(selector.error());
  EXPECT_EQ(selector->matches(pod), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SelectorOfAPod,
    testing::Values(
        Choice{"nothing", "", "", true}, Choice{"equal", "app=web", "", true}, Choice{"doubled", "app==web", "", true},
        Choice{"other_value", "app=db", "", false}, Choice{"label_not_there", "zone=a", "", false},
        Choice{"unequal", "app!=db", "", true}, Choice{"unequal_same", "app!=web", "", false},
        Choice{"unequal_not_there", "zone!=a", "", true}, Choice{"in", "app in (db, web)", "", true},
        Choice{"in_others", "app in (db)", "", false}, Choice{"in_not_there", "zone in (a)", "", false},
        Choice{"notin", "app notin (db,cache)", "", true}, Choice{"notin_same", "app notin (web)", "", false},
        Choice{"notin_not_there", "zone notin (a)", "", true}, Choice{"exists", "app", "", true},
        Choice{"exists_not", "zone", "", false}, Choice{"missing", "!zone", "", true},
        Choice{"missing_not", "! app", "", false}, Choice{"several", "app=web, tier in (front),!zone", "", true},
        Choice{"one_of_several_fails", "app=web,tier=back", "", false},
        Choice{"prefixed", "example.org/team=a", "", true}, Choice{"empty_value", "empty=", "", true},
        Choice{"empty_value_not_there", "zone=", "", false}, Choice{"field", "", "status.phase=Failed", true},
        Choice{"field_other", "", "status.phase=Running", false},
        Choice{"field_unequal", "", "status.phase!=Running", true},
        Choice{"fields", "", "metadata.name=web-1,metadata.namespace==ci", true},
        Choice{"field_not_there_is_empty", "", "spec.nodeName=", true}, Choice{"number", "", "spec.replicas=3", true},
        Choice{"structure_is_no_text", "", "status=Failed", false}, Choice{"escaped", "", "spec.missing!=a\\,b", true},
        Choice{"both", "app=web", "status.phase=Failed", true},
        Choice{"both_one_fails", "app=web", "status.phase=Running", false}),
    [](const auto& info) { return info.param.name; });

struct WrongSelector {
  std::string name, labels, fields;
};

void PrintTo(const WrongSelector& row, std::ostream* out) { *out << row.labels << " " << row.fields; }

class SelectorError : public testing::TestWithParam<WrongSelector> {};

TEST_P(SelectorError, TellsItIsNone) {
  const auto selector = Selector::parse(GetParam().labels, GetParam().fields);

  ASSERT_FALSE(selector);
  EXPECT_EQ(selector.error().kind, ErrorKind::usage);
}

INSTANTIATE_TEST_SUITE_P(Rows, SelectorError,
                         testing::Values(WrongSelector{"no_key", "=a", ""},
                                         WrongSelector{"unknown_verb", "a near (b)", ""},
                                         WrongSelector{"no_parenthesis", "a in b", ""},
                                         WrongSelector{"open_parenthesis", "a in (b", ""},
                                         WrongSelector{"two_words", "a b", ""}, WrongSelector{"comma_first", ",a", ""},
                                         WrongSelector{"field_without_value", "", "status.phase"},
                                         WrongSelector{"field_without_key", "", "=a"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::kube
