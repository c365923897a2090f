#include "cli/delivery.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/ci_files.hpp"
#include "cli/pipeline_run.hpp"
#include "cli/show_report.hpp"
#include "cli/wiring.hpp"
#include "flows/report_parts.hpp"
#include "flows/time_limits.hpp"
#include "sinks/display.hpp"
#include "sinks/gitea.hpp"
#include "sinks/github.hpp"
#include "sinks/github_actions.hpp"
#include "sinks/issue_tracker.hpp"
#include "sinks/pull_request.hpp"
#include "sinks/slack.hpp"
#include "sinks/tool_forge.hpp"
#include "sinks/webhook.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <mutex>

namespace agent::cli {
namespace {

using Kind = PlannedPlace::Kind;

/// Of looking an issue up before the report is shown.
constexpr std::chrono::seconds most_look_up{30};

Result<std::unique_ptr<sinks::Forge>> forge_by_api(const PlannedPlace& place, const DeliveryParts& parts) {
  const Settings& settings = parts.context.settings;
  const bool is_github = place.forge == "github";
  const std::string url = forge_address(place.forge, settings, parts.context.environment);
  if (url.empty())
    return fail(ErrorKind::settings, "the address of " + place.forge + " is not known", "gitea.url", "set GITEA_URL");
  const sinks::ForgeAccess access{.api_url = url,
                                  .token = TRY(secret_setting(parts.context, place.forge + ".token", parts.redactor)),
                                  .owner = place.owner,
                                  .repository = place.repo,
                                  .http = outgoing_options(parts.context),
                                  .token_setting = is_github ? "GITHUB_TOKEN" : "GITEA_TOKEN"};
  return is_github ? sinks::github_forge(access) : sinks::gitea_forge(access);
}

/// Where a browser finds the repository's forge.
std::string web_address(const PlannedPlace& place) {
  constexpr std::string_view enterprise = "/api/v3";
  if (place.forge == "github" && place.url == "https://api.github.com") return "https://github.com";
  return place.url.ends_with(enterprise) ? place.url.substr(0, place.url.size() - enterprise.size()) : place.url;
}

/// Nothing: settings name no such server.
Result<std::unique_ptr<sinks::Forge>> forge_by_tools(const PlannedPlace& place, const DeliveryParts& parts) {
  const auto deadline = std::chrono::steady_clock::now() + flows::most_time;
  auto tools = TRY(open_server_tools(parts.context, place.forge, parts.redactor, deadline, parts.stop));
  if (!tools) return nullptr;
  return TRY(sinks::tool_forge(
      *tools, {.name = place.forge, .owner = place.owner, .repository = place.repo, .web_url = web_address(place)}));
}

/// An MCP server's tools first, as for a cluster; where they fail, the API.
Result<std::unique_ptr<sinks::Forge>> open_forge(const PlannedPlace& place, const DeliveryParts& parts) {
  const Settings& settings = parts.context.settings;
  if (place.owner.empty())
    return fail(
        ErrorKind::settings, "no repository is named", "issue.repo",
        place.forge == "github" ? "--repo OWNER/NAME, or GITHUB_REPOSITORY" : "--repo OWNER/NAME, or GITEA_REPO");
  if (!is_reached_by(place, settings, parts.context.environment))
    return fail(ErrorKind::settings, "it waits for another server than the settings name now", place.url,
                std::string(place.forge == "github" ? "GITHUB_API_URL" : "GITEA_URL") +
                    " of then, or forget it: agent deliver --drop ID");
  const std::string& way = settings.text("issue.way");
  if (way == "api") return forge_by_api(place, parts);
  auto by_tools = forge_by_tools(place, parts);
  if (by_tools && *by_tools) return by_tools;
  if (way == "mcp") {
    if (!by_tools) return by_tools;
    return fail(ErrorKind::settings, "no MCP server '" + place.forge + "' is configured", "issue.way",
                "set mcp.servers." + place.forge + ".url, or AGENT_ISSUE_WAY=api");
  }
  if (!by_tools)
    log(LogLevel::warning, "forge.no_tools", {{"server", place.forge}, {"message", by_tools.error().what}});
  return forge_by_api(place, parts);
}

sinks::TrackerOptions tracker_options(const Settings& settings) {
  sinks::TrackerOptions options;
  options.style.title_template = settings.text("issue.title");
  options.style.version = version;
  options.labels = settings.list("issue.labels");
  options.assignees = settings.list("issue.assignees");
  options.closed = settings.text("issue.closed") == "link" ? sinks::ClosedIssue::link : sinks::ClosedIssue::reopen;
  options.update_every = settings.duration("issue.update_every");
  return options;
}

Result<std::unique_ptr<sinks::Sink>> slack(const DeliveryParts& parts) {
  const auto secret = [&](const char* key) { return secret_setting(parts.context, key, parts.redactor); };
  return sinks::slack_sink({.webhook_url = TRY(secret("slack.webhook_url")),
                            .token = TRY(secret("slack.token")),
                            .channel = parts.context.settings.text("slack.channel"),
                            .api_url = parts.context.settings.text("slack.api_url"),
                            .http = outgoing_options(parts.context)});
}

Result<std::unique_ptr<sinks::Sink>> webhook(const DeliveryParts& parts) {
  const auto secret = [&](const char* key) { return secret_setting(parts.context, key, parts.redactor); };
  const std::string url = TRY(secret("webhook.url"));
  return sinks::webhook_sink(
      {.url = url, .secret = TRY(secret("webhook.secret")), .http = outgoing_options(parts.context)});
}

/// What of the settings is missing to notify somebody; empty when all is there.
std::string missing(Kind kind, const Settings& settings) {
  const auto lacks = [&](const std::string& key) {
    return settings.text(key).empty() && settings.text(key + "_file").empty();
  };
  if (kind == Kind::webhook) {
    if (!lacks("webhook.url")) return lacks("webhook.secret") ? "AGENT_WEBHOOK_SECRET" : "";
    return lacks("webhook.secret") ? "AGENT_WEBHOOK_URL and AGENT_WEBHOOK_SECRET" : "AGENT_WEBHOOK_URL";
  }
  if (!lacks("slack.webhook_url") || (!lacks("slack.token") && !settings.text("slack.channel").empty())) return "";
  return lacks("slack.token") ? "SLACK_WEBHOOK_URL, or SLACK_BOT_TOKEN and SLACK_CHANNEL" : "SLACK_CHANNEL";
}

flows::Destination open_notified(const PlannedPlace& place, const DeliveryParts& parts) {
  flows::Destination destination{.key = key_of(place)};
  const std::string lacking = missing(place.kind, parts.context.settings);
  if (!lacking.empty()) {
    destination.unavailable =
        Error{ErrorKind::settings, "its settings are not complete", "agent config show", "set " + lacking};
    return destination;
  }
  auto sink = place.kind == Kind::slack ? slack(parts) : webhook(parts);
  if (sink)
    destination.sink = *std::move(sink);
  else
    destination.unavailable = std::move(sink).error();
  return destination;
}

/// All secrets that settings hold, before anything is read: what a log says of them is hidden, too. A file that can't
/// be read is told of when it is needed.
void learn_secrets(const Context& context, flows::SharedRedactor& redactor) {
  for (const Setting& setting : settings_table()) {
    if (setting.secret == Secret::no || setting.key.find('*') != std::string_view::npos) continue;
    if (const std::string& value = context.settings.text(setting.key); !value.empty()) redactor.learn(value, "secret");
  }
  for (const char* key :
       {"gitea.token", "github.token", "slack.webhook_url", "slack.token", "webhook.url", "webhook.secret"})
    (void)secret_setting(context, key, redactor);
}

/// What fails for a reason that is not known is told of a command, which says itself that it failed.
bool is_worth_telling(const Report& report) {
  return (flows::is_a_failure(report) && report.verdict == Verdict::failing) || report.exit_code.value_or(0) != 0;
}

/// A folder for what waits where the store can't be written. Others may have made it: then it is not ours.
std::string spare_path(const Environment& environment) {
  const auto base = environment.find("TMPDIR");
  const std::string folder = (base == environment.end() || base->second.empty() ? "/tmp" : base->second) +
                             "/agent-outbox-" + std::to_string(getuid());
  (void)mkdir(folder.c_str(), S_IRWXU);
  struct stat about{};
  const bool is_ours = lstat(folder.c_str(), &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == getuid() &&
                       (about.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  return is_ours ? folder + "/store.db" : "";
}

}  // namespace

flows::Destination open_place(const PlannedPlace& place, const DeliveryParts& parts) {
  if (place.kind == Kind::slack || place.kind == Kind::webhook) return open_notified(place, parts);
  flows::Destination destination{.key = key_of(place)};
  auto forge = open_forge(place, parts);
  if (!forge) {
    destination.unavailable = std::move(forge).error();
  } else if (place.kind == Kind::pull_request) {
    destination.sink = sinks::pull_request_comment(*std::move(forge), place.number);
  } else {
    auto tracker = sinks::issue_tracker(*std::move(forge), tracker_options(parts.context.settings));
    destination.tracker = tracker.get();
    destination.sink = std::move(tracker);
  }
  return destination;
}

Error not_delivered(const flows::Undelivered& undelivered, const std::string& resend) {
  const Error& why = undelivered.error;
  return {ErrorKind::delivery_failed, "not delivered to " + undelivered.key + ": " + why.what, why.where,
          why.fix + (why.fix.empty() ? "" : "; ") + resend};
}

std::string Deliverer::how_to_resend(const flows::Undelivered& undelivered, const std::string& spare) const {
  using enum flows::Undelivered::Kept;
  const SettingValue& store = context_.settings.at("store.path");
  const std::string at = undelivered.kept == in_spare                                    ? spare
                         : store.origin == Origin::flag && undelivered.kept == in_outbox ? store.value
                                                                                         : "";
  if (undelivered.kept == nowhere) return "the report could not be kept: " + undelivered.not_kept_because;
  const std::string command = "agent deliver" + (at.empty() ? "" : " --store " + shell_quoted(at));
  if (undelivered.perhaps_delivered)
    return "it may have come: look there; the report is kept, " + command + " --again sends it";
  return "the report is kept, " + command + " sends it";
}

Result<std::unique_ptr<Deliverer>> Deliverer::make(Context& context, flows::SharedRedactor& redactor) {
  std::unique_ptr<Deliverer> made(new Deliverer(context, redactor));
  learn_secrets(context, redactor);
  made->planned_ = TRY(planned_places(context.settings, context.environment));
  TRY(sinks::check_title_template(context.settings.text("issue.title")));
  std::erase_if(made->planned_, [&](PlannedPlace& place) {
    if (place.kind != Kind::pull_request || place.number != 0) return false;
    place.number = sinks::pull_request_number(context.environment).value_or(0);
    return place.number == 0;  // a push, not a pull request
  });
  return made;
}

void Deliverer::open(const std::stop_token& stop) {
  if (opened_) return;
  opened_ = true;
  for (const PlannedPlace& place : planned_) places_.push_back(open_place(place, {context_, redactor_, stop}));
}

void Deliverer::take_pipeline(Report& report) const {
  auto pipeline = pipeline_run(context_.environment);
  if (!pipeline || report.pipeline) return;
  const std::lock_guard lock(redactor_.guard);
  for (std::string* text : {&pipeline->url, &pipeline->name, &pipeline->repository, &pipeline->branch})
    *text = redactor_.redactor.redact(*text);
  report.pipeline = std::move(pipeline);
}

std::string Deliverer::look_up(Report& report, const std::stop_token& stop) {
  take_pipeline(report);
  if (planned_.empty() || planned_.front().kind != Kind::issue || !flows::is_a_failure(report)) return {};
  flows::TimeLimits limits(stop);
  const flows::TimeLimits::Limit limit = limits.start(most_look_up);
  open(limit.token());
  if (places_.front().tracker == nullptr) return {};
  const auto known = places_.front().tracker->find(report.fingerprint, limit.token());
  if (!known || !*known) return {};
  const sinks::TrackedIssue& issue = **known;
  report.seen = SeenBefore{.issue_url = issue.url};
  return issue.open && issue.explained ? issue.url : "";
}

Result<void> Deliverer::tell(const std::string& message) {
  if (message.empty()) return {};
  const bool is_text = context_.settings.text("output.format") == "text" && !context_.has_child;
  return (is_text ? context_.out : context_.err).write(sinks::defuse_all_lines(clean_line(message)) + "\n");
}

Result<void> Deliverer::send(const Report& report, const std::stop_token& stop) {
  open(stop);
  // Nothing tells this failure from others: it is no issue's.
  if (!flows::is_a_failure(report))
    std::erase_if(places_, [](const flows::Destination& place) { return place.tracker != nullptr; });
  const auto outbox = open_store(context_);
  std::string spare_at;
  std::unique_ptr<store::Store> spare;
  const auto open_spare = [&] {
    if (context_.settings.text("store.path") != "none") spare_at = spare_path(context_.environment);
    spare = open_store_at(spare_at);
    return spare.get();
  };
  const bool remembers = !context_.settings.text("store.path").empty() || !report.usage.model.empty();
  const flows::Deliveries made = flows::deliver({.report = report, .id = flows::new_parcel_id()}, places_,
                                                {outbox.get(), open_spare, remembers}, system_clock().now(), stop);
  issue_url_ = made.issue_url;
  for (const sinks::Delivery& delivery : made.done) TRY(tell(delivery.message));
  Result<void> all;
  for (const flows::Undelivered& one : made.undelivered)
    all = first_failure(context_, all, std::unexpected(not_delivered(one, how_to_resend(one, spare_at))));
  return all;
}

Result<void> Deliverer::settle(const Report& report, const std::stop_token& stop) {
  std::erase_if(planned_, [](const PlannedPlace& place) { return place.kind != Kind::pull_request; });
  open(stop);
  const flows::Deliveries made = flows::settle({.report = report, .id = flows::new_parcel_id()}, places_, stop);
  for (const sinks::Delivery& delivery : made.done) TRY(tell(delivery.message));
  for (const flows::Undelivered& one : made.undelivered)
    log(LogLevel::warning, "not_settled", {{"place", one.key}, {"message", one.error.what}});
  return {};
}

Result<void> Deliverer::passed(const std::string& target, const std::stop_token& stop) {
  if (planned_.empty()) return {};
  Report report{
      .target = target, .created_at = rfc3339(system_clock().now()), .verdict = Verdict::healthy, .cause = "it passes"};
  take_pipeline(report);
  return settle(report, stop);
}

Result<void> Deliverer::deliver(const Report& report, const std::stop_token& stop) {
  Result<void> sent;
  if (!planned_.empty())
    sent = report.verdict == Verdict::healthy ? settle(report, stop)
           : is_worth_telling(report)         ? send(report, stop)
                                              : tell("Nothing was sent: no failure was recognised");
  return first_failure(context_, sent, write_ci_files(context_, report, issue_url_));
}

}  // namespace agent::cli
