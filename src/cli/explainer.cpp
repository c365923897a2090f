#include "cli/explainer.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/analyze_output.hpp"
#include "cli/mcp.hpp"
#include "cli/show_report.hpp"
#include "cli/steps.hpp"
#include "cli/wiring.hpp"
#include "flows/explain.hpp"
#include "flows/remembered.hpp"
#include "flows/replay.hpp"
#include "flows/transcript.hpp"
#include "tools/builtin_tools.hpp"
#include "tools/spool.hpp"

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

/// What the store knows, and where the failure is filed, which a forge knows better.
void take_seen(Report& report, std::optional<SeenBefore> known) {
  if (!known) return;
  if (report.seen && !report.seen->issue_url.empty()) known->issue_url = report.seen->issue_url;
  report.seen = std::move(known);
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

/// What a request would be, and cost.
struct Forecast {
  const ModelChoice& choice;
  const llm::ModelRequest& request;
  const loop::Limits& limits;
  std::int64_t tokens = 0;
  std::optional<double> cost_usd = std::nullopt;
};

Forecast forecast(const ModelChoice& choice, const llm::ModelRequest& request, const loop::Limits& limits) {
  std::size_t code_points = 0;
  for (const llm::Message& message : request.messages) code_points += count_code_points(message.text);
  for (const llm::ToolDescription& tool : request.tools)
    code_points += count_code_points(tool.description) + count_code_points(tool.input_schema.dump());
  Forecast made{choice, request, limits, static_cast<std::int64_t>(code_points / 4)};
  if (choice.price) made.cost_usd = llm::cost_usd(*choice.price, {.input_tokens = made.tokens});
  return made;
}

std::string spoken_limits(const loop::Limits& limits) {
  std::string text = fmt::format("{} turns, {} tool calls", limits.turns, limits.tool_calls);
  if (limits.tokens > 0) text += fmt::format(", {} tokens", limits.tokens);
  if (limits.cost_usd > 0) text += fmt::format(", ${}", limits.cost_usd);
  return text;
}

std::string as_text(const Forecast& all) {
  std::string messages, tools;
  for (const llm::Message& message : all.request.messages)
    messages += fmt::format("--- {}\n{}\n", role_name(message.role), message.text);
  for (const llm::ToolDescription& tool : all.request.tools)
    tools += fmt::format("{} {}\n", tool.name, tool.input_schema.dump());
  const std::string key = all.choice.key_where.empty() ? "without a key" : "key: " + all.choice.key_where;
  const std::string cost = all.cost_usd ? fmt::format("${:.4f}", *all.cost_usd) : "price not known";
  return fmt::format(
      "would ask {} of {} at {} ({})\nfirst turn: about {} tokens ({}); each turn sends what came before again\n"
      "at most: {}\n{}--- tools\n{}",
      all.choice.model, all.choice.provider, all.choice.base_url, key, all.tokens, cost, spoken_limits(all.limits),
      messages, tools);
}

std::string as_json(const Forecast& all) {
  using Json = nlohmann::ordered_json;
  Json messages = Json::array(), tools = Json::array();
  for (const llm::Message& message : all.request.messages)
    messages.push_back({{"role", role_name(message.role)}, {"text", message.text}});
  for (const llm::ToolDescription& tool : all.request.tools)
    tools.push_back({{"name", tool.name}, {"description", tool.description}, {"input_schema", tool.input_schema}});
  const Json json{{"provider", all.choice.provider},
                  {"model", all.choice.model},
                  {"base_url", all.choice.base_url},
                  {"first_turn_tokens", all.tokens},
                  {"first_turn_cost_usd", all.cost_usd ? Json(*all.cost_usd) : Json()},
                  {"messages", std::move(messages)},
                  {"tools", std::move(tools)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
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
  const Result<std::optional<ModelChoice>> choice = model_choice(context);
  const bool no_key = !choice && choice.error().kind == ErrorKind::unauthorised;
  if (!choice && !no_key) return std::unexpected(choice.error());
  const bool has_model = no_key || choice->has_value();
  const bool dry_run = !context.all(dry_run_flag).empty();
  if (!has_model && (dry_run || context.settings.enabled("loop.require_model")))
    return fail(ErrorKind::settings, dry_run ? "no model is configured" : "a model is required and none is configured",
                dry_run ? std::string(dry_run_flag) : context.settings.at("loop.require_model").where,
                "name one: --model, LITELLM_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY; agent config show");
  if (!has_model || only_evidence) return nullptr;
  std::unique_ptr<Explainer> made(new Explainer(context, redactor));
  made->dry_run_ = dry_run;
  if (no_key) made->unavailable_ = choice.error();
  if (!no_key) made->choice_ = *choice;
  TRY(made->prepare());
  return made;
}

Result<void> Explainer::prepare() {
  const std::string& folder = context_.settings.text("loop.prompts");
  prompts_ = folder.empty() ? loop::embedded_prompts() : TRY(loop::load_prompts(folder));
  limits_ = limits_of(context_.settings);
  if (choice_ && !choice_->key_by_command) open({});
  if (!dry_run_) store_ = open_store(context_);
  return {};
}

void Explainer::open(const std::stop_token& stop) {
  if (model_ || unavailable_) return;
  auto opened = open_model(context_, redactor_, stop);
  if (!opened) {
    unavailable_ = std::move(opened).error();
    return;
  }
  model_ = *std::move(opened);
  if (limits_.cost_usd > 0 && !model_->price())
    log(LogLevel::warning, "model.price_unknown",
        {{"model", model_->name()}, {"message", "--max-cost limits nothing: set its price, llm.prices"}});
}

net::Deadline Explainer::deadline() const {
  const auto timeout = context_.timeout();
  return timeout ? started_ + *timeout : net::Deadline::max();
}

Result<tools::ToolboxOptions> Explainer::toolbox_options() const {
  tools::ToolboxOptions options;
  for (const McpServerSettings& server : TRY(mcp_servers(context_.settings, context_.environment)))
    options.policies[server.name] = policy_of(server);
  options.spool = tools::memory_spool(spool_bytes);
  options.redact = redact_with(redactor_);
  return options;
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
  take_seen(rules, std::move(known.seen));
  if (known.not_checked) rules.not_checked.push_back(*std::move(known.not_checked));
  // Another model may know better.
  if (!known.explained || (model_ && known.explained->usage.model != model_->name())) return std::nullopt;
  return flows::explain_as_before(rules, *known.explained, library_, redactor_);
}

Result<Report> Explainer::explain(Report rules, const Surroundings& around, const std::string& explained,
                                  const std::stop_token& stop) {
  if (!flows::asks_for_model(rules)) {
    flows::finish_texts(rules, redactor_);
    return rules;
  }
  library_.know(rules);
  open(stop);
  std::optional<Report> known = recall(rules);
  if (!known && !explained.empty() && context_.all(fresh_flag).empty()) {
    log(LogLevel::info, "model.not_asked", {{"message", "explained in " + explained + "; --fresh asks again"}});
    flows::finish_texts(rules, redactor_);
    if (store_) flows::keep(rules, *store_, system_clock().now());
    return rules;
  }
  if (known && !context_.one(transcript_flag).empty())
    log(LogLevel::warning, "transcript.none", {{"message", "the failure was explained before; --fresh asks again"}});
  Report report = known    ? *std::move(known)
                  : model_ ? TRY(investigate(std::move(rules), around, stop))
                           : without_model(std::move(rules));
  tell_outcome(report);
  if (store_) flows::keep(report, *store_, system_clock().now());
  return report;
}

Report Explainer::without_model(Report rules) const {
  rules.degraded = true;
  rules.degraded_because = unavailable_->what + (unavailable_->fix.empty() ? "" : "; " + unavailable_->fix);
  flows::finish_texts(rules, redactor_);
  return rules;
}

/// A report in a form for programs may not be read for months: a model that is no use is told of beside it, too.
void Explainer::tell_outcome(const Report& report) const {
  const bool is_text = context_.settings.text("output.format") == "text" && log_format() == LogFormat::text;
  if (!report.degraded || is_text) return;
  const std::string code = std::to_string(traits(ErrorKind::model_failed).exit_code);
  log(LogLevel::warning, "model.degraded",
      {{"instruction", "explain " + report.target},
       {.key = "returncode", .value = code, .is_number = true},
       {"message", report.degraded_because}});
}

Result<Report> Explainer::investigate(Report rules, const Surroundings& around, const std::stop_token& stop) {
  tools::ToolboxOptions options = TRY(toolbox_options());
  const std::shared_ptr<tools::Spool> spool = options.spool;
  tools::Toolbox box(std::move(options));
  for (NotChecked& missing : TRY(fill(box, around, stop))) rules.not_checked.push_back(std::move(missing));
  Steps steps(context_, redactor_, model_->name());
  loop::Limits limits = limits_;
  // A part of the time is left for what comes after: the report is printed before --timeout ends all.
  const auto now = std::chrono::steady_clock::now();
  if (const auto most = context_.settings.duration("loop.time"); most.count() > 0) limits.until = now + most;
  const auto end = deadline();
  const auto by_timeout = end == net::Deadline::max() ? end : now + (end - now) * 9 / 10;
  const bool timeout_is_first = by_timeout < limits.until.value_or(net::Deadline::max());
  if (timeout_is_first) limits.until = by_timeout;
  const loop::Parts parts{.model = *model_,
                          .toolbox = box,
                          .library = library_,
                          .clock = system_clock(),
                          .prompts = prompts_,
                          .observer = steps,
                          .spool = spool.get(),
                          .redact = redact_with(redactor_)};
  const std::string path = context_.one(transcript_flag);
  std::optional<flows::TranscriptWriter> transcript;
  if (!path.empty()) {
    if (auto file = flows::transcript_file(path)) {
      transcript.emplace(*std::move(file), parts);
      steps.also(*transcript);
      transcript->begin({request_id(), std::string(version)}, rules, limits);
    } else {
      ended_ = std::unexpected(std::move(file).error());
    }
  }
  Report report = flows::explain(std::move(rules), limits, parts, redactor_, stop).report;
  if (transcript) ended_ = transcript->end(report);
  if (report.degraded && timeout_is_first && std::chrono::steady_clock::now() >= by_timeout)
    ended_ = fail(ErrorKind::deadline, "--timeout ran out while the model was asked", model_->name(),
                  "raise --timeout, or lower --max-turns");
  return report;
}

Result<int> Explainer::show_request(const Report& rules, const Surroundings& around, const std::stop_token& stop) {
  open(stop);
  if (unavailable_) {
    unavailable_->kind = ErrorKind::settings;
    return std::unexpected(*unavailable_);
  }
  tools::Toolbox box(TRY(toolbox_options()));
  TRY(fill(box, around, stop));
  loop::Observer nobody;
  library_.know(rules);
  const auto request = loop::first_request(rules, {*model_, box, library_, system_clock(), prompts_, nobody});
  const Forecast made = forecast(*choice_, request, limits_);
  const bool is_json = TRY(output_format(context_)) == "json";
  const std::string text = redact_with(redactor_)(is_json ? as_json(made) : as_text(made));
  TRY(context_.out.write(is_json ? text : clean(text)));
  return 0;
}

Result<Report> conclude(const Context& context, Explainer* explainer, Report rules, const Surroundings& around,
                        const std::string& explained, const std::stop_token& stop) {
  if (explainer != nullptr) return explainer->explain(std::move(rules), around, explained, stop);
  remember(context, rules);
  return rules;
}

void remember(const Context& context, Report& report) {
  if (context.settings.text("store.path").empty()) return;
  const auto store = open_store(context);
  if (!store) return;
  const auto now = system_clock().now();
  flows::Remembered known = flows::recall(report, *store, {}, now);
  take_seen(report, std::move(known.seen));
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
