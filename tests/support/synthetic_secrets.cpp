#include "support/synthetic_secrets.hpp"

#include <array>
#include <cassert>
#include <cstdlib>

namespace agent::testing {
namespace {

// Patterns, not examples: no scanner takes this file for a leak.
constexpr auto tokens = std::to_array<SyntheticKind>({
    {"age", "AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"},
    {"airtable", "pat[a-zA-Z0-9]{14}.[a-f0-9]{64}"},
    {"alibaba key id", "LTAI[a-zA-Z0-9]{20}"},
    {"anthropic", "sk-ant-api03-[a-zA-Z0-9_-]{93}AA"},
    {"anthropic admin", "sk-ant-admin01-[a-zA-Z0-9_-]{93}AA"},
    {"artifactory key", "AKCp[A-Za-z0-9]{69}"},
    {"artifactory token", "cmVmd[A-Za-z0-9]{59}"},
    {"atlassian", "ATATT3[A-Za-z0-9_=-]{186}"},
    {"aws bedrock", "ABSK[A-Za-z0-9+/]{109}"},
    {"aws key id", "AKIA[A-Z2-7]{16}"},
    {"aws temporary key id", "ASIA[A-Z2-7]{16}"},
    {"azure client secret", "[a-zA-Z0-9_~.]{3}8Q~[a-zA-Z0-9_~.-]{31}a1A"},
    {"bitbucket", "ATBB[a-zA-Z0-9]{32}"},
    {"buildkite", "bkua_[a-f0-9]{40}"},
    {"circleci", "CCIPAT_[a-zA-Z0-9]{22}_[a-f0-9]{40}"},
    {"clojars", "CLOJARS_[a-z0-9]{60}"},
    {"cloudflare origin", "v1.0-[a-f0-9]{24}-[a-f0-9]{146}"},
    {"contentful", "CFPAT-[a-zA-Z0-9_-]{43}"},
    {"crates.io", "cio[a-zA-Z0-9]{32}"},
    {"databricks", "dapi[a-f0-9]{32}"},
    {"databricks with number", "dapi[a-f0-9]{32}-2"},
    {"digitalocean", "dop_v1_[a-f0-9]{64}"},
    {"digitalocean refresh", "dor_v1_[a-f0-9]{64}"},
    {"docker", "dckr_pat_[a-zA-Z0-9_-]{27}"},
    {"doppler", "dp.pt.[a-zA-Z0-9]{43}"},
    {"duffel", "duffel_live_[a-zA-Z0-9_-]{43}"},
    {"dynatrace", "dt0c01.[A-Z0-9]{24}.[A-Z0-9]{64}"},
    {"easypost", "EZAK[a-z0-9]{54}"},
    {"endor", "endr+[A-Za-z0-9-]{16}"},
    {"facebook page", "EAA[MC]{1}[a-zA-Z0-9]{100}"},
    {"figma", "figd_[a-zA-Z0-9_-]{40}"},
    {"flutterwave", "FLWSECK_TEST-[a-h0-9]{32}-X"},
    {"fly.io", "fo1_[a-zA-Z0-9_-]{43}"},
    {"frame.io", "fio-u-[a-zA-Z0-9_-]{64}"},
    {"gcp api key", "AIza[a-zA-Z0-9_-]{35}"},
    {"gcp oauth secret", "GOCSPX-[a-zA-Z0-9_-]{28}"},
    {"gcp access token", "ya29.[a-zA-Z0-9_-]{160}"},
    {"github app", "ghs_[a-zA-Z0-9]{36}"},
    {"github classic", "ghp_[a-zA-Z0-9]{36}"},
    {"github fine-grained", "github_pat_[a-zA-Z0-9]{22}_[a-zA-Z0-9]{59}"},
    {"github oauth", "gho_[a-zA-Z0-9]{36}"},
    {"github refresh", "ghr_[a-zA-Z0-9]{76}"},
    {"gitlab deploy", "gldt-[a-zA-Z0-9_-]{20}"},
    {"gitlab feed", "glft-[a-zA-Z0-9_-]{20}"},
    {"gitlab job", "glcbt-[a-f0-9]{2}_[a-zA-Z0-9_-]{20}"},
    {"gitlab personal", "glpat-[a-zA-Z0-9_-]{20}"},
    {"gitlab pipeline trigger", "glptt-[a-f0-9]{40}"},
    {"gitlab registration", "GR1348941[a-zA-Z0-9_-]{20}"},
    {"gitlab runner", "glrt-[a-zA-Z0-9_-]{20}"},
    {"gitlab session", "_gitlab_session=[a-f0-9]{32}"},
    {"grafana cloud", "glc_[A-Za-z0-9+/]{80}"},
    {"grafana service", "glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}"},
    {"groq", "gsk_[a-zA-Z0-9]{52}"},
    {"harness", "pat.[a-zA-Z0-9_-]{22}.[a-f0-9]{24}.[a-zA-Z0-9]{20}"},
    {"heroku", "HRKU-AA[a-zA-Z0-9_-]{58}"},
    {"hubspot", "pat-na1-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"},
    {"huggingface", "hf_[a-zA-Z]{34}"},
    {"infracost", "ico-[a-zA-Z0-9]{32}"},
    {"jwt", "eyJ[a-zA-Z0-9_-]{33}.eyJ[a-zA-Z0-9_-]{80}.[a-zA-Z0-9_-]{43}"},
    {"linear", "lin_api_[a-zA-Z0-9]{40}"},
    {"mailchimp", "[a-f0-9]{32}-us2[0-9]{1}"},
    {"mailgun", "key-[a-f0-9]{32}"},
    {"mapbox", "sk.eyJ[a-zA-Z0-9]{80}.[a-zA-Z0-9_-]{22}"},
    {"maxmind", "[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"},
    {"netlify", "nfp_[a-zA-Z0-9]{36}"},
    {"new relic", "NRAK-[A-Z0-9]{27}"},
    {"notion", "ntn_[0-9]{11}[a-zA-Z0-9]{35}"},
    {"npm", "npm_[a-zA-Z0-9]{36}"},
    {"nuget", "oy2[a-z0-9]{43}"},
    {"nvidia", "nvapi-[a-zA-Z0-9_-]{64}"},
    {"octopus", "API-[A-Z0-9]{26}"},
    {"1password", "ops_eyJ[a-zA-Z0-9+/]{250}"},
    {"openai", "sk-[a-zA-Z0-9]{20}T3BlbkFJ[a-zA-Z0-9]{20}"},
    {"openai project", "sk-proj-[a-zA-Z0-9_-]{74}T3BlbkFJ[a-zA-Z0-9_-]{74}"},
    {"openrouter", "sk-or-v1-[a-f0-9]{64}"},
    {"openshift", "sha256~[a-zA-Z0-9_-]{43}"},
    {"perplexity", "pplx-[a-zA-Z0-9]{48}"},
    {"planetscale", "pscale_tkn_[a-zA-Z0-9_.-]{43}"},
    {"plaid", "access-production-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"},
    {"postman", "PMAK-[a-f0-9]{24}-[a-f0-9]{34}"},
    {"prefect", "pnu_[a-zA-Z0-9]{36}"},
    {"pulumi", "pul-[a-f0-9]{40}"},
    {"pypi", "pypi-AgEIcHlwaS5vcmc[a-zA-Z0-9_-]{120}"},
    {"readme", "rdme_[a-z0-9]{70}"},
    {"replicate", "r8_[a-zA-Z0-9]{37}"},
    {"rubygems", "rubygems_[a-f0-9]{48}"},
    {"scalingo", "tk-us-[a-zA-Z0-9_-]{48}"},
    {"sendgrid", "SG.[a-zA-Z0-9_-]{22}.[a-zA-Z0-9_-]{43}"},
    {"brevo", "xkeysib-[a-f0-9]{64}-[a-zA-Z0-9]{16}"},
    {"sentry org", "sntrys_eyJ[a-zA-Z0-9+/]{100}_[a-zA-Z0-9+/]{43}"},
    {"sentry user", "sntryu_[a-f0-9]{64}"},
    {"settlemint", "sm_pat_[a-zA-Z0-9]{16}"},
    {"shippo", "shippo_live_[a-f0-9]{40}"},
    {"shopify", "shpat_[a-fA-F0-9]{32}"},
    {"slack app", "xapp-1-A[A-Z0-9]{10}-[0-9]{13}-[a-f0-9]{64}"},
    {"slack bot", "xoxb-[0-9]{12}-[0-9]{12}-[a-zA-Z0-9]{24}"},
    {"slack user", "xoxp-[0-9]{12}-[0-9]{12}-[0-9]{12}-[a-f0-9]{32}"},
    {"slack refresh", "xoxe-1-[a-zA-Z0-9]{146}"},
    {"sonar", "squ_[a-f0-9]{40}"},
    {"sourcegraph", "sgp_[a-f0-9]{16}_[a-f0-9]{40}"},
    {"square", "sq0atp-[a-zA-Z0-9_-]{22}"},
    {"stripe", "sk_live_[a-zA-Z0-9]{99}"},
    {"stripe restricted", "rk_live_[a-zA-Z0-9]{24}"},
    {"supabase", "sbp_[a-f0-9]{40}"},
    {"tailscale", "tskey-auth-[a-zA-Z0-9]{17}-[a-zA-Z0-9]{32}"},
    {"telegram", "[1-9]{1}[0-9]{8}:AA[a-zA-Z0-9_-]{33}"},
    {"terraform", "[a-zA-Z0-9]{14}.atlasv1.[a-zA-Z0-9_-]{67}"},
    {"twilio", "SK[a-f0-9]{32}"},
    {"typeform", "tfp_[a-zA-Z0-9_.-]{58}0"},
    {"vault batch", "hvb.[a-zA-Z0-9_-]{140}"},
    {"vault service", "hvs.[a-zA-Z0-9_-]{92}"},
    {"wakatime", "waka_[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"},
    {"xai", "xai-[a-zA-Z0-9]{80}"},
    {"yandex", "y0_[a-zA-Z0-9_-]{55}"},
});

constexpr auto places = std::to_array<std::string_view>({
    "@",
    "value is @",
    "got '@', going on",
    "{\"id\":\"@\",\"n\":1}",
    "curl https://example.org/a?x=@&y=1",
    "\x1b[33m@\x1b[0m",
    "2026-01-02T03:04:05.1234567Z ##[debug]@\r",
    "line one\\n@\\nline two",
    "(@)",
    "<b>@</b>",
});

constexpr auto labelled = std::to_array<SyntheticKind>({
    {"NAME_PASSWORD=", "DB_PASSWORD=\x01[a-zA-Z0-9]{10}\x01"},
    {"NAME_TOKEN=", "export DEPLOY_TOKEN=\x01[a-f0-9]{40}\x01"},
    {"NAME_SECRET quoted", "APP_SECRET=\"\x01[a-zA-Z0-9!#%+.]{16}\x01\""},
    {"api key", "api_key: \x01[a-zA-Z0-9]{32}\x01"},
    {"aws secret key", "aws_secret_access_key = \x01[a-zA-Z0-9/+]{40}\x01"},
    {"aws secret key in json", "\"SecretAccessKey\": \"\x01[a-zA-Z0-9/+]{40}\x01\","},
    {"azure storage", "AccountName=acme;AccountKey=\x01[a-zA-Z0-9/+]{86}==\x01;EndpointSuffix=core.windows.net"},
    {"json password", "{\"user\":\"bob\",\"password\":\"\x01[a-zA-Z0-9!#%+.]{12}\x01\"}"},
    {"json in json", "\"{\\\"clientSecret\\\":\\\"\x01[a-zA-Z0-9]{24}\x01\\\"}\""},
    {"yaml password", "  password: \x01[a-zA-Z0-9]{12}\x01"},
    {"option", "deploy --token \x01[a-zA-Z0-9]{32}\x01 --wait"},
    {"option with =", "login --password=\x01[a-zA-Z0-9]{12}\x01 --user bob"},
    {"helm --set", "helm upgrade shop . --set db.password=\x01[a-zA-Z0-9]{12}\x01,replicas=2"},
    {"xml", "<password>\x01[a-zA-Z0-9]{12}\x01</password>"},
    {"properties", "spring.datasource.password=\x01[a-zA-Z0-9]{12}\x01"},
    {"npmrc", "//registry.npmjs.org/:_authToken=\x01[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}\x01"},
    {"docker config", "\"auth\": \"\x01[a-zA-Z0-9]{40}\x01\""},
    {"kubeconfig", "    client-key-data: \x01LS0tLS1CRUdJTi[a-zA-Z0-9]{120}\x01"},
    {"kubernetes env", "- name: DB_PASSWORD\n  value: \x01[a-zA-Z0-9]{12}\x01"},
    {"connection string", "Server=db;User Id=sa;Password=\x01[a-zA-Z0-9_!]{14}\x01;Encrypt=true"},
    {"url", "git clone https://bob:\x01[a-zA-Z0-9]{16}\x01@git.example.org/a/b.git"},
    {"url of a database", "postgres://app:\x01[a-zA-Z0-9._]{14}\x01@db:5432/shop"},
    {"url with a token", "https://\x01[a-f0-9]{40}\x01@git.example.org/a/b.git"},
    {"amqp url", "amqp://user:\x01[a-zA-Z0-9]{12}\x01@mq:5672/"},
    {"bearer", "Authorization: Bearer \x01[a-zA-Z0-9_-]{40}\x01"},
    {"basic", "> authorization: Basic \x01[a-zA-Z0-9]{26}==\x01"},
    {"token header", "PRIVATE-TOKEN: \x01[a-zA-Z0-9_]{20}\x01"},
    {"api key header", "curl -H 'X-Api-Key: \x01[a-zA-Z0-9]{32}\x01' https://example.org"},
    {"cookie", "Cookie: session=\x01[a-zA-Z0-9]{32}\x01"},
    {"set-cookie", "< Set-Cookie: sid=\x01[a-zA-Z0-9]{32}\x01; Path=/; HttpOnly"},
    {"curl user", "curl -u bob:\x01[a-zA-Z0-9]{12}\x01 https://example.org"},
    {"docker login", "docker login -u bob -p \x01[a-zA-Z0-9]{12}\x01 registry.example.org"},
    {"mysql", "mysql -h db -u app -p\x01[a-zA-Z0-9]{12}\x01 shop"},
    {"sshpass", "sshpass -p \x01[a-zA-Z0-9]{12}\x01 ssh host"},
    {"netrc", "machine git.example.org login bob password \x01[a-zA-Z0-9]{12}\x01"},
    {"pgpass", "localhost:5432:shop:bob:\x01[a-zA-Z0-9]{12}\x01"},
    {"azure sas", "https://a.blob.core.windows.net/c?sv=2022-11-02&sig=\x01[a-zA-Z0-9]{43}%3D\x01&se=2026"},
    {"aws signature", "https://s3.amazonaws.com/b?X-Amz-Signature=\x01[a-f0-9]{64}\x01&x=1"},
    {"slack webhook", "POST https://hooks.slack.com/services/\x01T[A-Z0-9]{8}/B[A-Z0-9]{8}/[a-zA-Z0-9]{24}\x01"},
    {"discord webhook", "https://discord.com/api/webhooks/\x01[0-9]{18}/[a-zA-Z0-9_-]{68}\x01"},
    {"kubernetes secret", "kind: Secret\ndata:\n  password: \x01[a-zA-Z0-9]{15}=\x01\n"},
    {"private key", "-----BEGIN RSA PRIVATE KEY-----\n\x01[a-zA-Z0-9+/]{64}\x01\n-----END RSA PRIVATE KEY-----"},
    {"openssh key",
     "-----BEGIN OPENSSH PRIVATE KEY-----\n\x01[a-zA-Z0-9+/]{70}\x01\n-----END OPENSSH PRIVATE KEY-----"},
    {"private key in json",
     "\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n\x01[a-zA-Z0-9+/]{64}\x01\\n-----END PRIVATE KEY-----\\n\""},
});

constexpr auto harmless = std::to_array<SyntheticKind>({
    {"commit", "HEAD is now at [a-f0-9]{7} fix the basket"},
    {"commit in full", "commit [a-f0-9]{40}"},
    {"merge", "Merge [a-f0-9]{40} into [a-f0-9]{40}"},
    {"md5", "[a-f0-9]{32}  shop.tar.gz"},
    {"sha256", "[a-f0-9]{64}  shop.tar.gz"},
    {"sha512", "[a-f0-9]{128}  shop.tar.gz"},
    {"image digest", "Digest: sha256:[a-f0-9]{64}"},
    {"image by digest", "FROM docker.io/library/debian:12@sha256:[a-f0-9]{64}"},
    {"image layer", "[a-f0-9]{12}: Pull complete"},
    {"integrity", "integrity sha512-[a-zA-Z0-9+/]{86}=="},
    {"go.sum", "example.org/a v1.2.3 h1:[a-zA-Z0-9+/]{43}="},
    {"pip hash", "    --hash=sha256:[a-f0-9]{64} \\"},
    {"sri in html", "<script src=\"a.js\" integrity=\"sha384-[a-zA-Z0-9+/]{64}\"></script>"},
    {"uuid", "request [a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-a[a-f0-9]{3}-[a-f0-9]{12} failed"},
    {"upper-case uuid", "{[A-F0-9]{8}-[A-F0-9]{4}-4[A-F0-9]{3}-A[A-F0-9]{3}-[A-F0-9]{12}}"},
    {"trace id", "traceparent: 00-[a-f0-9]{32}-[a-f0-9]{16}-01"},
    {"cache key", "Cache restored from key: Linux-node-[a-f0-9]{64}"},
    {"cache key of an action", "key: Linux-cargo-[a-f0-9]{64}"},
    {"etag", "ETag: \"[a-f0-9]{32}\""},
    {"base64 data", "data: [a-zA-Z0-9+/]{76}"},
    {"base64 line", "[a-zA-Z0-9+/]{76}"},
    {"base64 image", "background: url(data:image/png;base64,[a-zA-Z0-9+/]{120}==)"},
    {"base64 in a test", "expected: \"[a-zA-Z0-9+/]{43}=\" but was: \"[a-zA-Z0-9+/]{43}=\""},
    {"hex in a test", "assert '[a-f0-9]{64}' == '[a-f0-9]{64}'"},
    {"hex dump", "00000010  [a-f0-9]{2} [a-f0-9]{2} [a-f0-9]{2} [a-f0-9]{2} [a-f0-9]{2} [a-f0-9]{2}  |......|"},
    {"address", "#0 0x[a-f0-9]{12} in main shop.c:3"},
    {"java object", "com.acme.Basket@[a-f0-9]{8}"},
    {"pod", "pod/shop-[bcdfghjklmnpqrstvwxz2456789]{9}-[bcdfghjklmnpqrstvwxz2456789]{5} deleted"},
    {"uid of an object", "uid: [a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-a[a-f0-9]{3}-[a-f0-9]{12}"},
    {"resource version", "resourceVersion: \"[0-9]{9}\""},
    {"nix path", "/nix/store/[a-df-np-sv-z0-9]{32}-bash-5.2"},
    {"cargo path", "/root/.cargo/registry/src/index.crates.io-[a-f0-9]{16}/serde-1.0.1/src/lib.rs"},
    {"bundle", "dist/assets/index-[a-zA-Z0-9]{8}.js 12.1 kB"},
    {"temporary file", "/tmp/tmp[a-z0-9]{8}/out.log"},
    {"build id", "BuildID=[a-f0-9]{40}"},
    {"certificate", "-----BEGIN CERTIFICATE-----\n[a-zA-Z0-9+/]{64}\n-----END CERTIFICATE-----"},
    {"public key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA[a-zA-Z0-9+/]{44} bob@host"},
    {"host key", "SHA256:[a-zA-Z0-9+/]{43} git.example.org (ED25519)"},
    {"gpg key", "gpg: using RSA key [A-F0-9]{40}"},
    {"fingerprint", "SHA1 Fingerprint=[A-F0-9]{2}:[A-F0-9]{2}:[A-F0-9]{2}:[A-F0-9]{2}:[A-F0-9]{2}"},
    {"number", "job [0-9]{10} of run [0-9]{11}"},
    {"aws resource", "arn:aws:iam::[0-9]{12}:role/deploy"},
    {"instance", "i-[a-f0-9]{17} is running"},
    {"request id", "RequestId: [A-Z0-9]{16}"},
    {"word after token", "SyntaxError: Unexpected token [a-z]{1} in JSON at position [0-9]{3}"},
    {"parameter name", "missing password parameter for user[0-9]{3}"},
    {"secret's name", "secret \"shop-db-[a-z0-9]{5}\" not found"},
});

/// The characters of a set such as "a-z0-9_".
std::string members(std::string_view set) {
  std::string all;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      for (char c = set[i]; c <= set[i + 2]; ++c) all += c;
      i += 2;
    } else {
      all += set[i];
    }
  }
  return all;
}

}  // namespace

std::string drawn(std::string_view pattern, std::mt19937& lot) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t close = pattern.find("]{");
    if (pattern.front() != '[' || close == std::string_view::npos) {
      text += pattern.front();
      pattern.remove_prefix(1);
      continue;
    }
    const std::string all = members(pattern.substr(1, close - 1));
    const std::size_t end = pattern.find('}', close);
    assert(!all.empty() && end != std::string_view::npos);
    for (int left = std::atoi(pattern.data() + close + 2); left > 0; --left) text += all[lot() % all.size()];
    pattern.remove_prefix(end + 1);
  }
  return text;
}

std::span<const SyntheticKind> token_kinds() { return tokens; }
std::span<const std::string_view> token_places() { return places; }
std::span<const SyntheticKind> labelled_kinds() { return labelled; }
std::span<const SyntheticKind> harmless_kinds() { return harmless; }

std::string put(std::string_view place, std::string_view token) {
  std::string text(place);
  text.replace(text.find('@'), 1, token);
  return text;
}

Labelled without_marks(const std::string& marked) {
  const std::size_t open = marked.find('\x01'), close = marked.find('\x01', open + 1);
  const std::string secret = marked.substr(open + 1, close - open - 1);
  return {marked.substr(0, open) + secret + marked.substr(close + 1), secret};
}

}  // namespace agent::testing
