#include "support/kube_server.hpp"

#include "base/encoding.hpp"
#include "kube/kinds.hpp"
#include "kube/selectors.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace agent::test {
namespace {

using nlohmann::json;

constexpr int ok = 200, bad_request = 400, unauthorised = 401, forbidden = 403, not_found = 404, gone = 410;

const Headers as_json{{"Content-Type", "application/json"}};

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      plain += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else {
      plain += text[at] == '+' ? ' ' : text[at];
    }
  }
  return plain;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// A request's target, taken apart.
struct Asked {
  std::string group, version, name_space, resource, name, subresource;
  std::map<std::string, std::string> query;
  bool metadata_only = false;

  [[nodiscard]] std::string value(const std::string& key) const {
    const auto found = query.find(key);
    return found == query.end() ? "" : found->second;
  }
  /// "deployments.apps"
  [[nodiscard]] std::string full_resource() const { return group.empty() ? resource : resource + "." + group; }
  /// As in a Role.
  [[nodiscard]] std::string rule_resource() const {
    return subresource.empty() ? resource : resource + "/" + subresource;
  }
};

std::optional<Asked> take_apart(const SeenRequest& request) {
  const auto question = std::min(request.target.find('?'), request.target.size());
  auto parts = split(std::string_view(request.target).substr(0, question), '/');
  for (auto& part : parts) part = decoded(part);
  Asked asked;
  const bool is_core = !parts.empty() && parts[0] == "api";
  const std::size_t start = is_core ? 2 : 3;
  if (parts.size() <= start || (!is_core && parts[0] != "apis")) return {};
  if (!is_core) asked.group = parts[1];
  asked.version = parts[start - 1];
  std::vector<std::string> rest(parts.begin() + static_cast<std::ptrdiff_t>(start), parts.end());
  if (rest[0] == "namespaces" && rest.size() > 2) {
    asked.name_space = rest[1];
    rest.erase(rest.begin(), rest.begin() + 2);
  }
  rest.resize(3);
  asked.resource = rest[0];
  asked.name = rest[1];
  asked.subresource = rest[2];
  if (question < request.target.size())
    for (const auto& pair : split(std::string_view(request.target).substr(question + 1), '&')) {
      const auto equals = std::min(pair.find('='), pair.size());
      asked.query[pair.substr(0, equals)] = decoded(std::string_view(pair).substr(std::min(equals + 1, pair.size())));
    }
  asked.metadata_only = request.header("accept").contains("as=PartialObjectMetadata");
  return asked;
}

struct Answer {
  int status = ok;
  std::string body;
  Headers headers = as_json;
};

Answer refusal(int code, const std::string& reason, const std::string& message) {
  return {code, kube_status(code, reason, message).dump(), as_json};
}

// What net/http's mux of a real API server says of a path that it does not have.
Answer no_such_path() { return {not_found, "404 page not found\n", {{"Content-Type", "text/plain; charset=utf-8"}}}; }

std::string text_at(const json& object, const char* pointer) {
  const json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : std::string();
}

json metadata_of(const json& object) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", object.value("metadata", json::object())}};
}

bool is_built_in(const std::string& group) { return !group.ends_with("tekton.dev"); }

/// All containers of a pod, init containers first, as the API lists them.
std::vector<std::string> containers_of(const json& pod) {
  std::vector<std::string> names;
  for (const char* list : {"/spec/initContainers", "/spec/containers"}) {
    const json::json_pointer at(list);
    if (!pod.contains(at)) continue;
    for (const auto& container : pod[at]) names.push_back(container.value("name", ""));
  }
  return names;
}

std::string waiting_reason(const json& pod, const std::string& container) {
  for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    const json::json_pointer at(list);
    if (!pod.contains(at)) continue;
    for (const auto& status : pod[at])
      if (status.value("name", "") == container) return text_at(status, "/state/waiting/reason");
  }
  return {};
}

std::string window(std::string_view text, const Asked& asked) {
  if (const auto lines = asked.value("tailLines"); !lines.empty()) {
    std::size_t from = text.size();
    for (long left = std::stol(lines); left > 0 && from > 0; --left) {
      const auto end = from < 2 ? std::string_view::npos : text.rfind('\n', from - 2);
      from = end == std::string_view::npos ? 0 : end + 1;
    }
    text.remove_prefix(from);
  }
  if (const auto bytes = asked.value("limitBytes"); !bytes.empty()) text = text.substr(0, std::stoul(bytes));
  return std::string(text);
}

struct Rule {
  std::string verb, resource, name_space;
};

struct Injected {
  std::string part;
  Fault fault;
  std::size_t times = 0;
};

}  // namespace

json kube_status(int code, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", json::object()},
          {"status", "Failure"}, {"message", message}, {"reason", reason},
          {"code", code}};
}

struct KubeServer::State {
  using Key = std::pair<std::string, std::string>;  ///< Namespace and name.

  explicit State(const std::optional<ServerTls>& tls)
      : server([this](const SeenRequest& request, Talk& talk) { serve(request, talk); }, tls) {}

  void serve(const SeenRequest& request, Talk& talk) {
    if (const Fault fault = next_fault(request); fault && fault(request, talk)) return;
    const Answer answer = answer_to(request);
    talk.answer(answer.status, answer.body, answer.headers);
  }

  Fault next_fault(const SeenRequest& request) {
    const std::lock_guard lock(mutex);
    for (auto& one : injected) {
      if (one.times == 0 || !request.target.contains(one.part)) continue;
      if (one.times != SIZE_MAX) --one.times;
      return one.fault;
    }
    return {};
  }

  Answer answer_to(const SeenRequest& request) {
    const std::lock_guard lock(mutex);
    if (!token.empty() && request.header("authorization") != "Bearer " + token)
      return refusal(unauthorised, "Unauthorized", "Unauthorized");
    for (const auto& key : {request.target, request.target.substr(0, request.target.find('?'))})
      if (const auto found = recorded.find(request.method + " " + key); found != recorded.end()) return found->second;
    auto asked = take_apart(request);
    if (!asked || !has_group(asked->group)) return no_such_path();
    const kube::KindInfo* row = kube::find_kind(kube::Kind{asked->group, "", asked->resource});
    const auto stored = objects.find(asked->full_resource());
    if (row == nullptr && stored == objects.end()) return no_such_path();
    if (row != nullptr && row->kind.version != asked->version) return no_such_path();
    if (whole) asked->metadata_only = false;
    if (is_forbidden(*asked)) return forbidden_answer(*asked);
    if (asked->name.empty()) return list(*asked);
    return asked->subresource == "log" ? log(*asked) : get(*asked);
  }

  [[nodiscard]] bool has_group(const std::string& group) const { return is_built_in(group) || groups.contains(group); }

  [[nodiscard]] bool is_forbidden(const Asked& asked) const {
    const std::string verb = asked.name.empty() ? "list" : "get";
    const auto fits = [](const std::string& rule, const std::string& value) { return rule == "*" || rule == value; };
    return std::ranges::any_of(rules, [&](const Rule& rule) {
      return fits(rule.verb, verb) && fits(rule.resource, asked.rule_resource()) &&
             fits(rule.name_space, asked.name_space);
    });
  }

  [[nodiscard]] Answer forbidden_answer(const Asked& asked) const {
    const std::string named = asked.name.empty() ? "" : " \"" + asked.name + "\"";
    const std::string scope =
        asked.name_space.empty() ? " at the cluster scope" : " in the namespace \"" + asked.name_space + "\"";
    return refusal(forbidden, "Forbidden",
                   asked.full_resource() + named + " is forbidden: User \"" + user + "\" cannot " +
                       (asked.name.empty() ? "list" : "get") + " resource \"" + asked.rule_resource() +
                       "\" in API group \"" + asked.group + "\"" + scope);
  }

  [[nodiscard]] const json* find(const Asked& asked) const {
    const auto stored = objects.find(asked.full_resource());
    if (stored == objects.end()) return nullptr;
    const auto found = stored->second.find({asked.name_space, asked.name});
    return found == stored->second.end() ? nullptr : &found->second;
  }

  [[nodiscard]] static Answer missing(const Asked& asked) {
    return refusal(not_found, "NotFound", asked.full_resource() + " \"" + asked.name + "\" not found");
  }

  [[nodiscard]] Answer get(const Asked& asked) const {
    const json* object = find(asked);
    if (object == nullptr) return missing(asked);
    return {ok, asked.metadata_only ? metadata_of(*object).dump() : object->dump(), as_json};
  }

  [[nodiscard]] Answer list(const Asked& asked) const {
    const auto selector = kube::Selector::parse(asked.value("labelSelector"), asked.value("fieldSelector"));
    if (!selector) return refusal(bad_request, "BadRequest", "unable to parse requirement: " + selector.error().what);
    std::vector<const json*> chosen;
    if (const auto stored = objects.find(asked.full_resource()); stored != objects.end())
      for (const auto& [key, object] : stored->second)
        if ((asked.name_space.empty() || key.first == asked.name_space) && selector->matches(object))
          chosen.push_back(&object);
    return page(asked, chosen);
  }

  [[nodiscard]] Answer page(const Asked& asked, const std::vector<const json*>& chosen) const {
    const std::string next = asked.value("continue"), most = asked.value("limit");
    const std::size_t from = next.empty() ? 0 : std::stoul(next.substr(next.find('-') + 1));
    const std::size_t limit = most.empty() || most == "0" ? chosen.size() : std::stoul(most);
    const std::size_t to = std::min(chosen.size(), from + limit);
    const std::string kind = asked.metadata_only ? "PartialObjectMetadata" : kind_of(asked);
    const std::string own_version = asked.group.empty() ? asked.version : asked.group + "/" + asked.version;
    json items = json::array();
    for (std::size_t n = from; n < to; ++n) items.push_back(item(asked, *chosen[n]));
    json metadata{{"resourceVersion", "1"}};
    if (to < chosen.size()) {
      metadata["continue"] = "page-" + std::to_string(to);
      metadata["remainingItemCount"] = chosen.size() - to;
    }
    const json body{{"kind", kind + "List"},
                    {"apiVersion", asked.metadata_only ? "meta.k8s.io/v1" : own_version},
                    {"metadata", std::move(metadata)},
                    {"items", std::move(items)}};
    return {ok, body.dump(), as_json};
  }

  /// Items of a built-in kind have no `kind` and `apiVersion` of their own; those of other kinds do.
  [[nodiscard]] static json item(const Asked& asked, const json& object) {
    if (asked.metadata_only) return metadata_of(object);
    json copy = object;
    if (is_built_in(asked.group)) {
      copy.erase("kind");
      copy.erase("apiVersion");
    }
    return copy;
  }

  [[nodiscard]] std::string kind_of(const Asked& asked) const {
    if (const auto* row = kube::find_kind(kube::Kind{asked.group, "", asked.resource})) return row->name;
    const auto stored = objects.find(asked.full_resource());
    return stored == objects.end() || stored->second.empty() ? "Thing"
                                                             : stored->second.begin()->second.value("kind", "Thing");
  }

  // The texts of pkg/registry/core/pod/strategy.go and pkg/kubelet/kubelet_pods.go.
  [[nodiscard]] Answer log(const Asked& asked) const {
    const json* pod = find(asked);
    if (pod == nullptr) return missing(asked);
    const auto names = containers_of(*pod);
    std::string container = asked.value("container");
    if (container.empty() && names.size() > 1) {
      std::string all;
      for (const auto& name : names) all += (all.empty() ? "" : " ") + name;
      return refusal(bad_request, "BadRequest",
                     "a container name must be specified for pod " + asked.name + ", choose one of: [" + all + "]");
    }
    if (container.empty() && !names.empty()) container = names[0];
    if (std::ranges::find(names, container) == names.end())
      return refusal(bad_request, "BadRequest", "container " + container + " is not valid for pod " + asked.name);
    const bool previous = asked.value("previous") == "true";
    const auto text = logs.find(asked.name_space + "/" + asked.name + "/" + container + (previous ? "/previous" : ""));
    if (text != logs.end()) return {ok, window(text->second, asked), {{"Content-Type", "text/plain"}}};
    return no_log(asked, *pod, container, previous);
  }

  [[nodiscard]] static Answer no_log(const Asked& asked, const json& pod, const std::string& container, bool previous) {
    const std::string of = "container \"" + container + "\" in pod \"" + asked.name + "\" ";
    if (previous) return refusal(bad_request, "BadRequest", "previous terminated " + of + "not found");
    if (const auto reason = waiting_reason(pod, container); !reason.empty())
      return refusal(bad_request, "BadRequest", of + "is waiting to start: " + reason);
    return {ok, "", {{"Content-Type", "text/plain"}}};
  }

  void add(const json& object) {
    if (object.is_array()) {
      for (const auto& one : object) add(one);
      return;
    }
    const auto items = object.find("items");
    if (items != object.end() && items->is_array()) {
      for (const auto& one : *items) add(one);
      return;
    }
    const std::string version = object.value("apiVersion", ""), kind = object.value("kind", "");
    const auto slash = version.find('/');
    const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
    const kube::KindInfo* row = kube::find_kind(version, kind);
    const std::string resource = row != nullptr ? row->kind.resource : lower(kind) + "s";
    const std::string name_space = text_at(object, "/metadata/namespace");
    groups.insert(group);
    objects[group.empty() ? resource : resource + "." + group][{name_space, text_at(object, "/metadata/name")}] =
        object;
    auto& spaces = objects["namespaces"];
    if (!name_space.empty() && !spaces.contains({"", name_space}))
      spaces[{"", name_space}] = {{"apiVersion", "v1"},
                                  {"kind", "Namespace"},
                                  {"metadata", {{"name", name_space}}},
                                  {"status", {{"phase", "Active"}}}};
  }

  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  }

  void record(const std::string& request, const json& said) {
    Answer answer{said.value("status", ok), "", {}};
    const auto body = said.find("body");
    if (body != said.end()) answer.body = body->is_string() ? body->get<std::string>() : body->dump();
    const auto headers = said.find("headers");
    if (headers == said.end())
      answer.headers = as_json;
    else
      for (const auto& [name, value] : headers->items()) answer.headers.emplace_back(name, value.get<std::string>());
    recorded[request] = std::move(answer);
  }

  void load(const json& content) {
    const bool is_recording =
        content.is_object() && !content.empty() && content.items().begin().key().starts_with("GET /");
    if (is_recording)
      for (const auto& [request, answer] : content.items()) record(request, answer);
    else if (content.is_object() && content.contains("objects"))
      add(content["objects"]);
    else
      add(content);
    if (content.is_object() && content.contains("logs"))
      for (const auto& [name, text] : content["logs"].items()) logs[name] = text.get<std::string>();
  }

  std::mutex mutex;  ///< Of what follows, but the server.
  std::map<std::string, std::map<Key, json>> objects;
  std::map<std::string, std::string> logs;
  std::map<std::string, Answer> recorded;
  std::set<std::string> groups;
  std::vector<Rule> rules;
  std::vector<Injected> injected;
  std::string token, user = "system:serviceaccount:ci:agent";
  bool whole = false;
  HttpServer server;  ///< Last: its threads end first.
};

KubeServer::KubeServer(const std::optional<ServerTls>& tls) : state_(std::make_unique<State>(tls)) {}
KubeServer::~KubeServer() = default;

void KubeServer::add(const json& objects) {
  const std::lock_guard lock(state_->mutex);
  state_->add(objects);
}

void KubeServer::load(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("no file " + path);
  const json content = json::parse(in);
  const std::lock_guard lock(state_->mutex);
  state_->load(content);
}

void KubeServer::record(const json& answers) {
  const std::lock_guard lock(state_->mutex);
  state_->load(answers);
}

void KubeServer::add_log(const std::string& name_space, const std::string& pod, const std::string& container,
                         std::string text, bool previous) {
  const std::lock_guard lock(state_->mutex);
  state_->logs[name_space + "/" + pod + "/" + container + (previous ? "/previous" : "")] = std::move(text);
}

void KubeServer::install(const std::string& group) {
  const std::lock_guard lock(state_->mutex);
  state_->groups.insert(group);
}

void KubeServer::require_token(std::string token) {
  const std::lock_guard lock(state_->mutex);
  state_->token = std::move(token);
}

void KubeServer::call_client(std::string user) {
  const std::lock_guard lock(state_->mutex);
  state_->user = std::move(user);
}

void KubeServer::forbid(const std::string& verb, const std::string& resource, const std::string& name_space) {
  const std::lock_guard lock(state_->mutex);
  state_->rules.push_back({verb, resource, name_space});
}

void KubeServer::ignore_accept() {
  const std::lock_guard lock(state_->mutex);
  state_->whole = true;
}

void KubeServer::inject(std::string part, Fault fault, std::size_t times) {
  const std::lock_guard lock(state_->mutex);
  state_->injected.push_back({std::move(part), std::move(fault), times});
}

std::uint16_t KubeServer::port() const { return state_->server.port(); }
std::string KubeServer::url() const { return state_->server.url(""); }
std::vector<SeenRequest> KubeServer::seen() const { return state_->server.seen(); }
int KubeServer::connections() const { return state_->server.connections(); }

std::size_t KubeServer::count(std::string_view part) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(seen(), [&](const SeenRequest& one) { return one.target.contains(part); }));
}

std::string KubeServer::kubeconfig(const std::string& token, const std::string& authority,
                                   const std::string& name_space) const {
  json cluster{{"server", url()}}, user = json::object();
  if (!authority.empty()) cluster["certificate-authority-data"] = base64(authority);
  if (!token.empty()) user["token"] = token;
  const json config{
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "test"},
      {"clusters", {{{"name", "test"}, {"cluster", cluster}}}},
      {"users", {{{"name", "test"}, {"user", user}}}},
      {"contexts",
       {{{"name", "test"}, {"context", {{"cluster", "test"}, {"user", "test"}, {"namespace", name_space}}}}}}};
  return config.dump(1);
}

namespace faults {

Fault slow(std::chrono::milliseconds time) {
  return [time](const SeenRequest&, Talk&) {
    std::this_thread::sleep_for(time);
    return false;
  };
}

Fault silent() {
  return [](const SeenRequest&, Talk& talk) {
    talk.wait();
    return true;
  };
}

Fault cut() {
  return [](const SeenRequest&, Talk& talk) {
    talk.cut();
    return true;
  };
}

Fault cut_body() {
  return [](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{\"kind\": \"PodLi");
    talk.cut();
    return true;
  };
}

Fault status(int code, const Headers& headers) {
  static const std::map<int, std::pair<std::string, std::string>> usual{
      {400, {"BadRequest", "the server could not understand the request"}},
      {unauthorised, {"Unauthorized", "Unauthorized"}},
      {forbidden, {"Forbidden", "forbidden by a webhook"}},
      {gone,
       {"Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new list "
        "without the continue parameter."}},
      {429, {"TooManyRequests", "Too many requests, please try again later."}},
      {500, {"InternalError", "Internal error occurred: etcdserver: leader changed"}},
      {503, {"ServiceUnavailable", "apiserver is shutting down"}},
      {504, {"Timeout", "The list operation against pods could not be completed at this time, please try again."}}};
  return [code, headers](const SeenRequest&, Talk& talk) {
    const auto found = usual.find(code);
    const auto [reason, message] = found == usual.end() ? std::pair<std::string, std::string>{} : found->second;
    Headers all = as_json;
    all.insert(all.end(), headers.begin(), headers.end());
    talk.answer(code, kube_status(code, reason, message).dump(), all);
    return true;
  };
}

Fault text(int code, std::string body, const Headers& headers) {
  return [code, body = std::move(body), headers](const SeenRequest&, Talk& talk) {
    talk.answer(code, body, headers);
    return true;
  };
}

Fault huge(std::size_t bytes) {
  return [bytes](const SeenRequest&, Talk& talk) {
    talk.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"kind\": \"Pod\", \"x\": \"");
    const std::string piece(std::size_t{64} << 10U, 'x');
    for (std::size_t sent = 0; sent < bytes && talk.send(piece); sent += piece.size()) {
    }
    talk.send("\"}");
    talk.cut();
    return true;
  };
}

Fault log(std::string line, std::size_t lines) {
  return [line = std::move(line), lines](const SeenRequest&, Talk& talk) {
    talk.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
    constexpr std::size_t piece_size = std::size_t{64} << 10U;
    for (std::size_t sent = 0; sent < lines;) {
      std::string piece;
      for (; sent < lines && piece.size() < piece_size; ++sent) piece += line + "\n";
      std::array<char, 20> size{};
      std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
      if (!talk.send(std::string(size.data()) + piece + "\r\n")) return true;
    }
    talk.send("0\r\n\r\n");
    return true;
  };
}

}  // namespace faults
}  // namespace agent::test
