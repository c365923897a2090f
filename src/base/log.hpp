#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

/// "INFO", "warn", "Warning" …: any case. None for an unknown word.
[[nodiscard]] std::optional<LogLevel> log_level_named(std::string_view name);

struct LogOptions {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
  std::string request_id;  ///< One a run; empty: made from the clock and the process.
};

/// Sets up the process's log. Call once, before threads start.
void configure_log(LogOptions options);

/// As configured; text before configure_log().
[[nodiscard]] LogFormat log_format();

/// Of this run, as configured or made.
[[nodiscard]] std::string request_id();

struct LogField {
  std::string_view key, value;
  bool is_number = false;  ///< In JSON without quotes.
};

/// One line on standard error, redacted. Text: "info event key=value". JSON: an object with `timestamp`, `level`,
/// `event`, `request_id` and the fields.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace agent
