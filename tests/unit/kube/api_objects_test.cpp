#include "kube/api_objects.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

const Kind pods{"", "v1", "pods"};

struct ObjectCase {
  std::string name, metadata, expected;  ///< Of an object's metadata; empty: it can't be read.
};

void PrintTo(const ObjectCase& row, std::ostream* out) { *out << row.metadata; }

class ObjectOfAnAnswer : public testing::TestWithParam<ObjectCase> {};

TEST_P(ObjectOfAnAnswer, ComesWithoutManagedFields) {
  nlohmann::json found;
  const bool is_read = read_object(R"({"kind":"Pod","metadata":{)" + GetParam().metadata + "}}", pods, found);

  EXPECT_EQ(is_read ? found["metadata"].dump() : "", GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Metadata, ObjectOfAnAnswer,
    testing::Values(
        ObjectCase{"none", R"("name":"a")", R"({"name":"a"})"},
        ObjectCase{"first", R"("managedFields":[{"f:a":{"k:{\"b\":\"]\"}":{}}}],"name":"a")", R"({"name":"a"})"},
        ObjectCase{"last", R"("name":"a","managedFields":[[1,2],3])", R"({"name":"a"})"},
        ObjectCase{"twice", R"("managedFields":[1,2],"name":"a","managedFields":[3,4])", R"({"name":"a"})"},
        ObjectCase{"short", R"("managedFields":[],"name":"a")", R"({"name":"a"})"},
        ObjectCase{"null", R"("managedFields":null,"name":"a")", R"({"name":"a"})"},
        ObjectCase{"with_blanks", R"("managedFields" : [ {} ], "name": "a")", R"({"name":"a"})"},
        ObjectCase{"in_a_value", R"("name":"\"managedFields\":[1,2,3]")", R"({"name":"\"managedFields\":[1,2,3]"})"},
        ObjectCase{"end_of_a_key", R"("x\"managedFields":[1,2,3])", R"({"x\"managedFields":[1,2,3]})"},
        ObjectCase{"without_an_end", R"("managedFields":[{"a":"b)", ""},
        ObjectCase{"wrong_where_nobody_looks", R"("managedFields":[{"a":1]],"name":"a")", R"({"name":"a"})"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::kube
