#include "tools/remote_source.hpp"

#include "kube/object.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <utility>

namespace agent::tools {
namespace {

using kube::KindInfo;
using kube::Scope;
using kube::text_of;
using nlohmann::json;

class TextStream final : public ByteStream {
 public:
  explicit TextStream(std::string text) : text_(std::move(text)) {}

  Result<std::string_view> read() override {
    return std::exchange(given_, true) ? std::string_view() : std::string_view(text_);
  }

 private:
  std::string text_;
  bool given_ = false;
};

std::string cell(const TableRow& row, std::string_view column) {
  const auto found = row.find(column);
  return found == row.end() ? std::string() : found->second;
}

/// Only what was asked for: a server may say anything. Without what the API source leaves out, too.
bool tidy(json& object, const KindInfo& kind, const std::string& name_space) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object() || text_of(*metadata, "name").empty()) return false;
  const std::string named = text_of(object, "kind");
  if (!named.empty() && named != kind.name) return false;
  const bool elsewhere = !name_space.empty() && text_of(*metadata, "namespace") != name_space;
  if (kind.scope == Scope::name_space && elsewhere) return false;
  object["kind"] = kind.name;
  if (text_of(object, "apiVersion").empty()) object["apiVersion"] = kind.api_version();
  kube::drop_bookkeeping(object);
  return true;
}

std::string where_spoken(const KindInfo& kind, const std::string& name_space) {
  if (kind.scope == Scope::cluster) return {};
  return name_space.empty() ? " in all namespaces" : fmt::format(" in namespace '{}'", name_space);
}

bool is_secret(const kube::Kind& kind) { return kind.group.empty() && kind.resource == "secrets"; }

std::unexpected<Error> secrets_refused(const std::string& where) {
  return fail(ErrorKind::forbidden, "Secrets are not asked for through a tool: it would give their content", where);
}

/// The row of the kind, in the version that is asked for.
std::optional<KindInfo> row_of(const kube::Kind& kind) {
  const KindInfo* known = kube::find_kind(kind);
  if (known == nullptr) return std::nullopt;
  KindInfo row = *known;
  row.kind = kind;
  return row;
}

std::unexpected<Error> unknown_kind(const kube::Kind& kind, const std::string& where) {
  return fail(ErrorKind::unreadable, fmt::format("there is no name for '{}' to ask a tool with", kind.resource), where);
}

std::int64_t count_lines(std::string_view text) {
  const auto ends = std::ranges::count(text, '\n');
  return ends + (!text.empty() && !text.ends_with('\n') ? 1 : 0);
}

}  // namespace

RemoteSource::RemoteSource(std::shared_ptr<Toolbox> toolbox, RemoteSourceOptions options)
    : toolbox_(std::move(toolbox)), options_(std::move(options)) {}

bool RemoteSource::has(const std::string& tool) const {
  const auto boxed = toolbox_->find(options_.server, tool);
  return boxed && boxed->denied.empty();
}

void RemoteSource::note_failure(const ToolResult& result) {
  if (!result.failure) return;
  const ErrorKind kind = result.failure->kind;
  // One answer that is too large, or that we stopped waiting for, is no server that is gone.
  if (kind == ErrorKind::interrupted || kind == ErrorKind::unreadable) return;
  const std::lock_guard lock(guard_);
  if (!failure_) failure_ = result.failure;
}

Result<ToolResult> RemoteSource::ask(const Question& question, const std::stop_token& stop) {
  const auto boxed = toolbox_->find(options_.server, question.tool);
  if (!boxed)
    return fail(ErrorKind::unreadable,
                fmt::format("cannot {}: the server has no tool '{}'", question.spoken, question.tool),
                options_.described);
  ToolResult result = toolbox_->call(ToolCall{boxed->name, question.arguments, Reader::code}, stop);
  if (result.status == ToolStatus::ok) return result;
  note_failure(result);
  return std::unexpected(error_of(result, "cannot " + question.spoken, options_.described));
}

// One object

RemoteSource::Question RemoteSource::question_of_get(const KindInfo& kind, const std::string& name_space,
                                                     const std::string& name) const {
  const bool by_pods_get = kind.kind.resource == "pods" && !has("resources_get") && has("pods_get");
  json arguments{{"name", name}};
  if (kind.scope == Scope::name_space && !name_space.empty()) arguments["namespace"] = name_space;
  if (!by_pods_get) {
    arguments["apiVersion"] = kind.api_version();
    arguments["kind"] = kind.name;
  }
  return {by_pods_get ? "pods_get" : "resources_get",
          fmt::format("get {} '{}'{}", kind.singular(), name, where_spoken(kind, name_space)), std::move(arguments)};
}

Result<json> RemoteSource::get(const kube::Kind& kind, const std::string& name_space, const std::string& name,
                               std::stop_token stop) {
  if (is_secret(kind)) return secrets_refused(options_.described);
  const auto row = row_of(kind);
  if (!row) return unknown_kind(kind, options_.described);
  const Question question = question_of_get(*row, name_space, name);
  auto object = read_single(TRY(ask(question, stop)));
  if (!object)
    return fail(object.error().kind, fmt::format("cannot {}: {}", question.spoken, object.error().what),
                options_.described);
  if (!tidy(*object, *row, name_space) || text_of((*object)["metadata"], "name") != name)
    return fail(ErrorKind::unreadable, fmt::format("cannot {}: the answer is of something else", question.spoken),
                options_.described);
  return *std::move(object);
}

// Lists

Result<RemoteSource::Question> RemoteSource::question_of_list(const KindInfo& kind,
                                                              const kube::ListOptions& options) const {
  const std::string name_space = kind.scope == Scope::cluster ? "" : options.name_space;
  Question question{"resources_list", fmt::format("list {}{}", kind.kind.resource, where_spoken(kind, name_space)),
                    json::object()};
  if (!name_space.empty()) question.arguments["namespace"] = name_space;
  if (!options.field_selector.empty()) question.arguments["fieldSelector"] = options.field_selector;
  if (!options.label_selector.empty()) question.arguments["labelSelector"] = options.label_selector;
  if (has("resources_list")) {
    question.arguments["apiVersion"] = kind.api_version();
    question.arguments["kind"] = kind.name;
  } else if (kind.kind.resource == "pods" && kind.kind.group.empty()) {
    question.tool = name_space.empty() ? "pods_list" : "pods_list_in_namespace";
  } else if (kind.kind.resource == "namespaces") {
    question.tool = "namespaces_list";
  }
  return question;
}

Result<std::vector<json>> RemoteSource::list(const kube::Kind& kind, const kube::ListOptions& options,
                                             std::stop_token stop) {
  if (is_secret(kind)) return secrets_refused(options_.described);
  const auto row = row_of(kind);
  if (!row) return unknown_kind(kind, options_.described);
  const bool of_events = kind.resource == "events" && kind.group.empty();
  if (of_events && !has("resources_list")) return list_events(*row, options, {}, stop);
  const Question question = TRY(question_of_list(*row, options));
  auto listing = read_listing(TRY(ask(question, stop)));
  if (!listing)
    return fail(listing.error().kind, fmt::format("cannot {}: {}", question.spoken, listing.error().what),
                options_.described);
  if (!listing->rows.empty() && of_events && has("events_list")) return list_events(*row, options, listing->rows, stop);
  if (!listing->rows.empty()) return get_each(*row, options, listing->rows, stop);
  std::erase_if(listing->objects, [&](json& object) { return !tidy(object, *row, options.name_space); });
  return std::move(listing->objects);
}

Result<std::vector<json>> RemoteSource::list_events(const KindInfo& kind, const kube::ListOptions& options,
                                                    const std::vector<TableRow>& rows, const std::stop_token& stop) {
  Question question{"events_list", "list events" + where_spoken(kind, options.name_space), json::object()};
  if (!options.name_space.empty()) question.arguments["namespace"] = options.name_space;
  if (!options.field_selector.empty()) question.arguments["fieldSelector"] = options.field_selector;
  auto listing = read_listing(TRY(ask(question, stop)));
  if (!listing)
    return fail(listing.error().kind, fmt::format("cannot {}: {}", question.spoken, listing.error().what),
                options_.described);
  // Some servers give events whole.
  const bool are_whole =
      std::ranges::any_of(listing->objects, [](const json& one) { return one.contains("metadata"); });
  if (!are_whole) listing->objects = read_events(listing->objects, rows);
  std::erase_if(listing->objects, [&](json& object) { return !tidy(object, kind, options.name_space); });
  return std::move(listing->objects);
}

Result<std::vector<json>> RemoteSource::get_each(const KindInfo& kind, const kube::ListOptions& options,
                                                 const std::vector<TableRow>& rows, const std::stop_token& stop) {
  if (rows.size() > options_.most_objects)
    return fail(ErrorKind::unreadable,
                fmt::format("the server lists {} {} by name only, and more than {} are not asked for one by one",
                            rows.size(), kind.kind.resource, options_.most_objects),
                options_.described, "start kubernetes-mcp-server with --list-output yaml");
  std::vector<ToolCall> calls;
  std::vector<Question> questions;
  for (const TableRow& row : rows) {
    const std::string own = cell(row, "NAMESPACE");
    questions.push_back(question_of_get(kind, own.empty() ? options.name_space : own, cell(row, "NAME")));
    const auto boxed = toolbox_->find(options_.server, questions.back().tool);
    calls.push_back({boxed ? boxed->name : questions.back().tool, questions.back().arguments, Reader::code});
  }
  const std::vector<ToolResult> results = toolbox_->call_all(calls, options_.max_in_flight, stop);
  std::vector<json> objects;
  for (std::size_t index = 0; index < results.size(); ++index) {
    const ToolResult& result = results[index];
    if (result.status != ToolStatus::ok) {
      note_failure(result);
      Error error = error_of(result, "cannot " + questions[index].spoken, options_.described);
      if (error.kind == ErrorKind::target_not_found) continue;  // gone meanwhile
      return std::unexpected(std::move(error));
    }
    auto object = read_single(result);
    if (object && tidy(*object, kind, options.name_space)) objects.push_back(*std::move(object));
  }
  return objects;
}

// Logs

Result<std::string> RemoteSource::read_log(const std::string& name_space, const std::string& pod,
                                           const kube::LogOptions& options, std::int64_t lines,
                                           const std::stop_token& stop) {
  Question question{"pods_log",
                    fmt::format("read the log of container '{}' of pod '{}'", options.container, pod),
                    {{"name", pod}, {"namespace", name_space}, {"container", options.container}, {"tail", lines}}};
  if (options.previous) question.arguments["previous"] = true;
  ToolResult result = TRY(ask(question, stop));
  auto text = read_log_text(std::move(result.text), name_space, pod);
  if (!text)
    return fail(text.error().kind, fmt::format("cannot {}: {}", question.spoken, text.error().what),
                options_.described);
  return text;
}

Result<std::unique_ptr<ByteStream>> RemoteSource::open_log(const std::string& name_space, const std::string& pod,
                                                           const kube::LogOptions& options, std::stop_token stop) {
  std::int64_t lines = options.tail_lines.value_or(options_.log_lines);
  if (lines <= 0) return std::make_unique<TextStream>("");
  Result<std::string> read = read_log(name_space, pod, options, lines, stop);
  const bool too_large = !read && read.error().kind == ErrorKind::unreadable;
  if (too_large && !options.tail_lines && lines > options_.few_log_lines) {
    lines = options_.few_log_lines;
    read = read_log(name_space, pod, options, lines, stop);
  }
  std::string text = TRY(std::move(read));
  if (!options.tail_lines && count_lines(text) >= lines) {
    const std::lock_guard lock(guard_);
    not_read_.push_back({fmt::format("{}log of container '{}' of pod '{}' before its last {} lines",
                                     options.previous ? "previous " : "", options.container, pod, lines),
                         "a tool gives the end of a log only"});
  }
  if (options.limit_bytes && *options.limit_bytes >= 0)
    text.resize(std::min(text.size(), static_cast<std::size_t>(*options.limit_bytes)));
  return std::make_unique<TextStream>(std::move(text));
}

std::vector<NotRead> RemoteSource::not_read() const {
  const std::lock_guard lock(guard_);
  return not_read_;
}

std::optional<Error> RemoteSource::server_failure() const {
  const std::lock_guard lock(guard_);
  return failure_;
}

}  // namespace agent::tools
