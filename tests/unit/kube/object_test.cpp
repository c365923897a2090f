#include "kube/object.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

using nlohmann::json;

TEST(TextOf, IsEmptyForWhatIsNoText) {
  const json object{{"text", "a"}, {"number", 1}, {"nothing", nullptr}};

  EXPECT_EQ(text_of(object, "text"), "a");
  for (const char* key : {"number", "nothing", "absent"}) EXPECT_EQ(text_of(object, key), "") << key;
  EXPECT_EQ(text_of(json::array(), "text"), "");
}

TEST(InQuotes, KeepsAHostileNameShortAndClean) {
  EXPECT_EQ(in_quotes("web"), "'web'");
  EXPECT_EQ(in_quotes("a\x1b[31mb"), "'ab'");
  EXPECT_EQ(in_quotes(std::string(300, 'a')), "'" + std::string(253, 'a') + "'");
}

TEST(DropBookkeeping, KeepsTheOtherAnnotations) {
  json object{{"metadata",
               {{"name", "a"},
                {"managedFields", json::array({1})},
                {"annotations", {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}, {"team", "ci"}}}}}};

  drop_bookkeeping(object);

  EXPECT_EQ(object, (json{{"metadata", {{"name", "a"}, {"annotations", {{"team", "ci"}}}}}}));
}

TEST(DropBookkeeping, LeavesWhatHasNoMetadata) {
  for (json object : {json::object(), json{{"metadata", 1}}, json{{"metadata", {{"annotations", "text"}}}}}) {
    const json before = object;
    drop_bookkeeping(object);
    EXPECT_EQ(object, before);
  }
}

TEST(ClearValues, KeepsTheKeys) {
  json object{{"data", {{"password", "hunter2"}, {"port", 1}}}, {"type", "Opaque"}};

  clear_values(object, "data");
  clear_values(object, "stringData");
  clear_values(object, "type");

  EXPECT_EQ(object, (json{{"data", {{"password", ""}, {"port", ""}}}, {"type", "Opaque"}}));
}

}  // namespace
}  // namespace agent::kube
