#include "sinks/github_actions.hpp"

#include "base/byte_stream.hpp"
#include "base/descriptor.hpp"
#include "base/json_limits.hpp"
#include "sinks/code_place.hpp"
#include "sinks/display.hpp"
#include "sinks/facts.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

namespace agent::sinks {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_summary_bytes = std::size_t{1024} * 1024;
constexpr std::size_t most_annotations = 10;  // of a level and a step
constexpr std::size_t most_message_columns = 1000, most_title_columns = 200;

std::unexpected<Error> cannot_write(const std::string& path, const std::string& why) {
  return fail(ErrorKind::delivery_failed, "cannot write to '" + one_line(path) + "'", why,
              why.find(std::strerror(ENOSPC)) == std::string::npos ? "" : "free some space");
}

std::string reason(const char* call) { return std::string(call) + ": " + std::strerror(errno); }

/// A file that others wrote to, and what it has.
struct Appended {
  Descriptor file;
  std::size_t size = 0;
  bool ends_a_line = true;
};

Result<Appended> open_to_append(const std::string& path) {
  Appended out{.file = Descriptor(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644))};
  struct stat status{};
  if (!out.file || ::fstat(out.file.get(), &status) != 0) return cannot_write(path, reason("open"));
  if (!S_ISREG(status.st_mode)) return cannot_write(path, "it is no regular file");
  out.size = static_cast<std::size_t>(status.st_size);
  char last = '\n';
  if (out.size > 0 && ::pread(out.file.get(), &last, 1, status.st_size - 1) == 1) out.ends_a_line = last == '\n';
  return out;
}

Result<void> append(const Appended& to, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(to.file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot_write(path, reason("write"));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

/// 32 hexadecimal digits by chance.
Result<std::string> random_word() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return fail(ErrorKind::delivery_failed, "the system gives no random bytes", reason("getrandom"));
  std::string word;
  for (const unsigned char byte : bytes) {
    word += "0123456789abcdef"[byte >> 4U];
    word += "0123456789abcdef"[byte & 0xFU];
  }
  return word;
}

/// The runner's own escapes: toolkit/packages/core/src/command.ts, escapeData and escapeProperty.
enum class Part { message, property };

std::string escaped(std::string_view text, Part part) {
  std::string out;
  for (const char c : text) {
    const bool in_property = part == Part::property && (c == ':' || c == ',');
    if (c != '%' && c != '\r' && c != '\n' && !in_property) {
      out += c;
      continue;
    }
    out += '%';
    out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4U];
    out += "0123456789ABCDEF"[static_cast<unsigned char>(c) & 0xFU];
  }
  return out;
}

enum Level : std::size_t { error_level, warning_level, notice_level, levels };

Level level_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::error: return error_level;
    case Severity::warning: return warning_level;
    case Severity::info: break;
  }
  return notice_level;
}

std::string property(std::string_view name, std::string_view value) {
  return std::string(name) + "=" + escaped(value, Part::property);
}

std::string annotation(const Finding& finding, const std::optional<CodePlace>& where, Level level) {
  constexpr std::array<std::string_view, levels> words{"error", "warning", "notice"};
  std::string out = "::" + std::string(words.at(level)) + " ";
  if (where) {
    out += property("file", one_line(where->path)) + ",";
    if (where->line > 0) out += property("line", std::to_string(where->line)) + ",";
    if (where->line > 0 && where->column > 0) out += property("col", std::to_string(where->column)) + ",";
  }
  const std::string_view kind = name(finding.category);
  const std::string title =
      finding.category == Category::unknown ? finding.rule : std::string(kind) + " (" + finding.rule + ")";
  return out + property("title", cut(one_line(title), most_title_columns)) +
         "::" + escaped(cut(one_line(finding.headline), most_message_columns), Part::message) + "\n";
}

std::string_view value(const std::map<std::string, std::string, std::less<>>& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view{} : std::string_view{found->second};
}

/// "12" of "refs/pull/12/merge".
std::optional<std::uint64_t> number_of_ref(std::string_view ref) {
  constexpr std::string_view prefix = "refs/pull/";
  if (!ref.starts_with(prefix)) return {};
  ref.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  const auto [end, wrong] = std::from_chars(ref.data(), ref.data() + ref.size(), number);
  if (wrong != std::errc{} || number == 0 || end == ref.data() + ref.size() || *end != '/') return {};
  return number;
}

const Json* member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> number_in(const Json& object) {
  const Json* number = member(object, "number");
  if (number == nullptr || !number->is_number_unsigned() || number->get<std::uint64_t>() == 0) return {};
  return number->get<std::uint64_t>();
}

/// A workflow may have run for a pull request of another repository: of a fork into what it was forked from.
bool is_of_this_repository(const Json& event, const Json& pull) {
  const Json* base = member(pull, "base");
  const Json* theirs = base == nullptr ? nullptr : member(*base, "repo");
  const Json* ours = member(event, "repository");
  const Json* id = theirs == nullptr ? nullptr : member(*theirs, "id");
  const Json* our_id = ours == nullptr ? nullptr : member(*ours, "id");
  return id == nullptr || our_id == nullptr || *id == *our_id;
}

/// `pull_request` events hold it themselves, a comment's in `issue`, a finished workflow's in `workflow_run`.
/// https://docs.github.com/webhooks/webhook-events-and-payloads
std::optional<std::uint64_t> number_of_event(const Json& event) {
  if (const Json* pull = member(event, "pull_request")) return number_in(*pull);
  if (const Json* issue = member(event, "issue"))
    return member(*issue, "pull_request") != nullptr ? number_in(*issue) : std::nullopt;
  const Json* run = member(event, "workflow_run");
  const Json* pulls = run == nullptr ? nullptr : member(*run, "pull_requests");
  if (pulls == nullptr || !pulls->is_array() || pulls->size() != 1) return std::nullopt;
  return is_of_this_repository(event, pulls->front()) ? number_in(pulls->front()) : std::nullopt;
}

/// The file's text; empty when it can't be read, is no regular file or is larger than an event may be.
std::string small_file(const std::string& path) {
  constexpr off_t most = off_t{8} * 1024 * 1024;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > most) return {};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace

Result<void> write_step_summary(const std::string& path, std::string_view markdown) {
  const Appended to = TRY(open_to_append(path));
  const std::string text = (to.ends_a_line ? "" : "\n") + std::string(markdown);
  if (to.size + text.size() > most_summary_bytes)
    return fail(ErrorKind::delivery_failed, "the step's summary has no room for the report",
                std::to_string(to.size) + " of " + std::to_string(most_summary_bytes) + " bytes are used",
                "write less to it before, or analyse in a step of its own");
  return append(to, path, text);
}

NamedValues action_outputs(const Report& report, const std::string& issue_url, const std::string& report_path) {
  NamedValues outputs{{"verdict", std::string(name(report.verdict))},
                      {"category", std::string(name(report.category))},
                      {"cause", cut(one_line(report.cause), most_message_columns)},
                      {"fingerprint", one_line(report.fingerprint)},
                      {"issue-url", one_line(issue_url)}};
  if (!report_path.empty()) outputs.emplace_back("report", report_path);
  return outputs;
}

Result<void> append_outputs(const std::string& path, const NamedValues& outputs) {
  const Appended to = TRY(open_to_append(path));
  std::string text = to.ends_a_line ? "" : "\n";
  for (const auto& [name, value] : outputs) {
    std::string end;
    do end = "agent_" + TRY(random_word());
    while (value.find(end) != std::string::npos);
    text += name + "<<" + end + "\n" + valid_utf8(value) + "\n" + end + "\n";
  }
  return append(to, path, text);
}

std::string annotations(const Report& report, std::string_view checkout) {
  std::string out;
  if (report.verdict == Verdict::healthy) return out;
  std::array<std::size_t, levels> written{};
  for (const Finding& finding : report.findings) {
    const auto where = code_place(finding, checkout);
    const Level level = level_of(finding.severity);
    if ((!where && &finding != cause_finding(report)) || written.at(level) == most_annotations) continue;
    ++written.at(level);
    out += annotation(finding, where, level);
  }
  return out;
}

std::optional<std::uint64_t> pull_request_number(const std::map<std::string, std::string, std::less<>>& environment) {
  if (const auto number = number_of_ref(value(environment, "GITHUB_REF"))) return number;
  const std::string text = small_file(std::string(value(environment, "GITHUB_EVENT_PATH")));
  if (text.empty() || exceeds(text, {})) return {};
  return number_of_event(Json::parse(text, nullptr, false));
}

}  // namespace agent::sinks
