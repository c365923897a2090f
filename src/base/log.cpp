#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/redactor.hpp"
#include "base/text.hpp"

#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>

namespace agent {
namespace {

constexpr std::size_t longest_value = 8192;  // bytes; the rest is cut

/// The process's one log. Its redactor is its own: what it learned from one line it hides in the next.
struct Log {
  std::mutex mutex;
  LogOptions options;
  std::unique_ptr<Redactor> redactor;  ///< Made by the first line.
};

Log& the_log() {
  static Log log;
  return log;
}

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "error";
}

std::string made_request_id() {
  const auto now = static_cast<unsigned long long>(system_clock().now().time_since_epoch().count());
  char text[32];
  std::snprintf(text, sizeof text, "%014llx%04x", now & 0xFFFFFFFFFFFFFFULL, static_cast<unsigned>(getpid()) & 0xFFFFU);
  return text;
}

// With its key before it, because the key may be what tells that the value is a secret ("token").
std::string hidden(Redactor& redactor, const LogField& field) {
  const std::string label = std::string(field.key) + "=";
  const bool cut = field.value.size() > longest_value;
  const std::string safe =
      redactor.redact(label + std::string(field.value.substr(0, longest_value)) + (cut ? "…" : ""));
  return safe.starts_with(label) ? safe.substr(label.size()) : "[REDACTED]";
}

// One line and no escape sequences, whatever the value holds; in quotes where it has blanks.
std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\\n");
  text = clean_line(text);
  if (!text.empty() && text.find_first_of(" \"=\t") == std::string::npos) return text;
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return '"' + text + '"';
}

std::string text_line(Log& log, LogLevel level, std::string_view event, std::span<const LogField> fields) {
  std::string line = std::string(name(level)) + " " + quoted(std::string(event));
  for (const LogField& field : fields)
    line += " " + std::string(field.key) + "=" + quoted(hidden(*log.redactor, field));
  return line + "\n";
}

std::string json_line(Log& log, LogLevel level, std::string_view event, std::span<const LogField> fields) {
  using Json = nlohmann::ordered_json;
  Json line{{"timestamp", rfc3339(system_clock().now())},
            {"level", name(level)},
            {"event", event},
            {"request_id", log.options.request_id}};
  for (const LogField& field : fields) {
    if (field.is_number)
      line.emplace(field.key, Json::parse(field.value, nullptr, false));
    else
      line.emplace(field.key, hidden(*log.redactor, field));
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// A log that nobody reads, or that has no room, is no reason to stop.
void write_line(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::optional<LogLevel> log_level_named(std::string_view word) {
  const std::string level = lower(word);
  if (level == "debug") return LogLevel::debug;
  if (level == "info") return LogLevel::info;
  if (level == "warning" || level == "warn") return LogLevel::warning;
  if (level == "error") return LogLevel::error;
  return std::nullopt;
}

void configure_log(LogOptions options) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  if (options.request_id.empty()) options.request_id = made_request_id();
  log.options = std::move(options);
}

LogFormat log_format() {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  return log.options.format;
}

std::string request_id() {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  return log.options.request_id;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
  if (level < log.options.level) return;
  if (!log.redactor) log.redactor = std::make_unique<Redactor>();
  const std::span<const LogField> all(fields.begin(), fields.size());
  write_line(log.options.format == LogFormat::json ? json_line(log, level, event, all)
                                                   : text_line(log, level, event, all));
}

}  // namespace agent
