#include "sinks/tekton_results.hpp"

#include "base/descriptor.hpp"
#include "sinks/display.hpp"
#include "sinks/facts.hpp"
#include "sinks/proof.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace agent::sinks {
namespace {

constexpr std::size_t most_cause_bytes = 400, most_url_bytes = 400, most_proof_lines = 6;

/// What the byte takes in JSON as Go's encoder writes it, which also escapes what HTML would read. Of U+2028 and U+2029
/// each of the three bytes counts two.
std::size_t json_bytes(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '\n': return 2;
    case '<':
    case '>':
    case '&': return 6;
    default: return static_cast<unsigned char>(c) < 0x20 ? 6 : static_cast<unsigned char>(c) == 0xE2 ? 4 : 1;
  }
}

/// As many characters of `text`, which is UTF-8, as `room` takes, which gets smaller by them.
std::string_view fitting(std::string_view text, std::size_t& room) {
  std::size_t used = 0, end = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool begins = i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (used > room) break;
    if (begins) end = i;
    if (i < text.size()) used += json_bytes(text[i]);
  }
  for (const char c : text.substr(0, end)) room -= json_bytes(c);
  return text.substr(0, end);
}

std::string evidence_lines(const Report& report) {
  if (report.verdict == Verdict::healthy) return {};
  const Finding* cause = cause_finding(report);
  const bool cited = cause != nullptr && !cause->evidence.empty();
  const Proof proof = cited ? proof_of(*cause, report.evidence, most_proof_lines)
                            : likeliest_excerpt(report.evidence, most_proof_lines);
  std::string text;
  for (const ProofBlock& block : proof.blocks)
    for (const ProofLine& line : block.lines)
      text += (text.empty() ? "" : "\n") + (line.number > 0 ? place(block.source, line.number) + ": " : "") + line.text;
  return text;
}

std::unexpected<Error> cannot_write(const std::string& folder, std::string_view name, const char* call) {
  const int code = errno;
  return fail(ErrorKind::delivery_failed, "cannot write the result '" + std::string(name) + "'",
              one_line(folder) + ": " + call + ": " + std::strerror(code),
              code == ENOSPC   ? "free some space"
              : code == ENOENT ? "give the folder of a Tekton task's results: /tekton/results"
                               : "");
}

bool write_whole(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> write_result(const Descriptor& in, const std::string& folder, const std::string& name,
                          std::string_view text) {
  const std::string other = ".agent-" + name + "-" + std::to_string(::getpid());
  static_cast<void>(::unlinkat(in.get(), other.c_str(), 0));  // of a run that was killed
  const Descriptor file(::openat(in.get(), other.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  const char* failed = !file                                                              ? "open"
                       : !write_whole(file.get(), text)                                   ? "write"
                       : ::renameat(in.get(), other.c_str(), in.get(), name.c_str()) != 0 ? "rename"
                                                                                          : nullptr;
  if (failed == nullptr) return {};
  auto error = cannot_write(folder, name, failed);
  static_cast<void>(::unlinkat(in.get(), other.c_str(), 0));
  return error;
}

}  // namespace

Result<void> write_tekton_results(const std::string& folder, const Report& report, const std::string& issue_url) {
  const Descriptor in(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!in) return cannot_write(folder, "verdict", "open");
  std::size_t left = most_tekton_bytes;
  // Each within a limit of its own, and all within one.
  const auto take = [&left](std::string_view text, std::size_t most) {
    std::size_t room = std::min(most, left);
    const std::size_t before = room;
    std::string fits(fitting(text, room));
    left -= before - room;
    return fits;
  };
  const std::string url = one_line(issue_url);
  const std::array<std::pair<const char*, std::string>, 6> results{
      {{"verdict", take(name(report.verdict), left)},
       {"category", take(name(report.category), left)},
       {"fingerprint", take(one_line(report.fingerprint), most_cause_bytes)},
       {"issue-url", url.size() > most_url_bytes ? "" : take(url, most_cause_bytes)},
       {"cause", take(one_line(report.cause), most_cause_bytes)},
       {"evidence", take(evidence_lines(report), left)}}};
  for (const auto& [name, text] : results) TRY(write_result(in, folder, name, text));
  return {};
}

}  // namespace agent::sinks
