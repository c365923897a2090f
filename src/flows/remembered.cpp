#include "flows/remembered.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "flows/report_parts.hpp"
#include "sinks/report_json.hpp"

#include <nlohmann/json.hpp>

namespace agent::flows {
namespace {

using Moment = std::chrono::system_clock::time_point;

/// A moment after `now` is of a wrong clock, and would stay fresh for long.
bool is_fresh(Moment made, const Freshness& freshness, Moment now) {
  return !freshness.fresh && made <= now && now - made < freshness.fresh_after;
}

Result<std::optional<SeenBefore>> seen_before(const std::string& fingerprint, store::Store& store) {
  const std::optional<store::Seen> seen = TRY(store.seen(fingerprint));
  if (!seen || seen->times == 0) return std::nullopt;
  return SeenBefore{seen->times, rfc3339(seen->first), rfc3339(seen->last), seen->issue_url};
}

Result<std::optional<Report>> explained_before(const std::string& fingerprint, store::Store& store,
                                               const Freshness& freshness, Moment now) {
  const std::optional<store::KeptReport> kept = TRY(store.explained(fingerprint));
  if (!kept || !is_fresh(kept->at, freshness, now)) return std::nullopt;
  Result<Report> report = sinks::parse_report(kept->json);
  if (!report)
    return fail(ErrorKind::unreadable, "the report kept of an earlier run can't be read", report.error().where,
                "ask the model again: --fresh");
  if (!report->explanation || report->fingerprint != fingerprint) return std::nullopt;
  report->explanation->made_at = rfc3339(kept->at);
  return *std::move(report);
}

}  // namespace

Remembered recall(const Report& rules, store::Store& store, const Freshness& freshness, Moment now) {
  Remembered remembered;
  if (!is_a_failure(rules)) return remembered;
  const auto failed = [&](const Error& error) { remembered.not_checked = NotChecked{"earlier runs", error.what}; };
  if (auto seen = seen_before(rules.fingerprint, store))
    remembered.seen = *std::move(seen);
  else
    failed(seen.error());
  if (!remembered.seen) return remembered;
  if (auto explained = explained_before(rules.fingerprint, store, freshness, now))
    remembered.explained = *std::move(explained);
  else
    failed(explained.error());
  return remembered;
}

void keep(const Report& report, store::Store& store, Moment now) {
  if (!is_a_failure(report)) return;
  const bool explained = report.explanation && report.explanation->made_at.empty();
  const auto kept = store.remember({report.fingerprint, now, report.target, explained, sinks::to_json(report).dump()});
  if (kept) return;
  const Error& error = kept.error();
  log(LogLevel::warning, "report_not_kept", {{"what", error.what}, {"where", error.where}, {"fix", error.fix}});
}

}  // namespace agent::flows
