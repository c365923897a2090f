// Each interface of the house, implemented by something tiny and used the way its callers will use it: a contract that
// can't be implemented or that loses what it carries does not get past here.
#include "base/byte_stream.hpp"
#include "kube/source.hpp"
#include "llm/model.hpp"
#include "sinks/sink.hpp"
#include "tools/tool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace agent {
namespace {

using nlohmann::json;

/// Gives its text in pieces of `step` bytes.
class TextStream : public ByteStream {
 public:
  TextStream(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  Result<std::string_view> read() override {
    const auto piece = std::string_view(text_).substr(at_, step_);
    at_ += piece.size();
    return piece;
  }

 private:
  std::string text_;
  std::size_t step_, at_ = 0;
};

Result<std::string> read_all(ByteStream& stream) {
  std::string all;
  for (;;) {
    const auto piece = TRY(stream.read());
    if (piece.empty()) return all;
    all += piece;
  }
}

TEST(ByteStreamContract, EndsWithAnEmptyPiece) {
  TextStream stream("one\ntwo\n", 3);

  EXPECT_EQ(read_all(stream), "one\ntwo\n");
  EXPECT_EQ(stream.read(), "");
}

/// One namespace with one pod whose container says one line.
class OnePod : public kube::Source {
 public:
  Result<json> get(const kube::Kind& kind, const std::string&, const std::string& name, std::stop_token) override {
    if (kind != pods || name != "build-1")
      return fail(ErrorKind::target_not_found, "no " + kind.resource + " '" + name + "'");
    return pod;
  }
  Result<std::vector<json>> list(const kube::Kind& kind, const kube::ListOptions& options,
                                 std::stop_token stop) override {
    if (stop.stop_requested()) return fail(ErrorKind::deadline, "cannot list " + kind.resource);
    if (kind != pods || (!options.name_space.empty() && options.name_space != "ci")) return std::vector<json>{};
    return std::vector<json>{pod};
  }
  Result<std::unique_ptr<ByteStream>> open_log(const std::string&, const std::string& name,
                                               const kube::LogOptions& options, std::stop_token) override {
    if (options.previous) return fail(ErrorKind::target_not_found, "no previous log of '" + name + "'");
    return std::make_unique<TextStream>(name + " failed\n", 4);
  }
  std::string describe() const override { return "one pod"; }

 private:
  const kube::Kind pods{"", "v1", "pods"};
  const json pod = {{"metadata", {{"name", "build-1"}, {"namespace", "ci"}}}};
};

/// What a rule does with a Source: list, then read the log of what was listed.
Result<std::string> first_log(kube::Source& source, const std::string& name_space, std::stop_token stop) {
  const auto pods = TRY(source.list({"", "v1", "pods"}, {.name_space = name_space}, stop));
  if (pods.empty()) return fail(ErrorKind::target_not_found, "no pod in " + source.describe());
  const auto& name = pods.front().at("metadata").at("name").get_ref<const std::string&>();
  const auto log = TRY(source.open_log(name_space, name, {.container = "main"}, stop));
  return read_all(*log);
}

TEST(SourceContract, LeadsFromAListToALog) {
  OnePod source;

  EXPECT_EQ(first_log(source, "ci", {}), "build-1 failed\n");
}

TEST(SourceContract, TellsWhyThereIsNoLog) {
  OnePod source;
  std::stop_source stopped;
  stopped.request_stop();

  EXPECT_EQ(first_log(source, "empty", {}).error().what, "no pod in one pod");
  EXPECT_EQ(first_log(source, "ci", stopped.get_token()).error().kind, ErrorKind::deadline);
  EXPECT_EQ(source.get({"apps", "v1", "deployments"}, "ci", "build-1", {}).error().kind, ErrorKind::target_not_found);
}

/// A built-in tool over a Source.
class PodsLog : public tools::Tool {
 public:
  explicit PodsLog(kube::Source& source) : source_(source) {}
  std::string name() const override { return "pods_log"; }
  std::string description() const override { return "The log of a pod"; }
  json input_schema() const override {
    return {{"type", "object"}, {"properties", {{"namespace", {{"type", "string"}}}}}, {"required", {"namespace"}}};
  }
  tools::ToolEffect effect() const override { return tools::ToolEffect::reads; }
  tools::ToolResult call(const json& arguments, std::stop_token stop) override {
    const auto log = first_log(source_, arguments.value("namespace", ""), stop);
    if (!log) return {.status = tools::ToolStatus::error, .text = log.error().what};
    return {.text = *log, .structured = json{{"lines", 1}}, .bytes_total = log->size()};
  }

 private:
  kube::Source& source_;
};

TEST(ToolContract, FailsByItsStatus) {
  OnePod source;
  PodsLog tool(source);

  const auto found = tool.call({{"namespace", "ci"}}, {});
  const auto missing = tool.call({{"namespace", "empty"}}, {});

  EXPECT_EQ(found.status, tools::ToolStatus::ok);
  EXPECT_EQ(found.bytes_total, found.text.size());
  EXPECT_EQ(missing.status, tools::ToolStatus::error);
  EXPECT_EQ(missing.text, "no pod in one pod");
}

/// Calls the first tool it is told of, then says what came back.
class EchoModel : public llm::Model {
 public:
  std::expected<llm::ModelAnswer, llm::ModelFailure> ask(const llm::ModelRequest& request, std::stop_token) override {
    const auto& last = request.messages.back();
    if (last.role == llm::Role::tool) {
      if (request.on_text) request.on_text(last.text);
      return answer({.role = llm::Role::assistant, .text = last.text});
    }
    if (request.tools.empty())
      return std::unexpected(llm::ModelFailure{{ErrorKind::model_failed, "no tool to call", "", ""}});
    llm::ToolCall call{.id = "1", .name = request.tools.front().name, .arguments = {{"namespace", "ci"}}};
    return answer({.role = llm::Role::assistant, .tool_calls = {std::move(call)}});
  }
  std::string name() const override { return "echo"; }
  int context_window_tokens() const override { return 1000; }
  std::optional<llm::Price> price() const override { return llm::Price{.input = 3, .cached = 0.3, .output = 15}; }

 private:
  [[nodiscard]] llm::ModelAnswer answer(llm::Message message) const {
    return {.message = std::move(message), .usage = {.model = name(), .calls = 1}};
  }
};

TEST(ModelContract, CarriesATurnWithATool) {
  OnePod source;
  PodsLog tool(source);
  EchoModel model;
  std::string streamed;
  llm::ModelRequest request{.messages = {{.text = "why?"}},
                            .tools = {{tool.name(), tool.description(), tool.input_schema()}},
                            .on_text = [&](std::string_view text) { streamed += text; }};

  const auto asked = model.ask(request, {});
  ASSERT_TRUE(asked);
  const auto& call = asked->message.tool_calls.at(0);
  request.messages.push_back(asked->message);
  request.messages.push_back(
      {.role = llm::Role::tool, .text = tool.call(call.arguments, {}).text, .tool_call_id = call.id});
  const auto answered = model.ask(request, {});

  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->message.text, "build-1 failed\n");
  EXPECT_EQ(streamed, answered->message.text);
  EXPECT_EQ(model.ask({.messages = {{.text = "why?"}}}, {}).error().error.kind, ErrorKind::model_failed);
}

TEST(ModelContract, CostsLessForWhatTheProviderHadInItsCache) {
  const Usage usage{.input_tokens = 1'000'000, .cached_tokens = 400'000, .output_tokens = 100'000};

  EXPECT_DOUBLE_EQ(llm::cost_usd({.input = 3, .cached = 0.3, .output = 15}, usage), 1.8 + 0.12 + 1.5);
}

/// Issues in memory.
class Notebook : public sinks::Tracker {
 public:
  std::string name() const override { return "notebook"; }
  bool knows_parcels() const override { return true; }
  Result<sinks::Delivery> deliver(const sinks::Parcel& parcel, const std::stop_token& stop) override {
    const std::string& fingerprint = parcel.report.fingerprint;
    if (fingerprint.empty()) return fail(ErrorKind::delivery_failed, "a report without a fingerprint");
    const bool known = TRY(find(fingerprint, stop)).has_value();
    const std::string id = known ? issues_[fingerprint].id : std::to_string(issues_.size() + 1);
    const auto& issue = issues_[fingerprint] = {.id = id, .url = "notebook/" + id};
    return sinks::Delivery{(known ? "Issue updated: " : "Issue created: ") + issue.url, issue.url};
  }
  Result<std::optional<sinks::TrackedIssue>> find(const std::string& fingerprint, const std::stop_token&) override {
    const auto at = issues_.find(fingerprint);
    return at == issues_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  std::map<std::string, sinks::TrackedIssue> issues_;
};

TEST(TrackerContract, FilesAFailureOnceAndFindsItAgain) {
  Notebook notebook;
  sinks::Sink& sink = notebook;
  const sinks::Parcel parcel{.report = {.fingerprint = "00ff"}, .id = "1"};

  const auto first = sink.deliver(parcel, {});
  const auto second = sink.deliver(parcel, {});
  const auto other = sink.deliver({.report = {.fingerprint = "ff00"}, .id = "2"}, {});

  EXPECT_EQ(first->message, "Issue created: notebook/1");
  EXPECT_EQ(second->message, "Issue updated: notebook/1");
  EXPECT_EQ(other->url, "notebook/2");
  EXPECT_EQ(sink.deliver({.report = {}, .id = "3"}, {}).error().kind, ErrorKind::delivery_failed);
}

}  // namespace
}  // namespace agent
