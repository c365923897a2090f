#pragma once

#include "support/http_server.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::test {

/// Something that goes wrong with a request. True: it was answered (or dropped); false: the server goes on as usual.
using Fault = std::function<bool(const SeenRequest&, Talk&)>;

/// A Kubernetes API server on a loopback port that serves objects as a real one gives them: get, list with label and
/// field selectors and pages, PartialObjectMetadata, logs, and refusals with the texts of Kubernetes 1.36. Objects may
/// be added at any time.
class KubeServer {
 public:
  explicit KubeServer(const std::optional<ServerTls>& tls = {});
  ~KubeServer();
  KubeServer(const KubeServer&) = delete;
  KubeServer& operator=(const KubeServer&) = delete;

  /// Adds an object, a List's items, or an array's. Their namespaces and groups exist from then on; of the groups that
  /// Kubernetes has not built in, only such exist.
  void add(const nlohmann::json& objects);
  /// Adds what stands in a file: objects as for add(), {"objects": …, "logs": …}, or answers that were recorded:
  /// {"GET /path?query": {"status": 200, "headers": {…}, "body": text or JSON}}. "logs" has "NAMESPACE/POD/CONTAINER"
  /// and "NAMESPACE/POD/CONTAINER/previous". A recorded answer goes before objects; without a query in its name, it is
  /// that for all queries.
  void load(const std::string& path);
  /// Recorded answers, as load() takes them from a file.
  void record(const nlohmann::json& answers);
  void add_log(const std::string& name_space, const std::string& pod, const std::string& container, std::string text,
               bool previous = false);
  void install(const std::string& group);  ///< A group without objects: "tekton.dev".

  /// Only this bearer token is let in; others meet a 401.
  void require_token(std::string token);
  /// What the server calls the client in its refusals: "system:serviceaccount:ci:agent".
  void call_client(std::string user);
  /// Refuses as RBAC does. "*" is any; an empty namespace: at the cluster scope. `resource` is as in a Role:
  /// "pods/log".
  void forbid(const std::string& verb, const std::string& resource, const std::string& name_space = "*");
  /// Objects are given whole, though only their metadata is asked for.
  void ignore_accept();
  /// Requests whose target contains `part` meet `fault`, `times` times.
  void inject(std::string part, Fault fault, std::size_t times = SIZE_MAX);

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:PORT"
  [[nodiscard]] std::vector<SeenRequest> seen() const;
  [[nodiscard]] int connections() const;
  /// How many requests had `part` in their target.
  [[nodiscard]] std::size_t count(std::string_view part = "") const;
  /// A kubeconfig with this server as its only context, "test". `authority`: PEM.
  [[nodiscard]] std::string kubeconfig(const std::string& token = "", const std::string& authority = "",
                                       const std::string& name_space = "ci") const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The Status that an API server refuses by.
[[nodiscard]] nlohmann::json kube_status(int code, const std::string& reason, const std::string& message);

namespace faults {

[[nodiscard]] Fault slow(std::chrono::milliseconds time);           ///< Then as usual.
[[nodiscard]] Fault silent();                                       ///< No answer at all.
[[nodiscard]] Fault cut();                                          ///< The connection ends before an answer.
[[nodiscard]] Fault cut_body();                                     ///< It ends within the body.
[[nodiscard]] Fault status(int code, const Headers& headers = {});  ///< With a Status of the usual text.
[[nodiscard]] Fault text(int code, std::string body, const Headers& headers);  ///< Such as a proxy's page.
[[nodiscard]] Fault huge(std::size_t bytes);                                   ///< An object of this size.
/// A log of `line`, again and again: `lines` times, or until the client goes away.
[[nodiscard]] Fault log(std::string line, std::size_t lines = SIZE_MAX);

}  // namespace faults
}  // namespace agent::test
