#include "tools/tool_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace agent::tools {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

// Failures: texts that kubernetes-mcp-server 0.0.67 gave.

struct MeaningCase {
  std::string name, text;
  std::optional<ErrorKind> kind;
};

class Meaning : public testing::TestWithParam<MeaningCase> {};

TEST_P(Meaning, IsTold) { EXPECT_EQ(error_meaning(GetParam().text), GetParam().kind); }

INSTANTIATE_TEST_SUITE_P(
    Texts, Meaning,
    testing::Values(
        MeaningCase{"no_pod", R"(failed to get pod nope in namespace ci: pods "nope" not found)",
                    ErrorKind::target_not_found},
        MeaningCase{"no_rights_for_a_name",
                    R"(failed to get pod crash-1 in namespace ci: pods "not found" is forbidden: User "a" cannot get)",
                    ErrorKind::forbidden},
        MeaningCase{"no_rights", R"(failed to list resources: pods is forbidden: User "system:x" cannot list resource)",
                    ErrorKind::forbidden},
        MeaningCase{"bad_credentials",
                    "failed to list resources: the server has asked for the client to provide credentials",
                    ErrorKind::unauthorised},
        MeaningCase{
            "cluster_down",
            R"(failed to get resource: Get "https://h/api?timeout=10s": dial tcp h: connect: connection refused)",
            ErrorKind::unreachable},
        MeaningCase{"no_kind", R"(failed to list resources: no matches for kind "TaskRun" in version "tekton.dev/v1")",
                    ErrorKind::target_not_found},
        MeaningCase{"no_resource", "failed to list resources: the server could not find the requested resource",
                    ErrorKind::target_not_found},
        MeaningCase{"no_container", "failed to get pod a log in namespace b: container nope is not valid for pod a",
                    ErrorKind::target_not_found},
        MeaningCase{"bad_field", "failed to list resources: field label not supported: nofield", ErrorKind::usage},
        MeaningCase{"bad_labels", "failed to list resources: unable to parse requirement: found '' expected: '('",
                    ErrorKind::usage},
        MeaningCase{"something_else", "failed to get pod: name parameter required", std::nullopt}),
    [](const auto& row) { return row.param.name; });

TEST(ErrorOf, TellsWhatWasAskedAndWhy) {
  const ToolResult result{.status = ToolStatus::error, .text = "pods \"a\" not found\nand more"};

  const Error error = error_of(result, "cannot get pod 'a'", "cluster through tools");

  EXPECT_EQ(error.kind, ErrorKind::target_not_found);
  EXPECT_EQ(error.what, "cannot get pod 'a': pods \"a\" not found");
  EXPECT_EQ(error.where, "cluster through tools");
}

TEST(ErrorOf, PutsTheServersOwnFailureFirst) {
  const ToolResult result{.status = ToolStatus::error,
                          .text = "not found",
                          .failure = Error{ErrorKind::unreachable, "connection lost", "", "start it again"}};

  const Error error = error_of(result, "cannot list pods", "");

  EXPECT_EQ(error.kind, ErrorKind::unreachable);
  EXPECT_EQ(error.what, "cannot list pods: connection lost");
  EXPECT_EQ(error.fix, "start it again");
}

TEST(ErrorOf, OfDeniedAndLateCalls) {
  EXPECT_EQ(error_of({.status = ToolStatus::denied, .text = "no"}, "a", "").kind, ErrorKind::forbidden);
  EXPECT_EQ(error_of({.status = ToolStatus::timeout, .text = "late"}, "a", "").kind, ErrorKind::deadline);
  EXPECT_EQ(error_of({.status = ToolStatus::error, .text = "\x1b[2Jodd"}, "a", "").what, "a: odd");
}

// Lists

struct ListCase {
  std::string name;
  ToolResult result;
  std::vector<std::string> names;  ///< Of objects, then of rows in '<>'.
};

class Listings : public testing::TestWithParam<ListCase> {};

TEST_P(Listings, AreRead) {
  const auto listing = read_listing(GetParam().result);

  ASSERT_TRUE(listing) << listing.error().what;
  std::vector<std::string> names;
  for (const json& one : listing->objects) names.push_back(one["metadata"]["name"]);
  for (const TableRow& row : listing->rows) names.push_back("<" + row.at("NAME") + ">");
  EXPECT_EQ(names, GetParam().names);
}

const json pod_a{{"kind", "Pod"}, {"metadata", {{"name", "a"}}}};

INSTANTIATE_TEST_SUITE_P(
    Forms, Listings,
    testing::Values(
        ListCase{"nothing", {.text = ""}, {}}, ListCase{"a_blank_line", {.text = "\n"}, {}},
        ListCase{"an_empty_list", {.text = "[]\n"}, {}}, ListCase{"a_comment", {.text = "# No events found"}, {}},
        ListCase{"kubectls_words", {.text = "No resources found in ci namespace."}, {}},
        ListCase{"yaml", {.text = "- kind: Pod\n  metadata:\n    name: a\n- metadata: {name: b}\n"}, {"a", "b"}},
        ListCase{"yaml_with_a_heading",
                 {.text = "The following pods were found:\n\n- kind: Pod\n  metadata:\n    name: a\n"},
                 {"a"}},
        ListCase{"yaml_documents", {.text = "---\nmetadata: {name: a}\n---\nmetadata: {name: b}\n"}, {"a", "b"}},
        ListCase{"a_kubernetes_list", {.text = R"({"kind":"PodList","items":[{"metadata":{"name":"a"}}]})"}, {"a"}},
        ListCase{"items_that_are_null", {.text = R"({"kind":"PodList","items":null})"}, {}},
        ListCase{"json", {.text = R"([{"metadata":{"name":"a"}}])"}, {"a"}},
        ListCase{"structured", {.text = "anything", .structured = json{{"items", {pod_a}}}}, {"a"}},
        ListCase{"a_structured_array", {.text = "", .structured = json::array({pod_a})}, {"a"}},
        ListCase{"a_wrapped_result", {.text = "", .structured = json{{"result", {pod_a}}}}, {"a"}},
        ListCase{"a_wrapped_text", {.text = "", .structured = json{{"result", "- metadata: {name: a}"}}}, {"a"}},
        ListCase{"odd_structure_beside_text", {.text = "- metadata: {name: a}", .structured = json(7)}, {"a"}},
        ListCase{"structured_rows",
                 {.text = "", .structured = json{{"items", {{{"Name", "a"}, {"Age", "1s"}, {"Count", 3}}}}}},
                 {"<a>"}},
        ListCase{
            "a_table",
            {.text =
                 "NAMESPACE   APIVERSION   KIND   NAME   STATUS\nci          v1           Pod    a      Running\n\n"},
            {"<a>"}}),
    [](const auto& row) { return row.param.name; });

struct OddCase {
  std::string name, text;
};

class OddListings : public testing::TestWithParam<OddCase> {};

TEST_P(OddListings, AreUnreadable) {
  const auto listing = read_listing({.text = GetParam().text});

  ASSERT_FALSE(listing);
  EXPECT_EQ(listing.error().kind, ErrorKind::unreadable);
}

INSTANTIATE_TEST_SUITE_P(Texts, OddListings,
                         testing::Values(OddCase{"prose", "I could not do that, sorry"},
                                         OddCase{"broken_json", "{\"items\": ["}, OddCase{"numbers", "- 1\n- 2\n"},
                                         OddCase{"deep_json", std::string(5'000, '[')}),
                         [](const auto& row) { return row.param.name; });

// Tables

TEST(Tables, HaveColumnsWhereTheHeaderHasWords) {
  const auto rows = read_table(
      "NAMESPACE   KIND    LAST SEEN   MESSAGE      NAME   LABELS\n"
      "ci          Event   23s         größer als   w.1    <none>\n"
      "ci          Event                            w.2    a=b\n");

  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].at("LAST SEEN"), "23s");
  EXPECT_EQ(rows[0].at("MESSAGE"), "größer als");
  EXPECT_EQ(rows[0].at("NAME"), "w.1");
  EXPECT_EQ(rows[1].at("LAST SEEN"), "");
  EXPECT_EQ(rows[1].at("LABELS"), "a=b");
}

TEST(Tables, NeedAHeader) {
  EXPECT_THAT(read_table("NAME of something\nelse\n"), IsEmpty());
  EXPECT_THAT(read_table(""), IsEmpty());
}

// One object

TEST(SingleObjects, AreReadFromTextAndStructure) {
  EXPECT_EQ(read_single({.text = "kind: Pod\nmetadata:\n  name: a\n"}), pod_a);
  EXPECT_EQ(read_single({.text = "", .structured = pod_a}), pod_a);
  EXPECT_EQ(read_single({.text = "kind: Pod\nmetadata:\n  name: a\n", .structured = json{{"x", 1}}}), pod_a);
}

TEST(SingleObjects, ThatAreNoneAreErrors) {
  EXPECT_EQ(read_single({.text = "pods \"a\" not found"}).error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(read_single({.text = "- metadata: {name: a}\n"}).error().kind, ErrorKind::unreadable);
  EXPECT_EQ(read_single({.text = ""}).error().kind, ErrorKind::unreadable);
}

// Events

const json back_off{{"InvolvedObject", {{"Kind", "Pod"}, {"Name", "a"}, {"apiVersion", "v1"}}},
                    {"Message", "Back-off"},
                    {"Namespace", "ci"},
                    {"Reason", "BackOff"},
                    {"Timestamp", "2026-11-21 15:14:36 +0000 UTC"},
                    {"Type", "Warning"}};

TEST(Events, AreAsTheApiHasThem) {
  const auto events = read_events({back_off}, {});

  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0]["involvedObject"],
            json({{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", "a"}, {"namespace", "ci"}}));
  EXPECT_EQ(events[0]["lastTimestamp"], "2026-11-21T15:14:36Z");
  EXPECT_EQ(events[0]["metadata"]["namespace"], "ci");
}

TEST(Events, OfClusterObjectsNameNoNamespaceOfTheirs) {
  json event = back_off;
  event["InvolvedObject"]["Kind"] = "Node";

  EXPECT_FALSE(read_events({event}, {})[0]["involvedObject"].contains("namespace"));
}

TEST(Events, TakeFromTheTableWhatOnlyItHas) {
  const TableRow row{{"NAME", "a.1"},
                     {"TYPE", "Warning"},
                     {"REASON", "BackOff"},
                     {"OBJECT", "pod/a"},
                     {"MESSAGE", "Back-off"},
                     {"COUNT", "42"},
                     {"SUBOBJECT", "spec.containers{app}"}};
  TableRow other = row;
  other["OBJECT"] = "pod/ba";
  TableRow second = row;
  second["NAME"] = "a.2";

  const auto events = read_events({back_off, back_off, back_off}, {other, row, second});

  EXPECT_EQ(events[0]["metadata"]["name"], "a.1");
  EXPECT_EQ(events[0]["count"], 42);
  EXPECT_EQ(events[0]["involvedObject"]["fieldPath"], "spec.containers{app}");
  EXPECT_EQ(events[1]["metadata"]["name"], "a.2");
  EXPECT_EQ(events[2]["metadata"]["name"], "a.3");
}

struct TimeCase {
  std::string name, go, rfc3339;
};

class GoTimes : public testing::TestWithParam<TimeCase> {};

TEST_P(GoTimes, AreRewritten) { EXPECT_EQ(rfc3339_of_go(GetParam().go), GetParam().rfc3339); }

INSTANTIATE_TEST_SUITE_P(
    Forms, GoTimes,
    testing::Values(TimeCase{"utc", "2026-11-21 15:14:36 +0000 UTC", "2026-11-21T15:14:36Z"},
                    TimeCase{"fraction", "2026-11-21 15:14:41.537111 +0000 UTC", "2026-11-21T15:14:41.537111Z"},
                    TimeCase{"zone", "2026-11-21 15:14:36 +0200 CEST", "2026-11-21T15:14:36+02:00"},
                    TimeCase{"already", "2026-11-21T15:14:36Z", "2026-11-21T15:14:36Z"},
                    TimeCase{"cut", "2026-11-21 15:14:36 +0", "2026-11-21 15:14:36 +0"}, TimeCase{"none", "", ""}),
    [](const auto& row) { return row.param.name; });

// Logs

TEST(Logs, AreTheirText) {
  EXPECT_EQ(read_log_text("one\ntwo\n", "ci", "a"), "one\ntwo\n");
  EXPECT_EQ(read_log_text("", "ci", "a"), "");
  EXPECT_EQ(read_log_text("The pod b in namespace ci has not logged any message yet\n", "ci", "a"),
            "The pod b in namespace ci has not logged any message yet\n");
}

TEST(Logs, ThatAreEmptyAreToldInWords) {
  EXPECT_EQ(read_log_text("The pod a in namespace ci has not logged any message yet", "ci", "a"), "");
}

TEST(Logs, ThatAreFailuresAreErrors) {
  const auto log = read_log_text("failed to get pod a log in namespace ci: pods \"a\" not found", "ci", "a");

  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(log.error().what, "pods \"a\" not found");
}

}  // namespace
}  // namespace agent::tools
