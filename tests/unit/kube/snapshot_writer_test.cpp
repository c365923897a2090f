#include "kube/snapshot_writer.hpp"

#include "kube/snapshot.hpp"
#include "kube/snapshot_layout.hpp"
#include "unit/kube/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace agent::kube {
namespace {

using nlohmann::json;

const Kind pods{"", "v1", "pods"};
const Kind secrets{"", "v1", "secrets"};

json pod(const std::string& name) {
  return {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", name}, {"namespace", "ci"}}}};
}

class SnapshotRoundTrip : public InTemporaryFolder {
 protected:
  void SetUp() override {
    auto writer = SnapshotWriter::create(root_ + "/snap", {"pod/ci/web", "cluster", "2026-01-02T03:04:05Z"}, redactor_);
    ASSERT_TRUE(writer) << describe(writer.error());
    writer_ = *std::move(writer);
  }

  std::unique_ptr<Source> reopen() {
    const auto finished = writer_->finish();
    EXPECT_TRUE(finished) << describe(finished.error());
    auto source = open_snapshot(root_ + "/snap");
    EXPECT_TRUE(source) << describe(source.error());
    return source ? *std::move(source) : nullptr;
  }

  Redactor redactor_;
  std::unique_ptr<SnapshotWriter> writer_;
};

/// A log in two pieces.
class Pieces final : public ByteStream {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  Result<std::string_view> read() override { return next_ == pieces_.size() ? std::string_view() : pieces_[next_++]; }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

std::string drain(ByteStream& stream) {
  std::string text;
  while (true) {
    const auto piece = stream.read();
    if (!piece || piece->empty()) return text;
    text += *piece;
  }
}

TEST_F(SnapshotRoundTrip, KeepsObjectsAndWhatIsNotThere) {
  writer_->add_list(pods, {"ci", "", ""}, std::vector<json>{pod("b"), pod("a")});
  writer_->add_list({"", "v1", "nodes"}, {}, fail(ErrorKind::forbidden, "cannot list nodes", "", "grant it"));
  writer_->add_object({"", "v1", "configmaps"}, "ci", "c",
                      fail(ErrorKind::target_not_found, "there is no configmap 'c'"));

  const auto source = reopen();

  EXPECT_EQ(source->list(pods, {"ci", "", ""}, {}).value(), (std::vector<json>{pod("a"), pod("b")}));
  EXPECT_EQ(source->list({"", "v1", "nodes"}, {}, {}).error().fix, "grant it");
  EXPECT_EQ(source->get({"", "v1", "configmaps"}, "ci", "c", {}).error().kind, ErrorKind::target_not_found);
  EXPECT_EQ(source->get(pods, "ci", "c", {}).error().kind, ErrorKind::target_not_found);
}

TEST_F(SnapshotRoundTrip, KeepsEventsInOneFile) {
  const json event{{"apiVersion", "v1"}, {"kind", "Event"}, {"metadata", {{"name", "e.1"}, {"namespace", "ci"}}}};
  writer_->add_list({"", "v1", "events"}, {"ci", "", ""}, std::vector<json>{event});

  const auto source = reopen();

  EXPECT_TRUE(std::filesystem::exists(root_ + "/snap/events.json"));
  EXPECT_EQ(source->list({"", "v1", "events"}, {"ci", "", ""}, {}).value(), std::vector<json>{event});
}

TEST_F(SnapshotRoundTrip, KeepsLogsAsTheyAreRead) {
  auto log = writer_->tee("ci", "a", {"app", true, {}, {}},
                          std::make_unique<Pieces>(std::vector<std::string>{"one\ntw", "o\nend"}));
  EXPECT_EQ(drain(*log), "one\ntwo\nend");
  log.reset();
  writer_->add_missing_log("ci", "a", {"app", false, {}, {}},
                           {ErrorKind::target_not_found, "it did not start", "", ""});

  const auto source = reopen();

  EXPECT_EQ(drain(**source->open_log("ci", "a", {"app", true, {}, {}}, {})), "one\ntwo\nend");
  EXPECT_EQ(source->open_log("ci", "a", {"app", false, {}, {}}, {}).error().what, "it did not start");
}

TEST_F(SnapshotRoundTrip, HidesSecrets) {
  json object = pod("a");
  object["metadata"]["annotations"] = {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}, {"note", "kept"}};
  object["metadata"]["managedFields"] = json::array();
  object["spec"]["containers"] = {{{"command", {"curl", "-H", "Authorization: Bearer abcdef1234567890"}}}};
  const json secret{{"metadata", {{"name", "s"}, {"namespace", "ci"}}}, {"data", {{"k", "c2VjcmV0LXZhbHVl"}}}};
  writer_->add_list(pods, {"ci", "", ""}, std::vector<json>{object});
  writer_->add_list(secrets, {"ci", "", ""}, std::vector<json>{secret});
  auto log = writer_->tee("ci", "a", {"app", false, {}, {}},
                          std::make_unique<Pieces>(std::vector<std::string>{"password=hunter22", "33\n"}));
  drain(*log);

  const auto source = reopen();

  const json saved = source->get(pods, "ci", "a", {}).value();
  EXPECT_EQ(saved["metadata"]["annotations"], json({{"note", "kept"}}));
  EXPECT_FALSE(saved["metadata"].contains("managedFields"));
  EXPECT_FALSE(saved.dump().contains("abcdef1234567890")) << saved.dump();
  EXPECT_FALSE(source->get(secrets, "ci", "s", {}).value().contains("data"));
  EXPECT_FALSE(drain(**source->open_log("ci", "a", {"app", false, {}, {}}, {})).contains("hunter22"));
}

TEST_F(SnapshotRoundTrip, StaysInItsFolder) {
  json object = pod("../../../outside");
  object["metadata"]["namespace"] = "..";
  writer_->add_list(pods, {"..", "", ""}, std::vector<json>{object});

  const auto source = reopen();

  EXPECT_EQ(source->get(pods, "..", "../../../outside", {}).value(), object);
  EXPECT_TRUE(std::filesystem::exists(root_ + "/snap/objects/core/v1/pods/%2E./%2E.%2F..%2F..%2Foutside.json"));
}

TEST_F(SnapshotRoundTrip, KeepsNamesThatNoFileCanHave) {
  const json object = pod(std::string(253, ':'));
  writer_->add_list(pods, {"ci", "", ""}, std::vector<json>{object});

  EXPECT_EQ(reopen()->get(pods, "ci", std::string(253, ':'), {}).value(), object);
}

TEST_F(SnapshotRoundTrip, IsForItsOwnerAlone) {
  writer_->add_list(pods, {"ci", "", ""}, std::vector<json>{pod("a")});
  reopen();

  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(root_ + "/snap").permissions(), perms::owner_all);
  EXPECT_EQ(std::filesystem::status(root_ + "/snap/manifest.json").permissions(),
            perms::owner_read | perms::owner_write);
}

TEST_F(SnapshotRoundTrip, LeavesNothingWhenItIsNotFinished) {
  writer_->add_list(pods, {"ci", "", ""}, std::vector<json>{pod("a")});
  writer_.reset();

  EXPECT_TRUE(std::filesystem::is_empty(root_));
}

TEST_F(SnapshotRoundTrip, RecordsASource) {
  write("plain/pods.json", json{{"apiVersion", "v1"}, {"kind", "List"}, {"items", {pod("a")}}}.dump());
  write("plain/a_app.log", "hello\n");
  const auto plain = open_snapshot(root_ + "/plain");
  ASSERT_TRUE(plain);
  const auto recording = record(**plain, *writer_);
  EXPECT_TRUE(recording->list(pods, {"ci", "", ""}, {}));
  EXPECT_FALSE(recording->get(pods, "ci", "b", {}));
  EXPECT_EQ(drain(**recording->open_log("ci", "a", {"app", false, {}, {}}, {})), "hello\n");
  EXPECT_FALSE(recording->open_log("ci", "a", {"app", true, {}, {}}, {}));

  const auto source = reopen();

  EXPECT_TRUE(source->get(pods, "ci", "a", {}));
  EXPECT_EQ(source->get(pods, "ci", "b", {}).error().kind, ErrorKind::unreadable);
  EXPECT_EQ(drain(**source->open_log("ci", "a", {"app", false, {}, {}}, {})), "hello\n");
  EXPECT_EQ(source->open_log("ci", "a", {"app", true, {}, {}}, {}).error().kind, ErrorKind::unreadable);
}

class SnapshotFolder : public InTemporaryFolder {};

TEST_F(SnapshotFolder, MustNotHoldAnything) {
  write("snap/file", "mine");
  Redactor redactor;

  const auto writer = SnapshotWriter::create(root_ + "/snap", {}, redactor);

  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().kind, ErrorKind::delivery_failed);
  EXPECT_EQ(read("snap/file"), "mine");
}

TEST_F(SnapshotFolder, MayBeEmpty) {
  std::filesystem::create_directories(root_ + "/snap");
  Redactor redactor;

  const auto writer = SnapshotWriter::create(root_ + "/snap/", {}, redactor);

  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->finish());
  EXPECT_TRUE(std::filesystem::exists(root_ + "/snap/manifest.json"));
}

struct Segment {
  std::string name, text, escaped;
};

void PrintTo(const Segment& row, std::ostream* out) { *out << row.text; }

class EscapedName : public testing::TestWithParam<Segment> {};

TEST_P(EscapedName, StaysInItsFolderAndComesBack) {
  const std::string escaped = snapshot::escape(GetParam().text);
  std::string name = "before";

  EXPECT_EQ(escaped, GetParam().escaped);
  ASSERT_TRUE(snapshot::unescape(escaped, name));
  EXPECT_EQ(name, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Names, EscapedName,
                         testing::Values(Segment{"plain", "web-1.2_x", "web-1.2_x"}, Segment{"here", ".", "%2E"},
                                         Segment{"upwards", "..", "%2E."}, Segment{"hidden", ".x", "%2Ex"},
                                         Segment{"slash", "a/b", "a%2Fb"},
                                         Segment{"colon", "system:node", "system%3Anode"},
                                         Segment{"percent", "a%41", "a%2541"}, Segment{"empty", "", "%"},
                                         Segment{"nul", std::string("\0", 1), "%00"},
                                         Segment{"umlaut", "\xC3\xA4", "%C3%A4"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::kube
