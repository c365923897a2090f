#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "llm/model.hpp"
#include "loop/investigate.hpp"
#include "loop/library.hpp"
#include "loop/prompts.hpp"
#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The parts of a transcript's lines. Writing redacts: every text, and JSON also as a whole, so that a value's label is
// seen beside it. Reading believes nothing.

namespace agent::flows::transcript {

using nlohmann::json;
using Redact = loop::Library::Redact;

inline constexpr int version = 1;
inline constexpr std::int64_t most_of_a_number = 10'000'000'000'000'000;  ///< Nanoseconds: 115 days.

/// 64 bits of FNV-1a in hexadecimal: tells texts apart, and is no proof against forgery.
[[nodiscard]] std::string digest(std::string_view text);

/// One line, without its newline; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string line_of(const json& value);

[[nodiscard]] json redacted(const json& value, const Redact& redact);

/// A message as its digest is made of it: without what only its dialect needs.
[[nodiscard]] json of(const llm::Message& message, const Redact& redact);
[[nodiscard]] json of(const Usage& usage);
[[nodiscard]] json of(const Error& error, const Redact& redact);
[[nodiscard]] json of(const llm::ModelAnswer& answer, const Redact& redact);
[[nodiscard]] json of(const llm::ModelFailure& failure, const Redact& redact);
[[nodiscard]] json of(const loop::Prompts& prompts);
[[nodiscard]] json of(const loop::LibrarySource& source);

/// Reads fields of one object. A field that is not there keeps its default; the first that is wrong is remembered.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {
    if (!object.is_object()) wrong_ = "an object is missing";
  }

  Fields& take(const char* key, std::string& out);
  Fields& take(const char* key, bool& out);
  Fields& take(const char* key, double& out);
  Fields& take(const char* key, std::vector<std::string>& out);

  /// A whole number between ±most_of_a_number, so that sums of them fit, too.
  template <std::integral Integer>
  Fields& take(const char* key, Integer& out) {
    std::int64_t number = static_cast<std::int64_t>(out);
    take_number(key, number);
    if (!std::in_range<Integer>(number)) return wrong(key);
    out = static_cast<Integer>(number);
    return *this;
  }

  /// The field, if it is there and not null.
  [[nodiscard]] const json* find(const char* key) const;
  Fields& wrong(const char* key);

  [[nodiscard]] bool is_wrong() const { return !wrong_.empty(); }
  /// Errors: `unreadable`, with the name of the field.
  [[nodiscard]] Result<void> done() const;

 private:
  void take_number(const char* key, std::int64_t& out);

  const json& object_;
  std::string wrong_;
};

[[nodiscard]] Result<Usage> usage_of(const json& value);
[[nodiscard]] Result<Error> error_of(const json& value);
[[nodiscard]] Result<llm::ModelAnswer> answer_of(const json& value);
[[nodiscard]] Result<llm::ModelFailure> failure_of(const json& value);
[[nodiscard]] Result<loop::Prompts> prompts_of(const json& value);
[[nodiscard]] Result<loop::LibrarySource> source_of(const json& value);
[[nodiscard]] std::optional<tools::ToolStatus> status_named(std::string_view name);

}  // namespace agent::flows::transcript
