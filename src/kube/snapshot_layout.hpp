#pragma once

#include "kube/source.hpp"

#include <string>
#include <string_view>

/// Where things stand in a snapshot folder: manifest.json, events.json,
/// objects/GROUP/VERSION/RESOURCE/NAMESPACE/NAME.json, logs/NAMESPACE/POD/CONTAINER[.previous].log.zst.
/// The core group is "core", the namespace of cluster-wide objects "_cluster"; neither can be a real one's name.
namespace agent::kube::snapshot {

inline constexpr std::string_view schema = "agent.snapshot/1";
inline constexpr std::string_view core_group = "core";
inline constexpr std::string_view no_namespace = "_cluster";

/// `name` as one segment of a path that can't leave its folder, at most 250 bytes: letters, digits, '-', '_' and '.'
/// within stand for themselves, all else is %XX. What is longer ends in "%~" and a hash, and can't be turned back.
[[nodiscard]] std::string escape(std::string_view name);

/// The name that escape() was given; false when `segment` is not its work, or was cut.
[[nodiscard]] bool unescape(std::string_view segment, std::string& name);

/// "objects/core/v1/pods/ci/web.json".
[[nodiscard]] std::string object_path(const Kind& kind, std::string_view name_space, std::string_view name);

/// "logs/ci/web/app.previous", without the extension.
[[nodiscard]] std::string log_stem(std::string_view name_space, std::string_view pod, const LogOptions& options);

}  // namespace agent::kube::snapshot
