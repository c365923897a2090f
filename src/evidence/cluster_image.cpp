// Why an image could not be pulled: what containerd, CRI-O, Docker and the registries say.
#include "evidence/cluster_pod_rules.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace agent::evidence {
namespace {

struct PullFailure {
  std::string_view rule, words;  ///< {} in `words` is the registry.
  Category category;
  std::string_view remedy;
  std::array<std::string_view, 7> signs;
};

// The first whose sign the message holds counts: a proxy's x509 error may well say "failed to resolve", too.
// https://github.com/containerd/containerd/blob/v2.1.0/core/remotes/docker/resolver.go
constexpr std::array<PullFailure, 9> failures{{
    {"image.architecture",
     "has no variant for the node's architecture",
     Category::configuration,
     "push the image for the node's architecture, or choose nodes by kubernetes.io/arch",
     {"no match for platform", "no matching manifest", "does not match the specified platform"}},
    {"image.rate-limit",
     "was refused: the registry `{}` limits how often one may pull",
     Category::network,
     "pull with an account, or through a mirror",
     {"toomanyrequests", "Too Many Requests", "429", "pull rate limit"}},
    {"image.tls",
     "could not be pulled: the node does not accept the certificate of `{}`",
     Category::network,
     "give the node's runtime the registry's CA, or renew the certificate",
     {"x509:", "tls: ", "certificate", "server gave HTTP response to HTTPS client"}},
    {"image.dns",
     "could not be pulled: the node cannot resolve `{}`",
     Category::network,
     "correct the registry's name, or the node's DNS",
     {"no such host", "server misbehaving", "Temporary failure in name resolution"}},
    {"image.auth",
     "could not be pulled: the registry `{}` wants credentials, or denies them",
     Category::permission,
     "give the pod or its service account a pull secret that fits; check the name as well",
     {"unauthorized", "authentication required", "pull access denied", "403 Forbidden", "401 Unauthorized",
      "no basic auth credentials", "denied"}},
    {"image.not-found",
     "was not found",
     Category::configuration,
     "use a name and tag that exist, or push the image first",
     {"not found", "manifest unknown", "name unknown", "NotFound", "manifest_unknown", "404"}},
    {"image.network",
     "could not be pulled: the registry `{}` cannot be reached from the node",
     Category::network,
     "check the way from the node to the registry: proxy, firewall, its state",
     {"i/o timeout", "connection refused", "deadline exceeded", "connection reset", "no route to host",
      "Client.Timeout", "registry is unavailable"}},
    {"image.disk",
     "could not be pulled: the node's disk is full",
     Category::resource,
     "free space on the node: crictl rmi --prune",
     {"no space left on device"}},
    {"image.signature",
     "was refused: its signature could not be validated",
     Category::permission,
     "sign the image as the cluster's policy wants it",
     {"SignatureValidationFailed", "signature"}},
}};

/// "registry.example.com:5000" of an image's name; Docker Hub when it names none.
std::string registry_of(std::string_view image) {
  const std::string_view first = image.substr(0, image.find('/'));
  const bool is_host = first.size() < image.size() && first.find_first_of(".:") != std::string_view::npos;
  return std::string(is_host || (first == "localhost" && first.size() < image.size()) ? first : "docker.io");
}

/// The message that says most: of the waiting container, or of the newest event about this image.
/// Kubelet: `Failed to pull image "demo/app:9": rpc error: code = NotFound desc = …`.
struct Message {
  std::string_view text;
  const Event* event = nullptr;
};

const PullFailure* failure_of(std::string_view message, std::string_view image) {
  // The image's own name may hold a sign ("certificate-manager", "app:404"), so it is taken out first.
  std::string rest(message);
  for (std::size_t at = rest.find(image); !image.empty() && at != std::string::npos; at = rest.find(image, at))
    rest.erase(at, image.size());
  for (const PullFailure& failure : failures)
    for (const std::string_view sign : failure.signs)
      if (!sign.empty() && rest.find(sign) != std::string::npos) return &failure;
  return nullptr;
}

Message message_of(const PodCase& pod, const Container& container, std::string_view image) {
  const std::string_view own = text(*container.status, "state/waiting/message");
  if (failure_of(own, image) != nullptr) return {own, nullptr};
  for (const Event& event : pod.cluster.events(pod.ref)) {
    const bool about_it = event.part == container.name || event.message.find(image) != std::string_view::npos;
    if ((event.reason == "Failed" || event.reason == "FailedToRetrieveImagePullSecret") && about_it &&
        failure_of(event.message, image) != nullptr)
      return {event.message, &event};
  }
  return {own, nullptr};
}

/// Pull secrets of the pod that are not in its namespace. Secrets are listed by name only.
std::vector<std::string> missing_pull_secrets(const PodCase& pod) {
  std::vector<std::string> missing;
  for (const Json& secret : items(pod.json, "spec/imagePullSecrets")) {
    const std::string name(text(secret, "name"));
    if (!name.empty() && pod.cluster.is_missing({"secrets", pod.ref.name_space, name})) missing.push_back(name);
  }
  for (const Event& event : pod.cluster.events(pod.ref))
    if (event.reason == "FailedToRetrieveImagePullSecret" && missing.empty())
      // "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed."
      if (const auto names = between(event.message, "(", ")"); !names.empty()) missing.emplace_back(names);
  return missing;
}

struct Pull {
  std::string image, who, rule = "image.pull";
  std::string words;
  Category category = Category::unknown;
};

Pull named_reason(Pull pull, std::string_view reason, std::string_view message) {
  pull.category = Category::configuration;
  if (reason == "InvalidImageName") {
    pull.rule = "image.name";
    pull.words = fmt::format("{} cannot start: `{}` is not a valid image name", pull.who, pull.image);
  } else if (reason == "ErrImageNeverPull") {
    pull.rule = "image.never";
    pull.words = fmt::format("{} cannot start: image `{}` is not on the node and imagePullPolicy is Never", pull.who,
                             pull.image);
  } else if (reason == "ImageInspectError") {
    pull.rule = "image.inspect";
    pull.category = Category::infrastructure;
    pull.words = fmt::format("{} cannot start: the node's runtime cannot read image `{}`", pull.who, pull.image);
  } else {
    pull.category = Category::network;
    pull.words = message.empty()
                     ? fmt::format("{}: image `{}` could not be pulled ({})", pull.who, pull.image, reason)
                     : fmt::format("{}: image `{}` could not be pulled: {}", pull.who, pull.image, said(message));
  }
  return pull;
}

std::string_view reason_remedy(std::string_view rule) {
  if (rule == "image.name") return "correct the image's name: an unset variable, upper-case letters or a blank";
  if (rule == "image.never") return "load the image into the node, or set imagePullPolicy to IfNotPresent";
  if (rule == "image.inspect") return "remove the image on the node so that it is pulled afresh: crictl rmi IMAGE";
  return "read the registry's words in the events";
}

}  // namespace

void judge_image(const PodCase& pod, const Container& container, Clues& clues) {
  const std::string_view reason = text(*container.status, "state/waiting/reason");
  Pull pull{.image = std::string(text(*container.spec, "image")), .who = spoken(pod.cluster, pod.ref, container)};
  const Message message = message_of(pod, container, pull.image);
  const PullFailure* failure = failure_of(message.text, pull.image);
  const bool by_reason = reason == "InvalidImageName" || reason == "ErrImageNeverPull" || reason == "ImageInspectError";
  std::string advice;
  if (failure == nullptr || by_reason) {
    pull = named_reason(std::move(pull), reason, message.text);
    advice = reason_remedy(pull.rule);
  } else {
    pull.rule = failure->rule;
    pull.category = failure->category;
    const std::string words = fmt::format(fmt::runtime(failure->words), registry_of(pull.image));
    pull.words = fmt::format("{} cannot start: image `{}` {}", pull.who, pull.image, words);
    advice = failure->remedy;
  }
  const auto secrets = missing_pull_secrets(pod);
  const bool by_secret = !secrets.empty() && (pull.rule == "image.auth" || pull.rule == "image.pull");
  if (by_secret) {
    pull.rule = "image.pull-secret";
    pull.category = Category::configuration;
    pull.words +=
        fmt::format("; pull secret `{}` does not exist in namespace `{}`", secrets.front(), pod.ref.name_space);
  }
  Clue clue = make_clue(pull.rule, Severity::error, pull.category, pod.ref, pull.words);
  clue.part = container.name;
  clue.same = fmt::format("image/{}/{}/{}", pod.ref.name_space, pull.image, pull.rule);
  cite(clue, pod.ref, pod.json, container.status_path + "/state/waiting/reason");
  if (message.event != nullptr)
    cite(clue, *message.event);
  else
    cite(clue, pod.ref, pod.json, container.status_path + "/state/waiting/message");
  cite(clue, pod.ref, pod.json, container.spec_path + "/image");
  if (by_secret)
    remedy(clue, fmt::format("create the pull secret `{}`", secrets.front()),
           fmt::format("kubectl create secret docker-registry {} -n {} --docker-server={} --docker-username=USER "
                       "--docker-password=PASSWORD",
                       shell_quoted(secrets.front()), pod.ref.name_space, shell_quoted(registry_of(pull.image))));
  remedy(clue, std::move(advice), describe_command(pod.ref));
  clues.push_back(std::move(clue));
}

}  // namespace agent::evidence
