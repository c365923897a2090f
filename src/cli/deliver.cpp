#include "cli/deliver.hpp"

#include "base/clock.hpp"
#include "base/signals.hpp"
#include "base/text.hpp"
#include "cli/delivery.hpp"
#include "cli/show_report.hpp"
#include "cli/wiring.hpp"
#include "flows/deliver.hpp"
#include "sinks/display.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <mutex>
#include <tuple>

namespace agent::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view list_flag = "--list", again_flag = "--again", drop_flag = "--drop";

flows::Destination open_key(const std::string& key, const DeliveryParts& parts) {
  std::optional<PlannedPlace> place = place_of_key(key);
  if (place && !place->forge.empty() && place->owner.empty()) {
    const auto named = repository_of(place->forge, parts.context.settings, parts.context.environment);
    if (named) std::tie(place->owner, place->repo) = std::tie(named->owner, named->repo);
  }
  if (place) return open_place(*place, parts);
  return {.key = key,
          .unavailable = Error{ErrorKind::settings, "this version knows no such place", key, "agent deliver --drop"}};
}

/// Foreign texts of the store, fit to be shown.
std::string shown(std::string_view text, flows::SharedRedactor& redactor) {
  const std::lock_guard lock(redactor.guard);
  return clean_line(redactor.redactor.redact(text));
}

Result<int> list_as_json(Context& context, const std::vector<store::Waiting>& all, flows::SharedRedactor& redactor) {
  Json rows = Json::array();
  for (const store::Waiting& one : all)
    rows.push_back({{"id", one.id},
                    {"to", shown(one.sink, redactor)},
                    {"target", shown(one.report.target, redactor)},
                    {"fingerprint", shown(one.report.fingerprint, redactor)},
                    {"since", rfc3339(one.report.at)},
                    {"tries", one.tries},
                    {"perhaps_delivered", one.perhaps_delivered},
                    {"being_sent", one.claimed},
                    {"why", shown(one.why, redactor)}});
  TRY(context.out.write(rows.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
  return 0;
}

Result<int> list(Context& context, store::Store& outbox) {
  flows::SharedRedactor redactor;
  const std::vector<store::Waiting> all = TRY(outbox.waiting());
  if (TRY(output_format(context)) == "json") return list_as_json(context, all, redactor);
  std::string text = all.empty() ? "nothing waits\n" : "";
  for (const store::Waiting& one : all)
    text += fmt::format("{}  {}  {}  since {}, {} {}{}: {}\n", one.id, shown(one.sink, redactor),
                        shown(one.report.target, redactor), rfc3339(one.report.at), one.tries,
                        one.tries == 1 ? "try" : "tries",
                        one.claimed             ? ", being sent, or its sender died"
                        : one.perhaps_delivered ? ", perhaps delivered"
                                                : "",
                        shown(one.why, redactor));
  TRY(context.out.write(text));
  return 0;
}

Result<void> drop_one(store::Store& outbox, std::int64_t id) {
  if (TRY(outbox.claim(id))) return outbox.done(id);
  return fail(ErrorKind::target_not_found, "no report " + std::to_string(id) + " waits, or it is being sent",
              std::string(drop_flag), "agent deliver --list");
}

Result<int> drop(Context& context, store::Store& outbox) {
  for (const std::string& text : context.all(drop_flag)) {
    if (text == "all") {
      for (const store::Waiting& one : TRY(outbox.waiting())) TRY(drop_one(outbox, one.id));
      continue;
    }
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size())
      return fail(ErrorKind::usage, "'" + clean_line(text) + "' is no number of a report", std::string(drop_flag),
                  "agent deliver --list");
    TRY(drop_one(outbox, id));
  }
  return 0;
}

Result<void> tell_sent(Context& context, const flows::Resent& sent) {
  if (TRY(output_format(context)) == "json") {
    Json rows = Json::array();
    for (const sinks::Delivery& one : sent.done)
      rows.push_back({{"delivered", true}, {"message", clean_line(one.message)}, {"url", clean_line(one.url)}});
    for (const flows::Undelivered& one : sent.undelivered)
      rows.push_back({{"delivered", false}, {"message", clean_line(one.error.what)}, {"to", clean_line(one.key)}});
    return context.out.write(rows.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  for (const sinks::Delivery& one : sent.done)
    TRY(context.out.write(sinks::defuse_all_lines(clean_line(one.message)) + "\n"));
  return {};
}

/// What was left alone.
Result<void> tell_rest(Context& context, const flows::Resent& sent) {
  if (context.settings.enabled("output.quiet")) return {};
  std::string text;
  if (sent.not_tried > 0) text += fmt::format("{} more not tried: their places failed\n", sent.not_tried);
  if (sent.claimed > 0)
    text += fmt::format("{} being sent by another run; where that died, again in ten minutes\n", sent.claimed);
  if (text.empty() && sent.done.empty() && sent.undelivered.empty()) text = "nothing waits\n";
  return context.err.write(text);
}

Result<int> send(Context& context, store::Store& outbox) {
  const Interrupts interrupts({.timeout = context.timeout(), .grace = std::chrono::seconds(5)});
  flows::SharedRedactor redactor;
  const DeliveryParts parts{context, redactor, interrupts.token()};
  const flows::Resend resend{.open = [&](const std::string& key) { return open_key(key, parts); },
                             .perhaps_delivered = !context.all(again_flag).empty()};
  const flows::Resent sent = TRY(flows::deliver_again(outbox, resend, interrupts.token()));
  TRY(tell_sent(context, sent));
  TRY(tell_rest(context, sent));
  Result<void> all;
  for (const flows::Undelivered& one : sent.undelivered)
    all = first_failure(context, all, std::unexpected(not_delivered(one, "it waits on: agent deliver --list")));
  return ended(context, all ? Result<int>(0) : std::unexpected(all.error()), interrupts);
}

Result<int> deliver(Context& context) {
  const auto outbox = open_store(context);
  if (outbox == nullptr)
    return fail(ErrorKind::settings, "there is no store, so nothing waits", context.settings.at("store.path").where,
                "name its file: --store FILE");
  if (!context.all(list_flag).empty()) return list(context, *outbox);
  if (!context.all(drop_flag).empty()) return drop(context, *outbox);
  if (context.settings.enabled("offline"))
    return fail(ErrorKind::usage, "a report can't be sent without a network", "--offline", "agent deliver --list");
  return send(context, *outbox);
}

}  // namespace

std::vector<Command> deliver_commands() {
  return {{.path = "deliver",
           .summary = "Send the reports that could not be delivered",
           .examples = "  agent deliver --list\n"
                       "  agent deliver\n"
                       "  agent deliver --drop 7\n",
           .arguments = {{.name = list_flag, .value = "", .help = "Show what waits, and send nothing"},
                         {.name = again_flag,
                          .value = "",
                          .help = "Send also what was perhaps delivered to a place that would show it twice"},
                         {.name = drop_flag,
                          .value = "ID|all",
                          .help = "Forget one that waits, or all",
                          .occurs = Occurs::any_number}},
           .run = deliver,
           .formats = "text json"}};
}

}  // namespace agent::cli
