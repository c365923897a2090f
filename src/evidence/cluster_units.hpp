#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace agent::evidence {

/// "128Mi", "500m", "2", "1e3", "0.5Gi" in bytes, cores or pieces. Nothing for what is no quantity.
/// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
[[nodiscard]] std::optional<double> quantity(std::string_view text);

/// "2026-11-21T06:42:14Z", with or without a fraction and an offset (RFC 3339). Nothing for other forms.
[[nodiscard]] std::optional<std::chrono::sys_seconds> timestamp(std::string_view text);

/// "1h0m0s", "90s", "1m30.5s" as Go writes durations. Nothing for other forms.
/// https://pkg.go.dev/time#ParseDuration
[[nodiscard]] std::optional<std::chrono::seconds> go_duration(std::string_view text);

/// "45 s", "5 min", "1 h 30 min", "3 d 2 h".
[[nodiscard]] std::string spoken(std::chrono::seconds duration);

}  // namespace agent::evidence
