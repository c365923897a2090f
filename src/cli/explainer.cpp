#include "cli/explainer.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/analyze_output.hpp"
#include "cli/mcp.hpp"
#include "cli/model.hpp"
#include "cli/show_report.hpp"
#include "cli/steps.hpp"
#include "cli/wiring.hpp"
#include "flows/explain.hpp"
#include "flows/remembered.hpp"
#include "flows/replay.hpp"
#include "flows/transcript.hpp"
#include "tools/builtin_tools.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <mutex>
#include <utility>

namespace agent::cli {
namespace {

constexpr std::uint64_t spool_bytes = std::uint64_t{64} * 1024 * 1024;  // compressed
constexpr std::string_view dry_run_flag = "--dry-run", fresh_flag = "--fresh", transcript_flag = "--transcript",
                           replay_flag = "--replay";

std::function<std::string(std::string_view)> redact_with(flows::SharedRedactor& redactor) {
  return [&redactor](std::string_view text) {
    const std::lock_guard lock(redactor.guard);
    return redactor.redactor.redact(text);
  };
}

loop::Limits limits_of(const Settings& settings) {
  return {.turns = static_cast<int>(settings.integer("loop.turns")),
          .tool_calls = static_cast<int>(settings.integer("loop.tool_calls")),
          .tokens = settings.integer("loop.tokens"),
          .cost_usd = settings.number("loop.cost").value_or(0),
          .until = std::nullopt};
}

/// Each line fit for a terminal.
std::string clean(std::string_view text) {
  std::string all;
  for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(text.size(), end + 1))) {
    end = std::min(text.find('\n'), text.size());
    all += clean_line(text.substr(0, end)) + "\n";
  }
  return all;
}

std::string_view role_name(llm::Role role) {
  switch (role) {
    case llm::Role::system: return "system";
    case llm::Role::user: return "user";
    case llm::Role::assistant: return "assistant";
    case llm::Role::tool: return "tool";
  }
  return "";
}

/// The request as text: what it costs to send, then each message, then the tools.
std::string shown(const llm::ModelRequest& request, const llm::Model& model) {
  std::size_t code_points = 0;
  std::string messages, tools;
  for (const llm::Message& message : request.messages) {
    code_points += count_code_points(message.text);
    messages += fmt::format("--- {}\n{}\n", role_name(message.role), message.text);
  }
  for (const llm::ToolDescription& tool : request.tools) {
    code_points += count_code_points(tool.description) + count_code_points(tool.input_schema.dump());
    tools += fmt::format("{}{}", tools.empty() ? "" : ", ", tool.name);
  }
  const Usage usage{.input_tokens = static_cast<std::int64_t>(code_points / 4)};
  const auto price = model.price();
  const std::string cost = price ? fmt::format("${:.4f}", llm::cost_usd(*price, usage)) : "price not known";
  return fmt::format("would ask {}: about {} tokens to begin with ({}), {} tools\n{}--- tools\n{}\n", model.name(),
                     usage.input_tokens, cost, request.tools.size(), messages, tools);
}

}  // namespace

std::vector<Argument> model_arguments() {
  return {
      {.name = transcript_flag, .value = "FILE", .help = "Write down what the model and its tools said, for --replay"},
      {.name = replay_flag, .value = "FILE", .help = "The report of a transcript again: no network, no cost"},
      {.name = fresh_flag, .value = "", .help = "Ask the model, also where it explained the same failure lately"},
      {.name = dry_run_flag,
       .value = "",
       .help = "Show what the model would be sent, and what that costs; send nothing"}};
}

Explainer::Explainer(Context& context, flows::SharedRedactor& redactor)
    : context_(context),
      redactor_(redactor),
      library_(redact_with(redactor)),
      started_(std::chrono::steady_clock::now()) {}

Result<std::unique_ptr<Explainer>> Explainer::make(Context& context, flows::SharedRedactor& redactor) {
  const bool only_evidence = wants_only_evidence(context.settings) && context.settings.list("analyze.report").empty();
  const bool has_model = TRY(model_choice(context)).has_value();
  const bool dry_run = !context.all(dry_run_flag).empty();
  if (!has_model && (dry_run || context.settings.enabled("loop.require_model")))
    return fail(ErrorKind::settings, dry_run ? "no model is configured" : "a model is required and none is configured",
                dry_run ? std::string(dry_run_flag) : context.settings.at("loop.require_model").where,
                "name one: --model, LITELLM_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY; agent config show");
  if (!has_model || only_evidence) return nullptr;
  std::unique_ptr<Explainer> made(new Explainer(context, redactor));
  made->dry_run_ = dry_run;
  TRY(made->prepare());
  return made;
}

Result<void> Explainer::prepare() {
  const std::string& folder = context_.settings.text("loop.prompts");
  prompts_ = folder.empty() ? loop::embedded_prompts() : TRY(loop::load_prompts(folder));
  limits_ = limits_of(context_.settings);
  model_ = TRY(open_model(context_, redactor_));
  if (!dry_run_) store_ = open_store(context_);
  return {};
}

net::Deadline Explainer::deadline() const {
  const auto timeout = context_.timeout();
  return timeout ? started_ + *timeout : net::Deadline::max();
}

Result<std::unique_ptr<tools::Toolbox>> Explainer::make_toolbox(std::shared_ptr<tools::Spool> spool) const {
  tools::ToolboxOptions options;
  for (const McpServerSettings& server : TRY(mcp_servers(context_.settings, context_.environment)))
    options.policies[server.name] = policy_of(server);
  options.spool = std::move(spool);
  options.redact = redact_with(redactor_);
  return std::make_unique<tools::Toolbox>(std::move(options));
}

Result<std::vector<NotChecked>> Explainer::fill(tools::Toolbox& box, const Surroundings& around,
                                                const std::stop_token& stop) const {
  auto servers = TRY(mcp_servers(context_.settings, context_.environment));
  if (!around.server_tools.empty()) box.add("kubernetes", around.server_tools);
  if (around.source) box.add("", tools::builtin_tools(around.source, around.name_space));
  // The cluster's was connected before the rules, or could not be.
  if (!around.server_tools.empty() || around.source)
    std::erase_if(servers, [](const McpServerSettings& server) { return server.name == "kubernetes"; });
  const McpParts parts{context_.environment, context_.settings.text("cluster.ca_file"), redactor_, deadline(), stop};
  return add_server_tools(servers, parts, box);
}

/// What earlier runs know goes into the report; the report of the one that a model explained, where it still holds.
std::optional<Report> Explainer::recall(Report& rules) const {
  if (!store_) return std::nullopt;
  const flows::Freshness freshness{.fresh_after = context_.settings.duration("store.fresh_after"),
                                   .fresh = !context_.all(fresh_flag).empty()};
  flows::Remembered known = flows::recall(rules, *store_, freshness, system_clock().now());
  rules.seen = std::move(known.seen);
  if (known.not_checked) rules.not_checked.push_back(*std::move(known.not_checked));
  if (!known.explained) return std::nullopt;
  return flows::explain_as_before(rules, *known.explained, library_, redactor_);
}

Result<Report> Explainer::explain(Report rules, const Surroundings& around, const std::stop_token& stop) {
  if (!flows::asks_for_model(rules)) {
    flows::finish_texts(rules, redactor_);
    return rules;
  }
  library_.know(rules);
  std::optional<Report> known = recall(rules);
  Report report = known ? *std::move(known) : TRY(investigate(std::move(rules), around, stop));
  if (store_) flows::keep(report, *store_, system_clock().now());
  return report;
}

Result<Report> Explainer::investigate(Report rules, const Surroundings& around, const std::stop_token& stop) {
  const std::shared_ptr<tools::Spool> spool = tools::memory_spool(spool_bytes);
  const auto box = TRY(make_toolbox(spool));
  for (NotChecked& missing : TRY(fill(*box, around, stop))) rules.not_checked.push_back(std::move(missing));
  Steps steps(context_, redactor_, model_->name());
  loop::Limits limits = limits_;
  // A part of the time is left for what comes after: the report is printed before --timeout ends all.
  const auto now = std::chrono::steady_clock::now();
  limits.until = now + context_.settings.duration("loop.time");
  if (const auto end = deadline(); end != net::Deadline::max())
    limits.until = std::min(*limits.until, now + (end - now) * 9 / 10);
  const loop::Parts parts{.model = *model_,
                          .toolbox = *box,
                          .library = library_,
                          .clock = system_clock(),
                          .prompts = prompts_,
                          .observer = steps,
                          .spool = spool.get(),
                          .redact = redact_with(redactor_)};
  const std::string path = context_.one(transcript_flag);
  std::optional<flows::TranscriptWriter> transcript;
  if (!path.empty()) {
    transcript.emplace(TRY(flows::transcript_file(path)), parts);
    steps.also(*transcript);
    transcript->begin({request_id(), std::string(version)}, rules, limits);
  }
  Report report = flows::explain(std::move(rules), limits, parts, redactor_, stop).report;
  if (transcript) transcript_written_ = transcript->end(report);
  return report;
}

Result<int> Explainer::show_request(Report rules, const Surroundings& around, const std::stop_token& stop) {
  const auto box = TRY(make_toolbox(nullptr));
  TRY(fill(*box, around, stop));
  loop::Observer nobody;
  library_.know(rules);
  const auto request = loop::first_request(rules, {*model_, *box, library_, system_clock(), prompts_, nobody});
  TRY(context_.out.write(clean(redact_with(redactor_)(shown(request, *model_)))));
  return 0;
}

void remember(const Context& context, Report& report) {
  if (context.settings.text("store.path").empty()) return;
  const auto store = open_store(context);
  if (!store) return;
  const auto now = system_clock().now();
  flows::Remembered known = flows::recall(report, *store, {}, now);
  report.seen = std::move(known.seen);
  if (known.not_checked) report.not_checked.push_back(*std::move(known.not_checked));
  flows::keep(report, *store, now);
}

Result<int> replay(Context& context) {
  flows::Replay recorded = TRY(flows::open_replay(context.one(replay_flag)));
  flows::SharedRedactor redactor;
  Steps steps(context, redactor, "the transcript");
  const loop::Parts parts = recorded.parts(steps);
  const Report report = flows::explain(recorded.rules(), recorded.limits(), parts, redactor, {}).report;
  TRY(recorded.check(report));
  TRY(show_report(context, context.out, report));
  TRY(check_model(context, report));
  return exit_code(context.settings, report);
}

Result<void> check_model(const Context& context, const Report& report) {
  if (!report.degraded || !context.settings.enabled("loop.require_model")) return {};
  return fail(ErrorKind::model_failed, "the model gave no report, and one is required", report.degraded_because,
              "leave out --require-model, where the report of the rules will do");
}

}  // namespace agent::cli
