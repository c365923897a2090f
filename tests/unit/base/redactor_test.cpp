#include "base/redactor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace agent {
namespace {

// Secrets are put together here, so that no scanner takes this file for a leak.
std::string repeat(std::string_view pattern, std::size_t size) {
  std::string text;
  while (text.size() < size) text += pattern;
  text.resize(size);
  return text;
}
std::string letters(std::size_t size) { return repeat("aB3dE5gH7jK9mN1pQ2sT4vW6yZ8", size); }
std::string hex(std::size_t size) { return repeat("3f9a0c7be1d24856", size); }
std::string upper(std::size_t size) { return repeat("Q7ZP2MK4XWR6TNH3", size); }

struct SecretCase {
  std::string name, before, secret, after, kind;
};

class HidesSecret : public testing::TestWithParam<SecretCase> {};

TEST_P(HidesSecret, AndNothingElse) {
  const auto& [name, before, secret, after, kind] = GetParam();
  Redactor redactor;

  EXPECT_EQ(redactor.redact(before + secret + after), before + "[REDACTED:" + kind + "#1]" + after);
}

TEST_P(HidesSecret, OnceAndForAll) {
  const auto& [name, before, secret, after, kind] = GetParam();
  Redactor redactor;
  auto once = redactor.redact(before + secret + after);

  EXPECT_EQ(redactor.redact(once), once);
  EXPECT_EQ(Redactor().redact(once), once);
}

const auto case_name = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Formats, HidesSecret,
    testing::Values(
        SecretCase{"aws_key_id", "using ", "AKIA" + upper(16), " now", "aws-access-key-id"},
        SecretCase{"aws_temporary_key_id", "id=", "ASIA" + upper(16), "", "aws-access-key-id"},
        SecretCase{"aws_signature", "https://s3/x?X-Amz-Signature=", hex(64), "&y=1", "aws-signature"},
        SecretCase{"gcp_api_key", "?key=", "AIza" + letters(35), "&x", "gcp-api-key"},
        SecretCase{"gcp_oauth_secret", "got ", "GOCSPX-" + letters(28), "", "gcp-oauth-secret"},
        SecretCase{"gcp_access_token", "", "ya29." + letters(60), "", "gcp-access-token"},
        SecretCase{"github_classic", "", "ghp_" + std::string(36, 'x'), "", "github-token"},
        SecretCase{"github_oauth", "(", "gho_" + letters(36), ")", "github-token"},
        SecretCase{"github_user", "'", "ghu_" + letters(36), "'", "github-token"},
        SecretCase{"github_server", "", "ghs_" + letters(36), "\n", "github-token"},
        SecretCase{"github_refresh", "", "ghr_" + letters(76), "", "github-token"},
        SecretCase{"github_fine_grained", "", "github_pat_" + letters(22) + "_" + letters(59), "", "github-token"},
        SecretCase{"gitlab_personal", "", "glpat-" + letters(20), "", "gitlab-token"},
        SecretCase{"gitlab_routable", "", "glpat-" + letters(30) + ".01." + letters(9), " x", "gitlab-token"},
        SecretCase{"gitlab_deploy", "", "gldt-" + letters(20), "", "gitlab-token"},
        SecretCase{"gitlab_runner", "", "glrt-" + letters(20), "", "gitlab-token"},
        SecretCase{"gitlab_job", "", "glcbt-64_" + letters(20), "", "gitlab-token"},
        SecretCase{"slack_bot", "", "xoxb-" + repeat("12345678901-", 24) + letters(24), "", "slack-token"},
        SecretCase{"slack_user", "", "xoxp-" + repeat("12345678901-", 36) + hex(32), "", "slack-token"},
        SecretCase{"slack_app", "", "xapp-1-" + upper(11) + "-1234567890-" + hex(64), "", "slack-token"},
        SecretCase{"slack_webhook", "POST https://hooks.slack.com/services/",
                   "T" + upper(8) + "/B" + upper(8) + "/" + letters(24), " 404", "slack-webhook"},
        SecretCase{"discord_webhook", "https://discord.com/api/webhooks/", "1234567890/" + letters(68), "",
                   "discord-webhook"},
        SecretCase{"npm", "", "npm_" + letters(36), "", "npm-token"},
        SecretCase{"pypi", "", "pypi-AgEIcHlwaS5vcmc" + letters(80), "", "pypi-token"},
        SecretCase{"rubygems", "", "rubygems_" + hex(48), "", "rubygems-token"},
        SecretCase{"docker", "", "dckr_pat_" + letters(27), "", "docker-token"},
        SecretCase{"nuget", "", "oy2" + repeat("a1b2c3d4", 43), "", "nuget-key"},
        SecretCase{"huggingface", "", "hf_" + letters(34), "", "huggingface-token"},
        SecretCase{"anthropic", "", "sk-ant-api03-" + letters(93) + "AA", "", "anthropic-key"},
        SecretCase{"openai_project", "", "sk-proj-" + letters(74) + "T3BlbkFJ" + letters(74), "", "openai-key"},
        SecretCase{"openai_old", "key ", "sk-" + letters(48), ".", "api-key"},
        SecretCase{"litellm", "", "sk-" + letters(22), "", "api-key"},
        SecretCase{"stripe", "", "sk_live_" + letters(24), "", "stripe-key"},
        SecretCase{"stripe_restricted", "", "rk_live_" + letters(24), "", "stripe-key"},
        SecretCase{"twilio", "", "SK" + hex(32), "", "twilio-key"},
        SecretCase{"sendgrid", "", "SG." + letters(22) + "." + letters(43), "", "sendgrid-key"},
        SecretCase{"mailgun", "", "key-" + hex(32), "", "mailgun-key"},
        SecretCase{"digitalocean", "", "dop_v1_" + hex(64), "", "digitalocean-token"},
        SecretCase{"vault", "", "hvs." + letters(90), "", "vault-token"},
        SecretCase{"terraform", "", letters(14) + ".atlasv1." + letters(67), "", "terraform-token"},
        SecretCase{"telegram", "", "123456789:AA" + letters(33), "", "telegram-token"},
        SecretCase{"telegram_url", "https://api.telegram.org/bot", "123456789:AA" + letters(33), "/getMe",
                   "telegram-token"},
        SecretCase{"discord_bot", "discord login with ", letters(24) + "." + letters(6) + "." + letters(38), "",
                   "discord-token"},
        SecretCase{"jwt", "got ", "eyJ" + letters(30) + ".eyJ" + letters(60) + "." + letters(43), " back", "jwt"},
        SecretCase{"jwt_cut_off", "", "eyJ" + letters(30) + ".eyJ" + letters(60), "", "jwt"},
        SecretCase{"azure_sas", "https://a.blob.core.windows.net/c?sv=2022&sig=", letters(43) + "%3D", "&se=1",
                   "azure-signature"},
        SecretCase{"behind_ansi", "\x1b[32m", "ghp_" + letters(36), "\x1b[0m", "github-token"},
        SecretCase{"behind_percent_code", "q%3D", "ghp_" + letters(36), "%26", "github-token"},
        SecretCase{"behind_escape", "a\\n", "ghp_" + letters(36), "\\n", "github-token"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Labels, HidesSecret,
    testing::Values(
        SecretCase{"shell", "export DB_PASSWORD=", "hunter2x", "", "password"},
        SecretCase{"environment_word", "POSTGRES_PASSWORD=", "postgres", "", "password"},
        SecretCase{"environment_with_marks", "PGPASSWORD=", "a,b;c&d)e", " psql", "password"},
        SecretCase{"gitea_token", "GITEA_TOKEN=", hex(40), "", "token"},
        SecretCase{"gitea_token_in_sentence", "using gitea token: ", hex(40), " for api", "token"},
        SecretCase{"cloudflare", "CLOUDFLARE_API_TOKEN: ", letters(40), "", "token"},
        SecretCase{"aws_secret_key", "aws_secret_access_key = ", "wJ/" + letters(37), "", "secret"},
        SecretCase{"aws_secret_key_json", "\"SecretAccessKey\": \"", "wJ+" + letters(37), "\",", "secret"},
        SecretCase{"aws_session_token", "aws_session_token=", letters(200), "", "token"},
        SecretCase{"yaml", "  password: ", "letmein", "", "password"},
        SecretCase{"yaml_with_timestamp", "2024-01-01T00:00:00.0000000Z   password: ", "s3cr3t-x", "", "password"},
        SecretCase{"yaml_list", "- client_secret: ", "Zx8~abc", "\r\n", "secret"},
        SecretCase{"json", "{\"user\":\"bob\",\"password\":\"", "two words", "\",\"x\":1}", "password"},
        SecretCase{"json_escaped", "\"{\\\"password\\\":\\\"", "hunter2x", "\\\"}\"", "password"},
        SecretCase{"option_with_equals", "run --password=", "hunter2x", " --user bob", "password"},
        SecretCase{"option_with_blank", "run --password ", "hunter2x", " --user bob", "password"},
        SecretCase{"option_api_key", "run --api-key ", letters(20), "", "secret"},
        SecretCase{"single_quotes", "token='", letters(20), "'", "token"},
        SecretCase{"xml", "<password>", "hunter2x", "</password>", "password"},
        SecretCase{"xml_attribute", "<add key=\"Password\" value=\"", "hunter2x", "\" />", "password"},
        SecretCase{"kubernetes_env", "- name: DB_PASSWORD\n  value: ", "hunter2x", "\n", "password"},
        SecretCase{"kubernetes_env_json", "{\"name\":\"DB_PASSWORD\",\"value\":\"", "hunter2x", "\"}", "password"},
        SecretCase{"ruby_hash", ":password=>\"", "hunter2x", "\", :x", "password"},
        SecretCase{"camel_case", "accessToken: \"", letters(20), "\"", "token"},
        SecretCase{"query", "GET /x?access_token=", letters(20), "&page=2 HTTP/1.1", "token"},
        SecretCase{"helm_set", "--set db.password=", "hunter2x", ",replicas=3", "password"},
        SecretCase{"numbered", "PASSWORD_2=", "hunter2x", "", "password"},
        SecretCase{"encoded", "SECRET_B64=", "aHVudGVyMg==", "", "secret"},
        SecretCase{"secret_key_base", "SECRET_KEY_BASE=", hex(64), "", "secret"},
        SecretCase{"npmrc", "//registry.npmjs.org/:_authToken=", "0a1b2c3d-" + hex(20), "", "token"},
        SecretCase{"npmrc_basic", "_auth=", "Ym9iOmh1bnRlcjI9", "", "credential"},
        SecretCase{"docker_config", "\"auth\": \"", "Ym9iOmh1bnRlcjI9", "\"", "credential"},
        SecretCase{"kubeconfig_token", "    token: ", letters(60), "\n", "token"},
        SecretCase{"kubeconfig_key", "    client-key-data: ", "LS0tLS1CRUdJTi" + letters(60) + "==", "\n", "secret"},
        SecretCase{"azure_account_key",
                   "AccountName=x;AccountKey=", letters(86) + "==", ";EndpointSuffix=core.windows.net", "secret"},
        SecretCase{"connection_string", "\"Server=db;User Id=sa;Password=", "P@ss_w0rd!", ";Encrypt=true\"",
                   "password"},
        SecretCase{"ansi_behind_label", "password: \x1b[33m", "hunt3r2x4", "\x1b[0m", "password"},
        SecretCase{"ansi_before_separator", "password\x1b[0m=", "hunter2x", "\x1b[0m", "password"},
        SecretCase{"netrc", "machine h login bob password ", "hunter2x", "", "password"},
        SecretCase{"netrc_lines", "machine h\nlogin bob\npassword ", "hunter2x", "\n", "password"},
        SecretCase{"pgpass", "localhost:5432:app:bob:", "hunter2x", "\n", "password"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Links, HidesSecret,
    testing::Values(
        SecretCase{"url_password", "git clone https://bob:", "pw", "@host/r.git", "url-password"},
        SecretCase{"url_password_with_at", "postgres://bob:", "p@ss", "@db:5432/app", "url-password"},
        SecretCase{"url_password_with_slash", "postgres://bob:", "p4/ss", "@db:5432/app", "url-password"},
        SecretCase{"url_password_named_token", "https://__token__:", letters(20), "@pypi.org/simple", "url-password"},
        SecretCase{"url_redis", "redis://:", "hunter2", "@cache:6379/0", "url-password"},
        SecretCase{"url_token", "https://", hex(40), "@host/r.git", "url-token"},
        SecretCase{"url_token_as_user", "https://", hex(40), ":x-oauth-basic@host/r.git", "url-token"},
        SecretCase{"url_in_ansi", "\x1b[36mhttps://bob:", "pw", "@host\x1b[0m", "url-password"},
        SecretCase{"go_mysql", "bob:", "hunter2", "@tcp(db:3306)/app", "url-password"},
        SecretCase{"bearer", "Authorization: Bearer ", letters(20), "", "authorization"},
        SecretCase{"basic", "Authorization: Basic ", "Ym9iOmh1bnRlcjI=", "", "authorization"},
        SecretCase{"token_scheme", "> authorization: token ", hex(40), "", "authorization"},
        SecretCase{"no_scheme", "Authorization: ", letters(32), "", "authorization"},
        SecretCase{"proxy", "Proxy-Authorization: Basic ", "Ym9iOmh1bnRlcjI=", "", "authorization"},
        SecretCase{"curl_header", "curl -H 'Authorization: Bearer ", letters(20), "' https://x", "authorization"},
        SecretCase{"header_in_json", "{\"Authorization\": \"Bearer ", letters(20), "\"}", "authorization"},
        SecretCase{"bearer_alone", "sent bearer ", letters(32), "", "authorization"},
        SecretCase{"api_key_header", "X-Api-Key: ", letters(32), "", "secret"},
        SecretCase{"gitlab_header", "-H \"PRIVATE-TOKEN: ", letters(20), "\"", "token"},
        SecretCase{"vault_header", "X-Vault-Token: ", letters(26), "", "token"},
        SecretCase{"cloudflare_header", "X-Auth-Key: ", hex(37), "", "secret"},
        SecretCase{"cookie", "Cookie: session=", letters(20), "", "cookie"},
        SecretCase{"set_cookie", "< Set-Cookie: sid=", letters(20), "; Path=/; HttpOnly", "cookie"},
        SecretCase{"curl_user", "curl -s -u bob:", "hunter2", " https://x", "password"},
        SecretCase{"docker_login", "docker login -u bob -p ", "hunter2", " registry", "password"},
        SecretCase{"mysql_joined", "mysql -h db -ubob -p", "hunter2", " app", "password"},
        SecretCase{"sshpass", "sshpass -p '", "hunter2", "' ssh host", "password"}),
    case_name);

struct PlainCase {
  std::string name, text;
};

class LeavesReadable : public testing::TestWithParam<PlainCase> {};

TEST_P(LeavesReadable, WhatIsNoSecret) {
  Redactor redactor;

  EXPECT_EQ(redactor.redact(GetParam().text), GetParam().text);
  EXPECT_TRUE(redactor.counts().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, LeavesReadable,
    testing::Values(
        PlainCase{"empty", ""}, PlainCase{"git_sha", "commit 6d2fc6ae08215d69d693f5ca76ea87c7780a4275"},
        PlainCase{"digest", "Digest: sha256:" + hex(64)}, PlainCase{"uuid", "id: 123e4567-e89b-12d3-a456-426614174000"},
        PlainCase{"integrity", "integrity sha512-" + letters(86) + "=="},
        PlainCase{"base64_data", "data: " + letters(120) + "=="}, PlainCase{"version", "token-parser 1.2.3-rc4"},
        PlainCase{"label_without_value", "password="}, PlainCase{"label_and_blank", "password= next"},
        PlainCase{"masked", "password: ***"}, PlainCase{"masked_by_ci", "DOCKER_PASSWORD=[secure]"},
        PlainCase{"masked_partly", "token=ghp_***"}, PlainCase{"masked_header", "AUTHORIZATION: basic ***"},
        PlainCase{"variable", "password=${DB_PASSWORD}"}, PlainCase{"shell_variable", "--token $GITEA_TOKEN"},
        PlainCase{"command", "token=$(cat file)"}, PlainCase{"windows_variable", "set PASSWORD=%DB_PASSWORD%"},
        PlainCase{"template_value", "password: {{ .Values.password }}"},
        PlainCase{"actions_expression", "token: ${{ secrets.GITHUB_TOKEN }}"},
        PlainCase{"angle_brackets", "token=<your-token>"}, PlainCase{"boolean", "auth: false"},
        PlainCase{"nothing", "password: null"}, PlainCase{"number", "tokens: 123"},
        PlainCase{"limit", "max_tokens=100000"}, PlainCase{"count", "password: 3"},
        PlainCase{"required", "password: required"}, PlainCase{"invalid", "token: invalid"},
        PlainCase{"missing", "Error: missing token"}, PlainCase{"not_found", "secret \"db\" not found"},
        PlainCase{"unexpected", "SyntaxError: Unexpected token ; in JSON"},
        PlainCase{"unexpected_quoted", "unexpected token: '}'"},
        PlainCase{"unexpected_name", "parse error: unexpected token: T_STRING"}, PlainCase{"type", "password: string"},
        PlainCase{"type_of_code", "password: Some(value)"}, PlainCase{"call", "token = get_token(user)"},
        PlainCase{"member", "password: config.db.password"}, PlainCase{"namespace_path", "token::parse failed"},
        PlainCase{"comparison", "if token == expected:"}, PlainCase{"path", "PASSWORD_FILE=/run/secrets/x"},
        PlainCase{"path_of_token", "token: /var/run/secrets/token"},
        PlainCase{"working_directory", "PWD=/home/runner/work"}, PlainCase{"old_directory", "OLDPWD=/home/runner"},
        PlainCase{"option_then_option", "login --password --username bob"},
        PlainCase{"test_name", "--- PASS: TestPasswordReset"}, PlainCase{"test_passed", "PASS: TestLogin2fa7b (0.01s)"},
        PlainCase{"source_position", "token: lexer.go:59"},
        PlainCase{"migration", "== AddUserAuthTokens: migrating ==="},
        PlainCase{"variable_named", "server-password: GITHUB_TOKEN"}, PlainCase{"url_plain", "https://host:8080/a@b"},
        PlainCase{"url_user", "ssh://git@github.com/a/b.git"},
        PlainCase{"url_scoped_package", "https://registry.npmjs.org/@types/node"},
        PlainCase{"url_masked", "https://bob:***@host/"}, PlainCase{"url_variable", "https://bob:${TOKEN}@host/"},
        PlainCase{"email", "mail bob@example.com"}, PlainCase{"bearer_word", "bearer authentication is required"},
        PlainCase{"sk_class", ".sk-spinner-three-bounce-child-item"}, PlainCase{"aws_like_word", "AKIAAAA"},
        PlainCase{"hf_function", "hf_hub_download"}, PlainCase{"npm_variable", "npm_config_cache"},
        PlainCase{"certificate", "-----BEGIN CERTIFICATE-----\n" + letters(64) + "\n-----END CERTIFICATE-----"},
        PlainCase{"public_key", "-----BEGIN PUBLIC KEY-----\n" + letters(64) + "\n-----END PUBLIC KEY-----"},
        PlainCase{"config_map", "kind: ConfigMap\ndata:\n  level: debug42x\n"},
        PlainCase{"secret_kind_without_data", "kind: Secret\nmetadata:\n  name: db\n"},
        PlainCase{"secret_store_kind", "kind: SecretStore\ndata:\n  a: b2c3d4e5\n"},
        PlainCase{"placeholder", "password=[REDACTED:password#7] x"},
        PlainCase{"curl_url", "curl -u bob https://host:80/"}, PlainCase{"cookie_word", "Cookie: none"}),
    case_name);

std::string key_mark(std::string_view edge, std::string_view type = "RSA ") {
  return "-----" + std::string(edge) + " " + std::string(type) + "PRIVATE " + "KEY-----";
}

TEST(PrivateKey, LosesEachLineOfItsBody) {
  Redactor redactor;

  EXPECT_EQ(redactor.redact(key_mark("BEGIN") + "\n" + letters(64) + "\n" + hex(64) + "\nAb3=\n" + key_mark("END") +
                            "\nnext\n"),
            key_mark("BEGIN") + "\n[REDACTED:private-key#1]\n[REDACTED:private-key#1]\n[REDACTED:private-key#1]\n" +
                key_mark("END") + "\nnext\n");
}

TEST(PrivateKey, IsSeenBehindTimestamps) {
  Redactor redactor;
  std::string stamp = "2024-01-01T00:00:00.000Z ";

  EXPECT_EQ(
      redactor.redact(stamp + key_mark("BEGIN", "") + "\n" + stamp + letters(64) + "\n" + stamp + key_mark("END", "") +
                      "\n"),
      stamp + key_mark("BEGIN", "") + "\n" + stamp + "[REDACTED:private-key#1]\n" + stamp + key_mark("END", "") + "\n");
}

TEST(PrivateKey, IsSeenInOneLine) {
  Redactor redactor;
  auto begin = "{\"private_key\": \"" + key_mark("BEGIN", "") + "\\n", end = key_mark("END", "") + "\\n\"}";

  EXPECT_EQ(redactor.redact(begin + letters(64) + "\\n" + end), begin + "[REDACTED:private-key#1]" + end);
}

TEST(PrivateKey, IsSeenWhenItsEndIsCutOff) {
  Redactor redactor;

  EXPECT_EQ(redactor.redact(key_mark("BEGIN", "OPENSSH ") + "\n" + letters(70) + "\n" + hex(64)),
            key_mark("BEGIN", "OPENSSH ") + "\n[REDACTED:private-key#1]\n[REDACTED:private-key#1]");
}

TEST(PrivateKey, IsSeenWhenItsStartIsCutOff) {
  Redactor redactor;

  EXPECT_EQ(redactor.redact("step 3\n" + letters(64) + "\n" + hex(10) + "==\n" + key_mark("END", "EC ") + "\n"),
            "step 3\n[REDACTED:private-key#1]\n[REDACTED:private-key#1]\n" + key_mark("END", "EC ") + "\n");
}

TEST(PrivateKey, StaysHiddenWithoutItsMarks) {
  Redactor redactor;
  redactor.harvest(key_mark("BEGIN") + "\n" + letters(64) + "\n" + key_mark("END") + "\n");

  EXPECT_EQ(redactor.redact("+ echo " + letters(64)), "+ echo [REDACTED:private-key#1]");
}

TEST(KubernetesSecret, LosesItsValuesInYaml) {
  Redactor redactor;

  EXPECT_EQ(
      redactor.redact("apiVersion: v1\ndata:\n  user: Ym9i\n  config: |\n    bGluZQ==\nkind: Secret\nmetadata:\n  "
                      "name: db\n---\na: b\n"),
      "apiVersion: v1\ndata:\n  user: [REDACTED:kubernetes-secret#1]\n  config: |\n    [REDACTED:kubernetes-secret#2]\n"
      "kind: Secret\nmetadata:\n  name: db\n---\na: b\n");
}

TEST(KubernetesSecret, LosesItsValuesInJson) {
  Redactor redactor;

  EXPECT_EQ(
      redactor.redact(R"({"kind": "Secret", "metadata": {"name": "db"}, "data": {"user": "Ym9i", "pin": "MTIzNA=="}})"),
      R"({"kind": "Secret", "metadata": {"name": "db"}, "data": {"user": "[REDACTED:kubernetes-secret#1]", )"
      R"("pin": "[REDACTED:kubernetes-secret#2]"}})");
}

TEST(KubernetesSecret, TeachesTheDecodedValue) {
  Redactor redactor;
  redactor.harvest("kind: Secret\ndata:\n  key: aHVudGVyMi14\n");

  EXPECT_EQ(redactor.redact("login failed for hunter2-x"), "login failed for [REDACTED:kubernetes-secret#1]");
}

TEST(Redactor, NumbersSecretsInTheOrderOfMeeting) {
  Redactor redactor;
  auto first = "ghp_" + letters(36), second = "npm_" + letters(36);

  EXPECT_EQ(redactor.redact(second + " " + first + " " + second),
            "[REDACTED:npm-token#1] [REDACTED:github-token#2] [REDACTED:npm-token#1]");
  EXPECT_EQ(redactor.redact(first), "[REDACTED:github-token#2]");
}

TEST(Redactor, CountsPlacesByKind) {
  Redactor redactor;
  (void)redactor.redact("password=hunter2 and password=hunter3 and ghp_" + letters(36));

  EXPECT_EQ(redactor.counts(),
            (std::vector<std::pair<std::string, std::size_t>>{{"github-token", 1}, {"password", 2}}));
}

TEST(Redactor, HidesWithoutItsLabelWhatHadOneOnceAlsoEarlier) {
  Redactor redactor;

  EXPECT_EQ(redactor.redact("connecting hunter2\nDB_PASSWORD=hunter2\n"),
            "connecting [REDACTED:password#1]\nDB_PASSWORD=[REDACTED:password#1]\n");
}

TEST(Redactor, HarvestTeachesAcrossTexts) {
  Redactor redactor;
  redactor.harvest("curl -H 'Authorization: Bearer " + letters(20) + "'");

  EXPECT_EQ(redactor.redact("body: " + letters(20)), "body: [REDACTED:authorization#1]");
}

TEST(Redactor, LearnedSecretsAreHiddenInEachSpelling) {
  Redactor redactor;
  redactor.learn("p@ss/word!", "api-key");

  EXPECT_EQ(redactor.redact("a p@ss/word! b p%40ss%2Fword%21 c cEBzcy93b3JkIQ=="),
            "a [REDACTED:api-key#1] b [REDACTED:api-key#1] c [REDACTED:api-key#1]");
}

TEST(Redactor, DoesNotLearnWhatIsShortOrPlain) {
  Redactor redactor;
  redactor.learn("abc12", "api-key");
  redactor.harvest("password=postgres\npassword=12345678\npassword=a1b2\n");

  EXPECT_EQ(redactor.redact("abc12 postgres 12345678 a1b2"), "abc12 postgres 12345678 a1b2");
}

TEST(Redactor, LearnsThousands) {
  Redactor redactor;
  for (int i = 0; i < 4096; ++i) redactor.learn("secret-" + std::to_string(i) + "-value", "token");

  EXPECT_EQ(redactor.redact("x secret-4095-value secret-0-value"), "x [REDACTED:token#1] [REDACTED:token#2]");
}

TEST(Redactor, KeepsTheNumberOfLines) {
  Redactor redactor;
  std::string text = "password=\"ab\ncd\"\nkind: Secret\ndata:\n  a: |\n    x\n    y\n" + key_mark("BEGIN") + "\n\n" +
                     letters(64) + "\n\n";

  auto redacted = redactor.redact(text);

  EXPECT_EQ(std::ranges::count(redacted, '\n'), std::ranges::count(text, '\n'));
}

// Each word calls a scanner; were one to read to the end each time, this test would take minutes.
TEST(Redactor, TakesLinearTime) {
  auto begin = key_mark("BEGIN"), end = key_mark("END");
  for (std::string_view word :
       {std::string_view("password="), std::string_view("password=v1x2y3z4 "), std::string_view("kind: Secret\n"),
        std::string_view("{\"kind\":\"Secret\""), std::string_view("token:"), std::string_view("cookie:a;"),
        std::string_view("authorization: digest "), std::string_view(begin), std::string_view(end)}) {
    auto text = repeat(word, 100'000);
    auto lines = std::ranges::count(text, '\n');
    EXPECT_EQ(std::ranges::count(Redactor().redact(text), '\n'), lines) << word;
  }
}

TEST(Redactor, TakesAnyBytes) {
  Redactor redactor;
  std::string text;
  for (unsigned i = 0; i < 70'000; ++i) text += static_cast<char>((i * 2'654'435'761u) >> 13);

  EXPECT_EQ(redactor.redact(text), text);
}

}  // namespace
}  // namespace agent
