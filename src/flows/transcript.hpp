#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/report.hpp"
#include "llm/model.hpp"
#include "loop/investigate.hpp"
#include "loop/library.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::flows {

/// Where a transcript's lines go, each without its newline.
using TranscriptLines = std::function<Result<void>(std::string_view line)>;

/// A file that only its owner may read (0600), also when it was there before; each line is written at once. Errors:
/// `delivery_failed`, also of a line.
[[nodiscard]] Result<TranscriptLines> transcript_file(const std::string& path);

/// Digest of the request as a transcript has it: of the messages, the names of tools, and whether one must be called.
[[nodiscard]] std::string digest_of(const llm::ModelRequest& request);

/// Digest of the report's JSON form.
[[nodiscard]] std::string digest_of(const Report& report);

/// Writes what an investigation is made of, as it happens, so that it can be run again without network (open_replay()):
/// JSON, a line each. First a header with the rules' report, limits, prompts, model, tools and sources; then each
/// request (digest, and messages that are new), answer, failure, call and note, and the lines of the library that were
/// given out; last the digest of the final report. All of it passes the redactor. Of a tool's text at most 8 MiB.
/// One thread, but for what the library tells of.
class TranscriptWriter final : public loop::Observer {
 public:
  /// Who runs where, and why: in the header.
  struct Run {
    std::string id;
    std::string agent_version;
  };

  /// `parts` are those of the investigation, whose observer tells this one. Both outlive it. Takes the library's watch.
  TranscriptWriter(TranscriptLines lines, const loop::Parts& parts);
  ~TranscriptWriter() override;
  TranscriptWriter(const TranscriptWriter&) = delete;
  TranscriptWriter& operator=(const TranscriptWriter&) = delete;

  /// The header; before the investigation.
  void begin(const Run& run, const Report& rules, const loop::Limits& limits);

  void asks(int turn, const llm::ModelRequest& request) override;
  void answered(int turn, const llm::ModelAnswer& answer) override;
  void failed(int turn, const llm::ModelFailure& failure) override;
  void called(const loop::CallRecord& call) override;
  void noted(std::string_view event, std::string_view detail) override;

  /// The last line. Errors: of any line, the first one.
  [[nodiscard]] Result<void> end(const Report& report);

 private:
  void write(const nlohmann::json& value);
  void write_lines();
  [[nodiscard]] nlohmann::json step(const char* name, int turn) const;
  [[nodiscard]] nlohmann::json tools() const;
  [[nodiscard]] std::string whole_text(const tools::ToolResult& result) const;

  TranscriptLines lines_;
  const loop::Parts& parts_;
  std::chrono::steady_clock::time_point start_;
  std::vector<std::string> sent_;  // Digests of the last request's messages.
  Result<void> state_;
  std::mutex guard_;                                                 // Of what follows.
  std::map<std::string, std::map<std::size_t, std::string>> given_;  // Not written yet.
  std::set<std::pair<std::string, std::size_t>> written_;
};

}  // namespace agent::flows
