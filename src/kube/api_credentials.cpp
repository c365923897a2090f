#include "kube/api_credentials.hpp"

#include "base/encoding.hpp"
#include "base/version.hpp"
#include "kube/api_account.hpp"
#include "net/url.hpp"

#include <array>
#include <charconv>
#include <ctime>
#include <utility>

namespace agent::kube {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds failure_lasts{30}, between_renewals{60};

/// A key in a header's name, as client-go's headerKeyEscape has it: what no header may have, and '%', as %XX.
std::string escape_key(std::string_view key) {
  constexpr std::string_view others = "!#$&'*+-.^_`|~", digits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_plain || others.contains(c)) {
      escaped += c;
    } else {
      escaped += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return escaped;
}

/// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
void add_impersonation(std::vector<net::Header>& headers, const Impersonation& as) {
  if (!as.user.empty()) headers.push_back({"Impersonate-User", as.user});
  if (!as.uid.empty()) headers.push_back({"Impersonate-Uid", as.uid});
  for (const std::string& group : as.groups) headers.push_back({"Impersonate-Group", group});
  for (const auto& [key, value] : as.extra) headers.push_back({"Impersonate-Extra-" + escape_key(key), value});
}

std::string password_in(const std::string& url) {
  const auto parsed = net::parse_url(url);
  if (!parsed) return {};
  const auto colon = parsed->userinfo.find(':');
  return colon == std::string::npos ? "" : parsed->userinfo.substr(colon + 1);
}

/// "Z", "+02:00"; nothing when it is neither.
std::optional<std::chrono::minutes> zone(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
  int hours = 0, minutes = 0;
  std::from_chars(text.data() + 1, text.data() + 3, hours);
  std::from_chars(text.data() + 4, text.data() + 6, minutes);
  return std::chrono::minutes((text[0] == '-' ? -1 : 1) * (hours * 60 + minutes));
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr) return {};
  std::string_view rest(end);
  if (rest.starts_with('.')) rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  const auto offset = zone(rest);
  if (!offset) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts))) - *offset;
}

Credentials::Credentials(Access access, ApiOptions options)
    : access_(std::move(access)), options_(std::move(options)), may_send_(keeps_secrets(access_.server)) {
  for (const auto& [secret, kind] : access_.secrets()) learn(kind, secret);
  learn("password", password_in(access_.server));
  learn("password", password_in(options_.proxy.https));
  learn("password", password_in(options_.proxy.http));
  if (!access_.username.empty()) learn("password", base64(access_.username + ":" + access_.password));
  pass_.client = make_client(access_.certificate, access_.key);
}

bool Credentials::by_plugin() const {
  return access_.exec && may_send_ && access_.token.empty() && access_.token_file.empty() && access_.username.empty() &&
         access_.certificate.empty();
}

Result<Pass> Credentials::current(const std::stop_token& stop) {
  return by_plugin() ? of_plugin(1, stop) : without_plugin();
}

Result<std::optional<Pass>> Credentials::renewed(const Pass& refused, const std::stop_token& stop) {
  if (by_plugin()) {
    const std::unique_lock lock(mutex_);
    const bool is_newer = pass_.run > refused.run;
    const auto now = SteadyClock::now();
    if (!is_newer && renewed_at_ && now - *renewed_at_ < between_renewals && !running_) return std::nullopt;
    if (!is_newer && !running_) renewed_at_ = now;
  }
  Pass pass = TRY(by_plugin() ? of_plugin(refused.run + 1, stop) : without_plugin());
  // A token file may have been replaced since it was read.
  const bool is_other = pass.run != refused.run ||
                        net::header(pass.headers, "authorization") != net::header(refused.headers, "authorization");
  return is_other ? std::optional(std::move(pass)) : std::nullopt;
}

Result<Pass> Credentials::without_plugin() {
  const std::string token = may_send_ ? TRY(current_token(access_)) : std::string();
  const std::lock_guard lock(mutex_);
  if (token != learnt_token_) learn("token", learnt_token_ = token);
  return Pass{pass_.client, headers(token), 0};
}

Result<Pass> Credentials::of_plugin(unsigned least, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [&] { return !running_; }))
    return fail(ErrorKind::interrupted, "stopped while waiting for the exec plugin");
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const bool is_valid = pass_.run >= least && (!expires_ || now < *expires_);
  if (is_valid) return pass_;
  if (failure_ && SteadyClock::now() - failed_at_ < failure_lasts) return std::unexpected(*failure_);
  TRY(run_plugin(lock, stop));
  return pass_;
}

Result<void> Credentials::run_plugin(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  running_ = true;
  lock.unlock();
  auto credential = run_exec_plugin(access_, options_.environment, stop);
  lock.lock();
  running_ = false;
  changed_.notify_all();
  if (credential) {
    take(*std::move(credential));
    return {};
  }
  if (credential.error().kind == ErrorKind::interrupted) return std::unexpected(std::move(credential).error());
  failure_ = std::move(credential).error();
  failed_at_ = SteadyClock::now();
  return std::unexpected(*failure_);
}

void Credentials::take(ExecCredential credential) {
  learn("token", credential.token);
  learn("private-key", credential.key);
  // Another certificate needs other connections: the server saw the old one on those that are kept.
  const bool is_other = pass_.run == 0 || credential.certificate != given_.certificate;
  if (is_other && !credential.certificate.empty()) pass_.client = make_client(credential.certificate, credential.key);
  pass_.headers = headers(credential.token);
  ++pass_.run;
  expires_ = parse_time(credential.expires);
  failure_.reset();
  given_ = std::move(credential);
}

void Credentials::learn(std::string_view kind, std::string_view secret) {
  if (!secret.empty() && options_.learn) options_.learn(kind, secret);
}

std::shared_ptr<const net::HttpClient> Credentials::make_client(const std::string& certificate,
                                                                const std::string& key) const {
  net::ClientOptions client;
  client.tls.ca_data = access_.authority;
  client.tls.ca_file = access_.authority.empty() ? options_.ca_file : "";
  client.tls.certificate = certificate;
  client.tls.key = key;
  client.tls.server_name = access_.tls_server_name;
  client.tls.insecure = access_.insecure;
  client.proxy = options_.proxy;
  if (!access_.proxy_url.empty()) client.proxy = {access_.proxy_url, access_.proxy_url, ""};
  client.connect_timeout = std::min(client.connect_timeout, options_.request_timeout);
  client.idle_timeout = options_.request_timeout;
  client.user_agent = "agent/" + std::string(version);
  return std::make_shared<const net::HttpClient>(std::move(client));
}

std::vector<net::Header> Credentials::headers(const std::string& token) const {
  std::vector<net::Header> all;
  if (!token.empty())
    all.push_back({"Authorization", "Bearer " + token});
  else if (!access_.username.empty() && may_send_)
    all.push_back({"Authorization", "Basic " + base64(access_.username + ":" + access_.password)});
  add_impersonation(all, access_.as);
  return all;
}

}  // namespace agent::kube
