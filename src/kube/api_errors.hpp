#pragma once

#include "base/error.hpp"
#include "kube/api_account.hpp"
#include "kube/api_question.hpp"

#include <string>
#include <string_view>

namespace agent::kube {

/// An answer of the API server that is not what was asked for.
struct Refused {
  int status = 0;
  std::string where;  ///< "GET https://10.0.0.1/api/v1/namespaces/ci/pods", without the query.
  std::string body;
};

/// The Status that the API server explains a refusal by
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
struct ApiStatus {
  bool given = false;  ///< The body was one. The rest is empty otherwise.
  std::string reason;  ///< "NotFound"
  std::string
      message;  ///< In one clean line of at most 600 bytes; only a Status' message is told, nothing else of a body.
};

[[nodiscard]] ApiStatus read_status(std::string_view body);

/// What a refusal means to who asked `question`. Kinds: see open_api().
[[nodiscard]] Error explain(const Question& question, const Refused& refused, const Account& account);

/// True when a 404 is not about one object, but about the kind: the API server does not have it.
[[nodiscard]] bool lacks_kind(const Refused& refused);

/// An answer with a good status that is not JSON, or not of Kubernetes.
[[nodiscard]] Error not_kubernetes(const std::string& where, const Account& account);

/// What a failure of the network means: a request's own limit is the cluster's slowness, not the caller's deadline.
[[nodiscard]] Error network_error(Error error, const Account& account);

}  // namespace agent::kube
