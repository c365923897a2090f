#pragma once

#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "flows/shared_redactor.hpp"
#include "llm/model.hpp"
#include "loop/investigate.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace agent::cli {

/// Tells of an investigation's steps as they happen: with `-v` a line or two each on standard error, with
/// `--log-format json` a line of the log each (`instruction`, `returncode`), else a line on a terminal that says how
/// far things are. All of it redacted and fit for a terminal.
class Steps final : public loop::Observer {
 public:
  Steps(Context& context, flows::SharedRedactor& redactor, std::string model);

  /// Who is told as well, before the person; outlives this.
  void also(loop::Observer& other) { others_.push_back(&other); }

  void asks(int turn, const llm::ModelRequest& request) override;
  void says(std::string_view text) override;
  void answered(int turn, const llm::ModelAnswer& answer) override;
  void failed(int turn, const llm::ModelFailure& failure) override;
  void called(const loop::CallRecord& call) override;
  void noted(std::string_view event, std::string_view detail) override;

 private:
  [[nodiscard]] std::string safe(std::string_view text) const;
  [[nodiscard]] nlohmann::json safe_json(const nlohmann::json& value) const;
  void tell(const std::string& line);
  void tell_words(std::string_view words);
  void step(std::string_view event, const std::string& instruction, int code, std::string_view detail);

  Context& context_;
  flows::SharedRedactor& redactor_;
  const std::string model_;
  std::vector<loop::Observer*> others_;
  const bool verbose_, json_;
  Progress progress_;
  int turn_ = 0;
  std::size_t streamed_ = 0;
};

}  // namespace agent::cli
