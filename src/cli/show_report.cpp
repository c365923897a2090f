#include "cli/show_report.hpp"

#include "base/version.hpp"
#include "sinks/display.hpp"
#include "sinks/render_junit.hpp"
#include "sinks/render_markdown.hpp"
#include "sinks/render_sarif.hpp"
#include "sinks/render_text.hpp"
#include "sinks/render_yaml.hpp"
#include "sinks/report_json.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace agent::cli {
namespace {

constexpr std::size_t width_without_terminal = 100;

sinks::TextStyle style_for(const Context& context, const Output& out) {
  return {
      .color = &out == &context.err ? context.color_err : context.color_out,
      .width = out.is_terminal() ? static_cast<std::size_t>(out.columns(context.environment)) : width_without_terminal,
      .verbose = context.settings.enabled("output.verbose"),
      .defuse_commands = reads_commands(context.environment)};
}

std::string render(const Context& context, const std::string& format, const Report& report,
                   const sinks::TextStyle& style) {
  if (format == "json") return sinks::render_json(report);
  if (format == "sarif")
    return sinks::render_sarif(report, {.version = std::string(version), .checkout = checkout_folder(context)});
  if (format == "junit") return sinks::render_junit(report);
  if (format == "yaml") return sinks::render_yaml(report);
  if (format == "markdown") {
    const std::string text = sinks::render_markdown(report);
    return style.defuse_commands ? sinks::defuse_all_lines(text) : text;
  }
  return sinks::render_text(report, style);
}

/// "json" for "out/report.json". Errors: `usage`.
Result<std::string_view> format_by_extension(const std::string& path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known{{{".json", "json"},
                                                                                       {".yaml", "yaml"},
                                                                                       {".yml", "yaml"},
                                                                                       {".md", "markdown"},
                                                                                       {".txt", "text"},
                                                                                       {".sarif", "sarif"},
                                                                                       {".xml", "junit"}}};
  for (const auto& [extension, format] : known)
    if (path.ends_with(extension)) return format;
  return fail(ErrorKind::usage, "the extension of '" + path + "' tells no form of a report", "--report",
              "end the name with .json, .yaml, .md, .txt, .sarif or .xml");
}

std::unexpected<Error> cannot_write(const std::string& path, const char* call, int code) {
  return fail(ErrorKind::delivery_failed, "cannot write the report to '" + path + "'",
              std::string(call) + ": " + std::strerror(code), "name a file in a folder that exists and has space");
}

/// All or nothing: a reader never sees half a report. A symbolic link stays one.
Result<void> write_file(const std::string& named, const std::string& text) {
  std::error_code none;
  const auto target = std::filesystem::canonical(named, none);
  const std::string path = none ? named : target.string();
  const std::string beside = path + "." + std::to_string(getpid()) + ".tmp";
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return cannot_write(path, "open", errno);
  Result<void> written = Output(fd).write(text);
  if (close(fd) != 0 && written) written = cannot_write(path, "close", errno);
  if (written && rename(beside.c_str(), path.c_str()) != 0) written = cannot_write(path, "rename", errno);
  if (!written) unlink(beside.c_str());
  return written;
}

}  // namespace

std::string checkout_folder(const Context& context) {
  for (const std::string_view name : {"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE", "BUILD_SOURCESDIRECTORY"})
    if (const auto found = context.environment.find(name); found != context.environment.end()) return found->second;
  std::error_code none;
  return std::filesystem::current_path(none).string();
}

Result<void> write_report_file(const Context& context, const std::string& path, const Report& report) {
  const std::string format(TRY(format_by_extension(path)));
  return write_file(path, render(context, format, report, {.width = width_without_terminal, .verbose = true}));
}

Result<void> write_report_files(const Context& context, const Report& report) {
  Result<void> all;
  for (const std::string& path : context.settings.list("analyze.report"))
    if (const Result<void> one = write_report_file(context, path, report); !one) all = one;
  return all;
}

Result<void> check_report_files(const Context& context) {
  for (const std::string& path : context.settings.list("analyze.report")) TRY(format_by_extension(path));
  return {};
}

Result<void> show_report(Context& context, Output& out, const Report& report) {
  const std::string format = TRY(output_format(context));
  const Result<void> files = write_report_files(context, report);  // first: they are kept where nothing else is
  TRY(out.write(render(context, format, report, style_for(context, out))));
  TRY(files);
  return show_redactions(context, report.redactions);
}

Result<void> first_failure(Context& context, const Result<void>& first, const Result<void>& other) {
  if (first) return other;
  if (!other) TRY(context.err.write(safe_description(other.error())));
  return first;
}

Result<int> ended(Context& context, const Result<int>& done, const Interrupts& interrupts) {
  const std::optional<Error> reason = interrupts.reason();
  if (!reason) return done;
  if (!done && done.error().kind == ErrorKind::delivery_failed) TRY(context.err.write(safe_description(done.error())));
  return std::unexpected(*reason);
}

Result<void> show_redactions(Context& context, const std::vector<std::pair<std::string, std::size_t>>& counts) {
  if (!context.settings.enabled("redact.show")) return {};
  std::string text = counts.empty() ? "no secrets were hidden\n" : "hidden:\n";
  for (const auto& [kind, count] : counts) text += "  " + kind + ": " + std::to_string(count) + "\n";
  return context.err.write(text);
}

}  // namespace agent::cli
