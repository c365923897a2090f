#include "kube/kinds.hpp"

#include <gtest/gtest.h>

#include <set>

namespace agent::kube {
namespace {

struct Word {
  std::string name, word, kind;
};

void PrintTo(const Word& row, std::ostream* out) { *out << row.word; }

class KindWord : public testing::TestWithParam<Word> {};

TEST_P(KindWord, NamesAKind) {
  const KindInfo* found = find_kind(GetParam().word);

  ASSERT_EQ(found == nullptr, GetParam().kind.empty());
  if (found != nullptr) EXPECT_EQ(found->api_version() + " " + found->name, GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Words, KindWord,
    testing::Values(Word{"plural", "pods", "v1 Pod"}, Word{"singular", "pod", "v1 Pod"}, Word{"short", "po", "v1 Pod"},
                    Word{"kind", "Pod", "v1 Pod"}, Word{"upper_case", "POD", "v1 Pod"},
                    Word{"deploy", "deploy", "apps/v1 Deployment"},
                    Word{"group", "deployments.apps", "apps/v1 Deployment"},
                    Word{"version_and_group", "deployment.v1.apps", "apps/v1 Deployment"},
                    Word{"wrong_group", "deployments.batch", ""}, Word{"pvc", "pvc", "v1 PersistentVolumeClaim"},
                    Word{"task_run", "taskrun", "tekton.dev/v1 TaskRun"},
                    Word{"tekton_group", "taskruns.tekton.dev", "tekton.dev/v1 TaskRun"},
                    Word{"quota", "quota", "v1 ResourceQuota"},
                    Word{"network_policy", "netpol", "networking.k8s.io/v1 NetworkPolicy"},
                    Word{"irregular_plural", "ingresses", "networking.k8s.io/v1 Ingress"},
                    Word{"unknown", "widget", ""}, Word{"empty", "", ""}, Word{"dot_alone", ".", ""}),
    [](const auto& info) { return info.param.name; });

TEST(KindTable, HasEachNameOnce) {
  std::set<std::string> seen;

  for (const KindInfo& row : known_kinds()) {
    std::set<std::string> words(row.short_names.begin(), row.short_names.end());
    words.insert({row.kind.resource, row.singular()});
    for (const std::string& word : words) EXPECT_TRUE(seen.insert(word).second) << word;
  }
}

TEST(KindOfObject, IsToldByApiVersionAndKind) {
  EXPECT_EQ(find_kind("apps/v1", "Deployment")->kind.resource, "deployments");
  EXPECT_EQ(find_kind("tekton.dev/v1beta1", "TaskRun")->kind.resource, "taskruns");
  EXPECT_EQ(find_kind("v1", "Deployment"), nullptr);
  EXPECT_EQ(find_kind("example.org/v1", "Pod"), nullptr);
}

TEST(KindOfRequest, IsWrittenAsKubectlDoes) {
  EXPECT_EQ(display_name({"", "v1", "pods"}), "pod");
  EXPECT_EQ(display_name({"apps", "v1beta2", "deployments"}), "deployment.apps");
  EXPECT_EQ(display_name({"example.org", "v1", "widgets"}), "widgets.example.org");
}

TEST(ParseTarget, GivesKindAndName) {
  const auto target = parse_target("Deploy/web");

  ASSERT_TRUE(target) << describe(target.error());
  EXPECT_EQ(target->kind->name, "Deployment");
  EXPECT_EQ(target->name, "web");
}

struct WrongTarget {
  std::string name, text, what, fix;
};

void PrintTo(const WrongTarget& row, std::ostream* out) { *out << row.text; }

class ParseTargetError : public testing::TestWithParam<WrongTarget> {};

TEST_P(ParseTargetError, TellsWhatIsWrong) {
  const auto target = parse_target(GetParam().text);

  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::usage);
  EXPECT_EQ(target.error().what, GetParam().what);
  EXPECT_EQ(target.error().fix, GetParam().fix);
}

constexpr auto forms = "name it as pod/NAME, deployment/NAME or taskrun/NAME";

INSTANTIATE_TEST_SUITE_P(
    Texts, ParseTargetError,
    testing::Values(WrongTarget{"no_slash", "web", "'web' is not a kind and a name", forms},
                    WrongTarget{"no_kind", "/web", "'/web' is not a kind and a name", forms},
                    WrongTarget{"empty", "", "'' is not a kind and a name", forms},
                    WrongTarget{"near_kind", "deplyoment/web", "unknown kind 'deplyoment'",
                                "did you mean 'deployments'?"},
                    WrongTarget{"unknown_kind", "spaceship/web", "unknown kind 'spaceship'",
                                "name one such as pod, job, deployment, taskrun, pipelinerun"},
                    WrongTarget{"no_name", "po/", "'' can't be the name of a pod", "name it as pod/NAME"},
                    WrongTarget{"two_slashes", "po/a/b", "'a/b' can't be the name of a pod", "name it as pod/NAME"},
                    WrongTarget{"upwards", "po/..", "'..' can't be the name of a pod", "name it as pod/NAME"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::kube
