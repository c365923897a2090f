#include "cli/model_settings.hpp"

#include "cli/model.hpp"
#include "support/http_server.hpp"
#include "support/run_binary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace agent::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using Flags = std::map<std::string, std::string, std::less<>>;

Result<Settings> load(const Environment& environment, const Flags& flags = {}, const std::string& toml = "") {
  const test::TemporaryFolder folder;
  SettingsInput input{.flags = flags, .environment = environment, .config_path = {}, .env_file = {}};
  if (!toml.empty()) input.config_path = folder.write("a.toml", toml);
  auto settings = Settings::load(input);
  EXPECT_TRUE(settings) << describe(settings.error());
  return settings;
}

Result<std::vector<ModelSettings>> models(const Environment& environment, const Flags& flags = {},
                                          const std::string& toml = "") {
  const auto settings = load(environment, flags, toml);
  return settings ? model_settings(*settings) : std::unexpected(settings.error());
}

const Environment litellm{{"LITELLM_URL", "http://l:4000"}, {"LITELLM_API_KEY", "sk-l"}},
    anthropic{{"ANTHROPIC_API_KEY", "sk-a"}}, openai{{"OPENAI_API_KEY", "sk-o"}},
    azure{{"AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"},
          {"AZURE_OPENAI_API_KEY", "k-z"},
          {"AZURE_OPENAI_DEPLOYMENT", "mine"}},
    gemini{{"GEMINI_API_KEY", "k-g"}};

Environment all() {
  Environment together;
  for (const Environment* some : {&litellm, &anthropic, &openai, &azure, &gemini})
    together.insert(some->begin(), some->end());
  return together;
}
Environment with(Environment some, const Environment& more) {
  some.insert(more.begin(), more.end());
  return some;
}
Environment without_litellm() {
  Environment some = all();
  some.erase("LITELLM_URL");
  return some;
}

struct Choice {
  std::string name;
  Environment environment;
  Flags flags;
  std::string provider, model, key, where, provider_where;
};

void PrintTo(const Choice& choice, std::ostream* out) { *out << choice.name; }

class ModelChosen : public testing::TestWithParam<Choice> {};

TEST_P(ModelChosen, IsTheOneThatIsMeant) {
  const auto chosen = models(GetParam().environment, GetParam().flags);

  ASSERT_TRUE(chosen) << describe(chosen.error());
  ASSERT_EQ(chosen->size(), 1U);
  const ModelSettings& model = chosen->front();
  EXPECT_EQ(model.provider, GetParam().provider);
  EXPECT_EQ(model.model, GetParam().model);
  EXPECT_EQ(model.key.value, GetParam().key);
  EXPECT_EQ(model.where, GetParam().where);
  EXPECT_EQ(model.provider_where, GetParam().provider_where);
}

const std::string llama = "openai/Llama-4-Scout-17B-16E-W4A16";

INSTANTIATE_TEST_SUITE_P(
    Settings, ModelChosen,
    testing::Values(
        Choice{"litellm", litellm, {}, "litellm", llama, "sk-l", "", "LITELLM_URL"},
        Choice{"litellm_model",
               with(litellm, {{"LITELLM_MODEL", "m"}}),
               {},
               "litellm",
               "m",
               "sk-l",
               "LITELLM_MODEL",
               "LITELLM_URL"},
        Choice{"agent_model_before_litellm_model",
               with(litellm, {{"LITELLM_MODEL", "m"}, {"AGENT_MODEL", "openai/n"}}),
               {},
               "litellm",
               "openai/n",
               "sk-l",
               "AGENT_MODEL",
               "LITELLM_URL"},
        Choice{"flag_before_all",
               with(litellm, {{"LITELLM_MODEL", "m"}, {"AGENT_MODEL", "n"}}),
               {{"llm.model", "o"}},
               "litellm",
               "o",
               "sk-l",
               "--model",
               "LITELLM_URL"},
        Choice{"litellm_without_key", {{"LITELLM_URL", "http://l"}}, {}, "litellm", llama, "", "", "LITELLM_URL"},
        Choice{
            "litellm_prefix", litellm, {{"llm.model", "litellm/m"}}, "litellm", "m", "sk-l", "--model", "LITELLM_URL"},
        Choice{"anthropic", anthropic, {}, "anthropic", "sonnet", "sk-a", "", "ANTHROPIC_API_KEY"},
        Choice{"openai", openai, {}, "openai", "gpt-6.1-terra", "sk-o", "", "OPENAI_API_KEY"},
        Choice{"openai_elsewhere",
               {{"OPENAI_BASE_URL", "http://o"}},
               {{"llm.model", "m"}},
               "openai",
               "m",
               "",
               "--model",
               "OPENAI_BASE_URL"},
        Choice{"azure", azure, {}, "azure", "mine", "k-z", "AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_ENDPOINT"},
        Choice{"gemini", gemini, {}, "gemini", "gemini-3.8-flash", "k-g", "", "GEMINI_API_KEY"},
        Choice{"all_keys", all(), {}, "litellm", llama, "sk-l", "", "LITELLM_URL"},
        Choice{"all_but_litellm", without_litellm(), {}, "anthropic", "sonnet", "sk-a", "", "ANTHROPIC_API_KEY"},
        Choice{
            "openai_before_gemini", with(openai, gemini), {}, "openai", "gpt-6.1-terra", "sk-o", "", "OPENAI_API_KEY"},
        Choice{"colon_wins", all(), {{"llm.model", "openai:gpt-x"}}, "openai", "gpt-x", "sk-o", "--model", "--model"},
        Choice{"colon_wins_over_the_provider",
               with(all(), {{"AGENT_MODEL_PROVIDER", "gemini"}}),
               {{"llm.model", "anthropic:opus"}},
               "anthropic",
               "opus",
               "sk-a",
               "--model",
               "--model"},
        Choice{"colon_of_a_tag",
               {{"OPENAI_BASE_URL", "http://o"}},
               {{"llm.model", "llama3:8b"}},
               "openai",
               "llama3:8b",
               "",
               "--model",
               "OPENAI_BASE_URL"},
        Choice{"slash",
               without_litellm(),
               {{"llm.model", "gemini/gemini-x"}},
               "gemini",
               "gemini-x",
               "k-g",
               "--model",
               "--model"},
        Choice{"slash_of_an_unknown_provider",
               openai,
               {{"llm.model", "meta/llama"}},
               "openai",
               "meta/llama",
               "sk-o",
               "--model",
               "OPENAI_API_KEY"},
        Choice{"slash_is_part_of_the_name_at_litellm",
               all(),
               {{"llm.model", "openai/gpt-x"}},
               "litellm",
               "openai/gpt-x",
               "sk-l",
               "--model",
               "LITELLM_URL"},
        Choice{"slash_is_part_of_the_name_at_a_server",
               openai,
               {{"llm.model", "openai/gpt-x"}, {"llm.base_url", "http://s"}},
               "compatible",
               "openai/gpt-x",
               "",
               "--model",
               "--model-url"},
        Choice{"provider",
               with(all(), {{"AGENT_MODEL_PROVIDER", "azure"}}),
               {},
               "azure",
               "mine",
               "k-z",
               "AZURE_OPENAI_DEPLOYMENT",
               "AGENT_MODEL_PROVIDER"},
        Choice{"provider_and_its_prefix",
               with(all(), {{"AGENT_MODEL_PROVIDER", "openai"}}),
               {{"llm.model", "openai/gpt-x"}},
               "openai",
               "gpt-x",
               "sk-o",
               "--model",
               "AGENT_MODEL_PROVIDER"},
        Choice{"maker",
               without_litellm(),
               {{"llm.model", "gpt-x"}},
               "openai",
               "gpt-x",
               "sk-o",
               "--model",
               "OPENAI_API_KEY"},
        Choice{"maker_of_gemini",
               without_litellm(),
               {{"llm.model", "gemini-x"}},
               "gemini",
               "gemini-x",
               "k-g",
               "--model",
               "GEMINI_API_KEY"},
        Choice{"server_without_key",
               all(),
               {{"llm.base_url", "http://s"}},
               "compatible",
               "default",
               "",
               "",
               "--model-url"},
        Choice{"server_with_key",
               with(all(), {{"AGENT_MODEL_KEY", "sk-s"}}),
               {{"llm.base_url", "http://s"}},
               "compatible",
               "default",
               "sk-s",
               "",
               "--model-url"},
        Choice{"general_key_first",
               with(openai, {{"AGENT_MODEL_KEY", "sk-s"}}),
               {},
               "openai",
               "gpt-6.1-terra",
               "sk-s",
               "",
               "OPENAI_API_KEY"}),
    [](const auto& info) { return info.param.name; });

TEST(ModelSettings, AreNoneWhenNothingNamesOne) {
  EXPECT_THAT(models({}).value(), IsEmpty());
  EXPECT_THAT(models({{"LITELLM_API_KEY", "sk"}, {"LITELLM_MODEL", "m"}}).value(), IsEmpty());
  EXPECT_THAT(models(all(), {{"offline", "true"}, {"llm.model", "x"}}).value(), IsEmpty());
}

struct Wrong {
  std::string name;
  Environment environment;
  Flags flags;
  std::string told;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class WrongModelSettings : public testing::TestWithParam<Wrong> {};

TEST_P(WrongModelSettings, AreTold) {
  const auto chosen = models(GetParam().environment, GetParam().flags);

  ASSERT_FALSE(chosen);
  EXPECT_EQ(describe(chosen.error()), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    Settings, WrongModelSettings,
    testing::Values(
        Wrong{"model_without_anyone",
              {},
              {{"llm.model", "own-model"}},
              "agent: no key and no address for model 'own-model'\n  at: --model\n"
              "  try: set LITELLM_URL, ANTHROPIC_API_KEY, OPENAI_API_KEY or --model-url\n"},
        Wrong{"provider_without_key",
              {{"AGENT_MODEL", "gemini:x"}},
              {},
              "agent: model provider 'gemini' has no key\n  at: AGENT_MODEL\n"
              "  try: set GEMINI_API_KEY, or llm.api_key_file\n"},
        Wrong{"provider_without_address",
              {{"AGENT_MODEL_PROVIDER", "litellm"}},
              {},
              "agent: model provider 'litellm' has no address\n  at: AGENT_MODEL_PROVIDER\n  try: set LITELLM_URL\n"},
        Wrong{"azure_without_deployment",
              {{"AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"}, {"AZURE_OPENAI_API_KEY", "k"}},
              {},
              "agent: model provider 'azure' has no model\n  at: AZURE_OPENAI_ENDPOINT\n"
              "  try: name the deployment: AZURE_OPENAI_DEPLOYMENT or --model\n"},
        Wrong{"model_of_a_maker_without_key",
              {{"OPENAI_API_KEY", "sk-o"}},
              {{"llm.model", "sonnet"}},
              "agent: model provider 'anthropic' has no key\n  at: --model\n"
              "  try: set ANTHROPIC_API_KEY, or llm.api_key_file\n"},
        Wrong{"address_that_is_none",
              {},
              {{"llm.base_url", "ftp://models"}},
              "agent: 'ftp://models' is no address of a model\n  at: --model-url\n"
              "  try: begin it with http:// or https://\n"}),
    [](const auto& info) { return info.param.name; });

TEST(ModelSettings, KeepAFallbackWithoutItsKeyFromBeingAsked) {
  const auto chosen = models(with(litellm, {{"AGENT_MODEL_FALLBACKS", "openai:gpt-x"}}), {});

  ASSERT_TRUE(chosen) << describe(chosen.error());
  ASSERT_EQ(chosen->size(), 2U);
  ASSERT_TRUE(chosen->back().without_key);
  EXPECT_EQ(chosen->back().without_key->what, "model provider 'openai' has no key");
}

TEST(ModelSettings, BeginWithAFallbackWhereTheFirstHasNoKey) {
  const auto chosen =
      models(with(anthropic, {{"AGENT_MODEL", "openai:gpt-x"}}), {}, "[llm]\nfallbacks = ['anthropic:haiku']\n");

  ASSERT_TRUE(chosen) << describe(chosen.error());
  ASSERT_EQ(chosen->size(), 2U);
  EXPECT_TRUE(chosen->front().without_key);
  EXPECT_EQ(chosen->back().key.value, "sk-a");
}

/// Who would be told which key.
struct KeySent {
  std::string name;
  Environment environment;
  Flags flags;
  std::string toml, url, key;
};

void PrintTo(const KeySent& sent, std::ostream* out) { *out << sent.name; }

class ModelKey : public testing::TestWithParam<KeySent> {};

TEST_P(ModelKey, GoesOnlyWhereItIsMeantFor) {
  const auto chosen = models(GetParam().environment, GetParam().flags, GetParam().toml);

  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->front().url, GetParam().url);
  EXPECT_EQ(chosen->front().key.value, GetParam().key);
}

INSTANTIATE_TEST_SUITE_P(Settings, ModelKey,
                         testing::Values(KeySent{"another_address_gets_no_provider_key",
                                                 openai,
                                                 {{"llm.base_url", "http://127.0.0.1:1/v1"},
                                                  {"llm.model", "openai:gpt-x"}},
                                                 "",
                                                 "http://127.0.0.1:1/v1",
                                                 ""},
                                         KeySent{"another_address_that_is_said_to_be_the_provider",
                                                 openai,
                                                 {},
                                                 "[llm]\nprovider = 'openai'\nbase_url = 'https://proxy/v1'\n",
                                                 "https://proxy/v1",
                                                 "sk-o"},
                                         KeySent{"a_file_key_is_not_for_a_provider_that_the_command_line_names",
                                                 openai,
                                                 {{"llm.model", "openai:gpt-x"}},
                                                 "[llm]\nmodel = 'anthropic:sonnet'\napi_key = 'sk-file'\n",
                                                 "https://api.openai.com/v1",
                                                 "sk-o"},
                                         KeySent{"a_file_key_is_for_the_model_of_the_file",
                                                 {},
                                                 {},
                                                 "[llm]\nmodel = 'anthropic:sonnet'\napi_key = 'sk-file'\n",
                                                 "https://api.anthropic.com",
                                                 "sk-file"}),
                         [](const auto& info) { return info.param.name; });

TEST(ModelSettings, GiveHeadersToTheirServerAlone) {
  const auto chosen =
      models(with(litellm, openai), {}, "[llm]\nfallbacks = ['openai:gpt-x', 'other']\nheaders = {X-Team = 'ci'}\n");

  ASSERT_TRUE(chosen) << describe(chosen.error());
  ASSERT_EQ(chosen->size(), 3U);
  EXPECT_TRUE((*chosen)[0].takes_headers);
  EXPECT_FALSE((*chosen)[1].takes_headers);
  EXPECT_TRUE((*chosen)[2].takes_headers);
}

TEST(ModelSettings, HaveFallbacksInOrder) {
  const auto chosen = models(with(all(), {{"AGENT_MODEL_KEY", "sk-s"}}), {},
                             "[llm]\nfallbacks = ['openai/other', 'anthropic:haiku', 'plain']\n");

  ASSERT_TRUE(chosen) << describe(chosen.error());
  std::vector<std::string> told;
  for (const ModelSettings& model : *chosen) told.push_back(model.provider + " " + model.model + " " + model.key.value);
  EXPECT_THAT(told, ElementsAre("litellm " + llama + " sk-s", "litellm openai/other sk-s", "anthropic haiku sk-a",
                                "litellm plain sk-s"));
}

TEST(ModelSettings, TakeKeysFromFilesAndCommands) {
  const auto file = models(litellm, {}, "[llm]\napi_key_file = '/k'\n");
  const auto command = models(litellm, {}, "[llm]\napi_key_command = ['pass', 'show', 'a b']\n");

  EXPECT_EQ(file->front().key.file, "/k");
  EXPECT_THAT(command->front().key.command, ElementsAre("pass", "show", "a b"));
  EXPECT_EQ(file->front().key.value + command->front().key.value, "");
}

TEST(ModelSettings, AddressesHaveTheirVersion) {
  const std::vector<std::pair<std::string, std::string>> addresses{
      {"http://h", "http://h/v1"},
      {"http://h/", "http://h/v1"},
      {"http://h:4000/v1", "http://h:4000/v1"},
      {"http://h/v1/", "http://h/v1"},
      {"https://h/prefix", "https://h/prefix/v1"},
      {"https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"},
      {"https://h/v1beta/openai/", "https://h/v1beta/openai"},
      {"https://h/v1/chat/completions", "https://h/v1"},
      {"https://h/vendor", "https://h/vendor/v1"},
      {"http://v1", "http://v1/v1"},
  };
  for (const auto& [given, meant] : addresses) EXPECT_EQ(versioned_url(given), meant) << given;
}

TEST(ModelSettings, AzureHasTwoFormsOfAddress) {
  const auto of = [](const std::string& url, const std::string& version) {
    return azure_url({.provider = "azure",
                      .model = "mine",
                      .url = url,
                      .api_version = version,
                      .key = {},
                      .where = {},
                      .provider_where = {}});
  };
  const std::string resource = "https://r.openai.azure.com";

  EXPECT_THAT(of(resource, ""), Pair(resource + "/openai/v1", ""));
  EXPECT_THAT(of(resource + "/", "v1"), Pair(resource + "/openai/v1", ""));
  EXPECT_THAT(of(resource, "preview"), Pair(resource + "/openai/v1", "api-version=preview"));
  EXPECT_THAT(of(resource, "2024-10-21"), Pair(resource + "/openai/deployments/mine", "api-version=2024-10-21"));
  EXPECT_THAT(of(resource + "/openai/v1/", ""), Pair(resource + "/openai/v1", ""));
  EXPECT_THAT(of(resource + "/openai/deployments/other", "2024-10-21"),
              Pair(resource + "/openai/deployments/other", "api-version=2024-10-21"));
}

TEST(ModelSettings, HaveHeadersAndPricesOfAFile) {
  const auto settings =
      load(litellm, {},
           "[llm.headers]\nX-Team = 'a'\n[llm.prices.'gpt-6.1-terra']\ninput = 2\noutput = 8.5\n"
           "[llm.prices.half]\ninput = 1\n[llm.prices.'openai/m']\ninput = 1\ncached=0.25\noutput=3\n");
  ASSERT_TRUE(settings);

  EXPECT_THAT(model_headers(*settings), ElementsAre(Pair("X-Team", "a")));
  EXPECT_EQ(price_settings(*settings, "gpt-6.1-terra").value()->output, 8.5);
  EXPECT_EQ(price_settings(*settings, "gpt-6.1-terra").value()->cached, 2);
  EXPECT_EQ(price_settings(*settings, "openai/m").value()->cached, 0.25);
  EXPECT_FALSE(price_settings(*settings, "none").value());
  EXPECT_EQ(price_settings(*settings, "half").error().what, "the price of model 'half' is not whole");
}

Context context_of(const Environment& environment, const Flags& flags, const std::string& toml = "") {
  Context context;
  context.environment = environment;
  context.settings = *load(environment, flags, toml);
  return context;
}

TEST(ModelChoice, TellsWhereAndWhyWithoutCredentials) {
  const auto choice = model_choice(
      context_of({{"LITELLM_URL", "http://u:hunter2@l:4000/?token=hunter2"}, {"LITELLM_API_KEY", "sk-hunter2"}}, {}));

  ASSERT_TRUE(choice && *choice);
  EXPECT_EQ((*choice)->model, llama);
  EXPECT_EQ((*choice)->where, "default");
  EXPECT_EQ((*choice)->provider_where, "LITELLM_URL");
  EXPECT_EQ((*choice)->key_where, "LITELLM_API_KEY");
  EXPECT_THAT((*choice)->base_url, Not(HasSubstr("hunter2")));
}

TEST(ModelChoice, KnowsWindowAndPriceOfWhatItsMakerSells) {
  const auto own = model_choice(context_of(anthropic, {{"llm.model", "opus"}})).value();
  const auto through = model_choice(context_of(litellm, {{"llm.model", "anthropic/claude-opus-5-5"}})).value();
  const auto priced =
      model_choice(
          context_of(litellm, {}, "[llm]\ncontext_window = 8192\n[llm.prices.'" + llama + "']\ninput=1\noutput=2\n"))
          .value();

  EXPECT_EQ(own->model, "claude-opus-5-5");
  EXPECT_EQ(own->context_window_tokens, 1'000'000);
  EXPECT_EQ(own->price->input, 4);
  EXPECT_EQ(through->context_window_tokens, 1'000'000);
  EXPECT_FALSE(through->price);
  EXPECT_EQ(priced->price->output, 2);
  EXPECT_EQ(priced->context_window_tokens, 8192);
}

/// A server that says "ok", to both dialects.
void say_ok(const test::SeenRequest& request, test::Talk& talk) {
  const bool is_messages = request.target.ends_with("/messages");
  talk.answer(200,
              is_messages ? R"({"type":"message","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn"})"
                          : R"({"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]})",
              {{"Content-Type", "application/json"}});
}

llm::ModelRequest question() {
  llm::ModelRequest request;
  request.messages = {{.role = llm::Role::user, .text = "why?"}};
  return request;
}

struct Opened {
  std::string name;
  Environment environment;  ///< URL stands for the server's.
  std::string target, header, value, toml = {};
};

void PrintTo(const Opened& opened, std::ostream* out) { *out << opened.name; }

class OpenedModel : public testing::TestWithParam<Opened> {};

TEST_P(OpenedModel, IsAskedAsItsProviderWantsIt) {
  const test::HttpServer server(say_ok);
  Environment environment = GetParam().environment;
  for (auto& [name, value] : environment)
    if (value.starts_with("URL")) value.replace(0, 3, server.url(""));
  environment["PATH"] = "/usr/bin:/bin";
  flows::SharedRedactor redactor;

  const auto model = open_model(context_of(environment, {}, GetParam().toml), redactor);

  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_THAT(server.seen(), IsEmpty());
  const auto answer = (*model)->ask(question(), {});
  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_EQ(server.seen().at(0).target, GetParam().target);
  EXPECT_EQ(server.seen().at(0).header(GetParam().header), GetParam().value);
  EXPECT_THAT(redactor.redactor.redact("it is key-hunter2"), Not(HasSubstr("hunter2")));
}

INSTANTIATE_TEST_SUITE_P(Providers, OpenedModel,
                         testing::Values(Opened{"litellm",
                                                {{"LITELLM_URL", "URL"}, {"LITELLM_API_KEY", "key-hunter2"}},
                                                "/v1/chat/completions",
                                                "authorization",
                                                "Bearer key-hunter2"},
                                         Opened{"litellm_v1",
                                                {{"LITELLM_URL", "URL/v1"}, {"LITELLM_API_KEY", "key-hunter2"}},
                                                "/v1/chat/completions",
                                                "authorization",
                                                "Bearer key-hunter2"},
                                         Opened{"anthropic",
                                                {{"ANTHROPIC_BASE_URL", "URL"}, {"ANTHROPIC_API_KEY", "key-hunter2"}},
                                                "/v1/messages",
                                                "x-api-key",
                                                "key-hunter2"},
                                         Opened{"gemini",
                                                {{"GEMINI_BASE_URL", "URL/v1beta/openai/"},
                                                 {"GEMINI_API_KEY", "key-hunter2"}},
                                                "/v1beta/openai/chat/completions",
                                                "authorization",
                                                "Bearer key-hunter2"},
                                         Opened{"azure",
                                                {{"AZURE_OPENAI_ENDPOINT", "URL"},
                                                 {"AZURE_OPENAI_API_KEY", "key-hunter2"},
                                                 {"AZURE_OPENAI_DEPLOYMENT", "mine"},
                                                 {"AZURE_OPENAI_API_VERSION", "2024-10-21"}},
                                                "/openai/deployments/mine/chat/completions?api-version=2024-10-21",
                                                "api-key",
                                                "key-hunter2"},
                                         Opened{"azure_v1",
                                                {{"AZURE_OPENAI_ENDPOINT", "URL"},
                                                 {"AZURE_OPENAI_API_KEY", "key-hunter2"},
                                                 {"AZURE_OPENAI_DEPLOYMENT", "mine"}},
                                                "/openai/v1/chat/completions",
                                                "api-key",
                                                "key-hunter2"},
                                         Opened{"key_command",
                                                {{"AGENT_MODEL_URL", "URL"}},
                                                "/v1/chat/completions",
                                                "authorization",
                                                "Bearer key-hunter2",
                                                "[llm]\napi_key_command = ['printf', 'key-hunter2\\n']\n"},
                                         Opened{"headers",
                                                {{"AGENT_MODEL_URL", "URL"}},
                                                "/v1/chat/completions",
                                                "x-token",
                                                "Token key-hunter2",
                                                "[llm.headers]\nX-Token = 'Token key-hunter2'\n"}),
                         [](const auto& info) { return info.param.name; });

TEST(OpenedModel, ReadsItsKeyFromAFile) {
  const test::HttpServer server(say_ok);
  const test::TemporaryFolder folder;
  const std::string path = folder.write("key", "key-hunter2\n");
  flows::SharedRedactor redactor;

  const auto model =
      open_model(context_of({{"AGENT_MODEL_URL", server.url("")}, {"AGENT_MODEL_KEY_FILE", path}}, {}), redactor);

  ASSERT_TRUE(model);
  ASSERT_TRUE((*model)->ask(question(), {}));
  EXPECT_EQ(server.seen().at(0).header("authorization"), "Bearer key-hunter2");
}

TEST(OpenedModel, SaysThatItsKeyCannotBeHad) {
  flows::SharedRedactor redactor;
  const auto error = [&](const std::string& toml) {
    return open_model(context_of({{"AGENT_MODEL_URL", "http://h"}, {"PATH", "/usr/bin:/bin"}}, {}, toml), redactor)
        .error()
        .what;
  };

  EXPECT_THAT(error("[llm]\napi_key_command = ['false']\n"), HasSubstr("failed with exit code 1"));
  EXPECT_THAT(error("[llm]\napi_key_command = ['true']\n"), HasSubstr("the model's key is empty"));
  EXPECT_THAT(error("[llm]\napi_key_command = ['/nonexistent/x']\n"), HasSubstr("can't be run"));
  EXPECT_THAT(error("[llm]\napi_key_file = '/nonexistent/x'\n"), HasSubstr("key file"));
}

TEST(OpenedModel, IsNoneWithoutSettings) {
  flows::SharedRedactor redactor;

  EXPECT_EQ(open_model(context_of({}, {}), redactor).error().kind, ErrorKind::settings);
}

TEST(OpenedModel, FallsBack) {
  const test::HttpServer server([](const test::SeenRequest& request, test::Talk& talk) {
    if (request.body.contains("\"first\"")) return talk.answer(401, R"({"error":{"message":"who?"}})");
    say_ok(request, talk);
  });
  flows::SharedRedactor redactor;

  const auto model = open_model(
      context_of({{"AGENT_MODEL_URL", server.url("")}, {"AGENT_MODEL", "first"}, {"AGENT_MODEL_FALLBACKS", "second"}},
                 {}),
      redactor);

  ASSERT_TRUE(model) << describe(model.error());
  const auto answer = (*model)->ask(question(), {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->usage.model, "second");
  EXPECT_THAT(answer->repairs, ElementsAre("fallback"));
}

}  // namespace
}  // namespace agent::cli
