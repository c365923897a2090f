#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "cli/command.hpp"
#include "cli/model.hpp"
#include "flows/shared_redactor.hpp"
#include "kube/source.hpp"
#include "llm/model.hpp"
#include "loop/investigate.hpp"
#include "loop/library.hpp"
#include "loop/prompts.hpp"
#include "net/http.hpp"
#include "store/store.hpp"
#include "tools/tool.hpp"
#include "tools/toolbox.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace agent::cli {

/// The flags of `analyze` that are about a model and no settings.
[[nodiscard]] std::vector<Argument> model_arguments();

/// Where a model may look beside the texts that were read.
struct Surroundings {
  std::shared_ptr<kube::Source> source = {};  ///< The cluster or snapshot; null: none, or `server_tools` look at it.
  std::string name_space = {};                ///< Where a tool's call names none.
  std::vector<std::shared_ptr<tools::Tool>> server_tools = {};  ///< Of the cluster's MCP server.
};

/// Lets a model explain what rules found, as settings and flags have it.
class Explainer {
 public:
  /// Null when no model is to be asked: none is configured, `--offline`, or only evidence is wanted. `redactor`, which
  /// outlives it, learns the model's key. A key that is missing or can't be read ends nothing: reports are then
  /// `degraded`. A command that prints it is run later, when the rules have had their say. Errors: `settings`, also for
  /// `--require-model` without a model; `usage`.
  [[nodiscard]] static Result<std::unique_ptr<Explainer>> make(Context& context, flows::SharedRedactor& redactor);

  [[nodiscard]] loop::Library& library() { return library_; }

  /// The report as it is to be shown. Whatever fails of the model, the rules' report comes back, `degraded`.
  /// `explained`: where an explanation of the failure is to be read, so that no model is asked, but for `--fresh`; may
  /// be empty. Errors: `settings`, and those of an MCP server that is `required`.
  [[nodiscard]] Result<Report> explain(Report rules, const Surroundings& around, const std::string& explained,
                                       const std::stop_token& stop);

  /// What is to be told after the report. Errors: `deadline`: `--timeout` ended the investigation; `delivery_failed`:
  /// the transcript could not be written.
  [[nodiscard]] const Result<void>& ended() const { return ended_; }

  [[nodiscard]] bool is_dry_run() const { return dry_run_; }
  /// `--dry-run`: what would be sent first, how many tokens that is and what it costs, on standard output.
  [[nodiscard]] Result<int> show_request(const Report& rules, const Surroundings& around, const std::stop_token& stop);

 private:
  Explainer(Context& context, flows::SharedRedactor& redactor);
  [[nodiscard]] Result<void> prepare();
  void open(const std::stop_token& stop);
  [[nodiscard]] Report without_model(Report rules) const;
  void tell_outcome(const Report& report) const;
  [[nodiscard]] Result<std::vector<NotChecked>> fill(tools::Toolbox& box, const Surroundings& around,
                                                     const std::stop_token& stop) const;
  [[nodiscard]] Result<tools::ToolboxOptions> toolbox_options() const;
  [[nodiscard]] std::optional<Report> recall(Report& rules) const;
  [[nodiscard]] Result<Report> investigate(Report rules, const Surroundings& around, const std::stop_token& stop);
  [[nodiscard]] net::Deadline deadline() const;

  Context& context_;
  flows::SharedRedactor& redactor_;
  loop::Library library_;
  std::optional<ModelChoice> choice_;
  std::unique_ptr<llm::Model> model_;  ///< Null: it can't be asked, see `unavailable_`.
  std::optional<Error> unavailable_;
  std::unique_ptr<store::Store> store_;  ///< Null: nothing is remembered.
  loop::Prompts prompts_;
  loop::Limits limits_;
  bool dry_run_ = false;
  Result<void> ended_;
  std::chrono::steady_clock::time_point started_;
};

/// What follows the rules, whatever they looked at: a model's explanation where `explainer` is not null, and what
/// earlier runs know. `explained`, and errors: as of Explainer::explain().
[[nodiscard]] Result<Report> conclude(const Context& context, Explainer* explainer, Report rules,
                                      const Surroundings& around, const std::string& explained,
                                      const std::stop_token& stop);

/// Without a model: says in the report what earlier runs know of the failure, and keeps it, where `store.path` names a
/// file.
void remember(const Context& context, Report& report);

/// Errors: `model_failed` when a model was required and the report had to do without.
[[nodiscard]] Result<void> check_model(const Context& context, const Report& report);

/// `--replay FILE`: the report of an earlier run's transcript, without network. Errors: `unreadable`, `settings`.
[[nodiscard]] Result<int> replay(Context& context);

}  // namespace agent::cli
