#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "cli/command.hpp"
#include "cli/delivery_plan.hpp"
#include "flows/deliver.hpp"
#include "flows/shared_redactor.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

// The only place of the command line that names parts of `sinks` that send something.

namespace agent::cli {

/// What places are opened with.
struct DeliveryParts {
  const Context& context;
  flows::SharedRedactor& redactor;  ///< Learns every credential.
  std::stop_token stop;
};

/// The place, ready to take a report; `unavailable` says why it is not: no token, no address, a server that is down.
[[nodiscard]] flows::Destination open_place(const PlannedPlace& place, const DeliveryParts& parts);

/// What a report that was not delivered is told as: `delivery_failed`, with how to send it again.
[[nodiscard]] Error not_delivered(const flows::Undelivered& undelivered, const std::string& resend);

/// Tells a report to the places that settings name, and to the files of a CI system.
class Deliverer {
 public:
  /// Errors: those of planned_places(); `settings`: the title's template.
  [[nodiscard]] static Result<std::unique_ptr<Deliverer>> make(Context& context, flows::SharedRedactor& redactor);

  /// Says in the rules' report which run of a pipeline it is of, and where the failure was filed before. The address of
  /// the issue where a model's explanation of it stands already; else empty. A forge that does not answer costs no
  /// report: delivering tells of it.
  [[nodiscard]] std::string look_up(Report& report, const std::stop_token& stop);

  /// Sends the report, once it was shown, and says what came of it: on standard output below a report as text, else on
  /// standard error. Errors: `delivery_failed`, of the last place that did not take it; others are told before.
  [[nodiscard]] Result<void> deliver(const Report& report, const std::stop_token& stop);

  /// What passes now, says so where its failure was told of before and can be taken back: in a pull request's comment.
  [[nodiscard]] Result<void> passed(const std::string& target, const std::stop_token& stop);

 private:
  Deliverer(Context& context, flows::SharedRedactor& redactor) : context_(context), redactor_(redactor) {}
  void open(const std::stop_token& stop);
  void take_pipeline(Report& report) const;
  [[nodiscard]] Result<void> tell(const std::string& message);
  [[nodiscard]] Result<void> send(const Report& report, const std::stop_token& stop);
  [[nodiscard]] Result<void> settle(const Report& report, const std::stop_token& stop);
  [[nodiscard]] std::string how_to_resend(const flows::Undelivered& undelivered, const std::string& spare) const;

  Context& context_;
  flows::SharedRedactor& redactor_;
  std::vector<PlannedPlace> planned_;
  std::vector<flows::Destination> places_;
  bool opened_ = false;
  std::string issue_url_;
};

}  // namespace agent::cli
