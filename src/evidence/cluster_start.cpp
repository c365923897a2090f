// Why a program could not be started: what runc and containerd, or CRI-O, say.
// https://github.com/opencontainers/runc/blob/v1.3.0/libcontainer/init_linux.go
#include "evidence/cluster_pod_rules.hpp"

#include <fmt/format.h>

namespace agent::evidence {
namespace {

bool says(std::string_view message, std::string_view words) { return message.find(words) != std::string_view::npos; }

/// `exec: "serve": executable file not found in $PATH`, `exec /app/serve: exec format error`.
std::string program_of(std::string_view message) {
  std::string_view name = between(message, "exec: \"", "\"");
  if (name.empty()) name = between(message, "exec ", ":");
  return name.empty() ? "its command" : fmt::format("`{}`", name);
}

std::optional<StartFailure> memory_too_low(std::string_view message) {
  // runc's init is killed before it can run anything; Docker and CRI-O refuse the limit themselves.
  const bool low = says(message, "Minimum memory limit allowed") || says(message, "too low; should be at least") ||
                   says(message, "container init was OOM-killed");
  if (!low) return std::nullopt;
  return StartFailure{"cannot start: its memory limit is below what a container needs to start", Category::resource,
                      "raise the memory limit; a missing suffix (128 for 128Mi) is the usual cause", ""};
}

std::optional<StartFailure> mount_failed(std::string_view message) {
  const bool mount = says(message, "error mounting") || says(message, "failed to mount");
  if (!mount) return std::nullopt;
  if (says(message, "not a directory"))
    return StartFailure{"cannot start: a file is mounted where the image has a directory, or the reverse",
                        Category::configuration, "mount a single file with `subPath`, or another path", ""};
  return StartFailure{fmt::format("cannot start: {}", said(message)), Category::configuration,
                      "correct the volume mount that the message names", ""};
}

}  // namespace

std::optional<StartFailure> start_failure(std::string_view message) {
  if (const auto low = memory_too_low(message)) return low;
  if (says(message, "exec format error"))
    return StartFailure{
        fmt::format("cannot start: {} is made for another processor architecture than its node's", program_of(message)),
        Category::configuration, "build the image for the node's architecture, or choose nodes by kubernetes.io/arch",
        "docker buildx build --platform linux/amd64,linux/arm64 ."};
  if (says(message, "executable file not found") ||
      (says(message, "no such file or directory") && says(message, "exec")))
    return StartFailure{fmt::format("cannot start: {} is not in the image", program_of(message)),
                        Category::configuration, "correct `command`, or install the program in the image", ""};
  if (says(message, "permission denied") && says(message, "exec"))
    return StartFailure{fmt::format("cannot start: {} is not executable", program_of(message)), Category::permission,
                        "make the file executable in the image (chmod +x), or run it by its interpreter", ""};
  if (says(message, "no command specified"))
    return StartFailure{"cannot start: neither the image nor the pod names a command", Category::configuration,
                        "set `command` in the pod, or CMD or ENTRYPOINT in the image", ""};
  if (says(message, "runAsNonRoot") || says(message, "breaks non-root policy"))
    return StartFailure{"cannot start: runAsNonRoot is set and the image runs as root, or names its user by a word",
                        Category::permission, "set securityContext.runAsUser to a number other than 0", ""};
  return mount_failed(message);
}

}  // namespace agent::evidence
