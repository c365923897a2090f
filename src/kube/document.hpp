#pragma once

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::kube {

/// One document of a YAML or JSON file.
struct Document {
  nlohmann::json value;
  /// Where values stand, by JSON pointer ("/users/0/name"), counted from 1. Empty for JSON, or when not asked for.
  std::map<std::string, std::size_t, std::less<>> lines;
};

enum class Lines { forget, keep };

/// The documents in `text`, in order; empty ones are left out. JSON is told by its first character, YAML that only
/// looks like it is read, too. Values are typed as Kubernetes' own reader does it: YAML 1.1's yes, no, on and off are
/// booleans. At most 200 levels, and 4 values a byte, 4 million in all, aliases counted as what they stand for.
/// Errors: `kind`, at "PATH:LINE".
[[nodiscard]] Result<std::vector<Document>> parse_documents(std::string_view text, const std::string& path,
                                                            ErrorKind kind, Lines lines = Lines::forget);

/// The one JSON value of `text`; false when it is none, or deeper than 200 levels (what recurses over it would run out
/// of stack).
[[nodiscard]] bool parse_json(std::string_view text, nlohmann::json& value);

}  // namespace agent::kube
