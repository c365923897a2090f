#include "sinks/forge_http.hpp"

#include "base/clock.hpp"
#include "base/text.hpp"
#include "net/retry.hpp"
#include "net/url.hpp"
#include "sinks/forge_json.hpp"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int first_failure = 300, moved_for_good = 301, kept_for_good = 308, first_refusal = 400, unauthorised = 401,
              forbidden_status = 403, not_found = 404, gone = 410, too_large = 413, unprocessable = 422, locked = 423,
              too_many = 429, first_server_error = 500;
constexpr std::size_t page_size = 50;  // Gitea's most unless it is told otherwise (api.MAX_RESPONSE_ITEMS)
constexpr std::uint64_t most_answer_bytes = std::uint64_t{8} << 20U;  // Gitea gives all comments of an issue at once
constexpr std::size_t most_kept_bytes = std::size_t{32} << 20U;

/// What a busy server asks for is read here, not by the client; the rest is repeated quickly or not at all. Nothing is
/// followed: another server must not answer in the forge's name, and what is sent goes where it was meant to go.
net::ClientOptions quick(net::ClientOptions options) {
  options.max_redirects = 0;
  options.max_retry_wait = std::min(options.max_retry_wait, milliseconds(500));
  return options;
}

std::optional<long> whole_number(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < 0) return {};
  return number;
}

/// Whether the answer's headers tell of a next page; else by what came. `before`: items of the pages before.
bool has_more(const ForgeAnswer& answer, std::size_t before) {
  const auto came = answer.body.size();
  if (came == 0) return false;
  const std::string_view link = net::header(answer.headers, "link");
  if (!link.empty()) return link.find("rel=\"next\"") != std::string_view::npos;
  // Gitea gives all comments at once, and no link in its list of labels.
  const auto total = whole_number(net::header(answer.headers, "x-total-count"));
  return total ? static_cast<std::size_t>(*total) > before + came : came >= page_size;
}

std::string in_words(milliseconds wait) {
  const auto whole = std::chrono::ceil<seconds>(wait).count();
  return whole < 120 ? std::to_string(whole) + " s" : std::to_string((whole + 59) / 60) + " min";
}

bool is_safe_word(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::ranges::all_of(text, [](unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '<' && c != '>' && c != '`';
  });
}

/// "write:issue" of "… required=[write:issue], token scope=read:issue" (Gitea, tokenRequiresScopes()).
std::string_view required_scope(std::string_view words) {
  constexpr std::string_view before = "required=[";
  const auto begin = words.find(before);
  if (begin == std::string_view::npos) return {};
  words.remove_prefix(begin + before.size());
  return words.substr(0, words.find(']'));
}

}  // namespace

bool pause(milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any stopped;
  stopped.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

std::optional<milliseconds> rate_wait(const ForgeAnswer& answer, std::chrono::system_clock::time_point now) {
  constexpr seconds unless_told{60};
  if (answer.status != forbidden_status && answer.status != too_many) return {};
  const auto asked = net::retry_after(net::header(answer.headers, "retry-after"), now);
  if (asked) return asked;
  if (net::header(answer.headers, "x-ratelimit-remaining") == "0") {
    const auto reset = whole_number(net::header(answer.headers, "x-ratelimit-reset"));
    if (!reset) return unless_told;
    constexpr long year_9999 = 253'402'300'799;
    const auto at = std::chrono::system_clock::from_time_t(std::min(*reset, year_9999 / 30));
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(at - now));
  }
  const bool says_so = lower(text_member(answer.body, "message")).find("rate limit") != std::string::npos;
  return answer.status == too_many || says_so ? std::optional<milliseconds>(unless_told) : std::nullopt;
}

ForgeHttp::ForgeHttp(const ForgeAccess& access, std::string name, std::string base, std::vector<net::Header> headers)
    : client_(quick(access.http)),
      name_(std::move(name)),
      base_(std::move(base)),
      token_(access.token),
      token_setting_(access.token_setting),
      repository_(access.owner + "/" + access.repository),
      headers_(std::move(headers)),
      most_rate_wait_(access.most_rate_wait),
      timeout_(access.timeout) {}

std::string ForgeHttp::where(const std::string& method, const std::string& path, int status) const {
  const auto url = net::parse_url(base_ + path.substr(0, path.find('?')));
  return method + " " + (url ? url->shown() : name_) + (status == 0 ? "" : ": " + std::to_string(status));
}

/// In a line, without our token should the forge send that back.
std::string ForgeHttp::cleaned(std::string text) const {
  constexpr std::string_view hidden = "…";
  for (auto at = token_.empty() ? std::string::npos : text.find(token_); at != std::string::npos;
       at = text.find(token_, at + hidden.size()))
    text.replace(at, token_.size(), hidden);
  return quoted_words(text);
}

/// The forge's own words.
std::string ForgeHttp::words(const Json& body) const {
  std::string text = text_member(body, "message");
  for (const Json& error : member(body, "errors"))
    if (const std::string more = error.is_string() ? error.get<std::string>() : text_member(error, "message");
        !more.empty())
      text += (text.empty() ? "" : ": ") + more;
  return cleaned(std::move(text));
}

Result<ForgeAnswer> ForgeHttp::fetch(const net::Request& request, const std::stop_token& stop) const {
  auto got = TRY(client_.fetch(request, stop));
  auto body = parse_foreign(got.body);
  return ForgeAnswer{got.status, std::move(got.headers), body ? *std::move(body) : Json()};
}

Result<ForgeAnswer> ForgeHttp::exchange(const std::string& method, const std::string& path, const Json& body,
                                        const std::stop_token& stop) const {
  return exchange_until(std::chrono::steady_clock::now() + timeout_, method, path, body, stop);
}

Result<ForgeAnswer> ForgeHttp::exchange_until(net::Deadline deadline, const std::string& method,
                                              const std::string& path, const Json& body,
                                              const std::stop_token& stop) const {
  if (token_.empty())
    return fail(ErrorKind::unauthorised, "no token for " + name_, where(method, path, 0), "set " + token_setting_);
  net::Request request{.method = method, .url = base_ + path, .headers = headers_};
  if (!body.is_null()) {
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    request.headers.push_back({"Content-Type", "application/json"});
  }
  request.deadline = deadline;
  request.max_body_bytes = most_answer_bytes;
  request.repeat = method == "POST" ? net::Repeat::no : net::Repeat::yes;
  constexpr int most_waits = 3;
  for (int waits = 0;; ++waits) {
    auto answer = TRY(fetch(request, stop));
    const auto wait = rate_wait(answer, std::chrono::system_clock::now());
    if (!wait) return answer;
    const bool in_time = *wait < request.deadline - std::chrono::steady_clock::now();
    if (waits == most_waits || *wait > most_rate_wait_ || !in_time)
      return std::unexpected(limited(where(method, path, answer.status), answer));
    if (!pause(*wait + milliseconds(50), stop))
      return fail(ErrorKind::interrupted, "interrupted", where(method, path, 0));
  }
}

Result<Json> ForgeHttp::ask(const std::string& method, const std::string& path, const Json& body,
                            const std::stop_token& stop) const {
  auto answer = TRY(exchange(method, path, body, stop));
  if (answer.status < 200 || answer.status >= first_failure) return std::unexpected(refusal(method, path, answer));
  return std::move(answer.body);
}

ForgeList ForgeHttp::list(std::string path, int most) const {
  return {.path = std::move(path), .most_pages = most, .deadline = std::chrono::steady_clock::now() + timeout_};
}

Result<Json> ForgeHttp::next(ForgeList& list, const std::stop_token& stop) const {
  const std::string size = name_ == "github" ? "per_page=" : "limit=";
  const std::string full = list.path + (list.path.find('?') == std::string::npos ? "?" : "&") + size +
                           std::to_string(page_size) + "&page=" + std::to_string(++list.pages);
  auto answer = TRY(exchange_until(list.deadline, "GET", full, Json(), stop));
  if (answer.status != 200) return std::unexpected(refusal("GET", list.path, answer));
  if (!answer.body.is_array())
    return fail(ErrorKind::unreadable, name_ + " answers with something else than a list", where("GET", list.path, 200),
                "check that its address is that of an API");
  list.more = has_more(answer, list.items) && list.pages < list.most_pages;
  list.items += answer.body.size();
  return std::move(answer.body);
}

Result<void> ForgeHttp::keep(ForgeList& list, std::size_t bytes) const {
  list.kept += bytes;
  if (list.kept <= most_kept_bytes) return {};
  return fail(ErrorKind::unreadable, name_ + " lists more than 32 MiB", where("GET", list.path, 200),
              "delete what is not of this program");
}

Error ForgeHttp::limited(const std::string& where, const ForgeAnswer& answer) const {
  const auto now = std::chrono::system_clock::now();
  const auto wait = rate_wait(answer, now).value_or(milliseconds(0));
  return {ErrorKind::delivery_failed,
          name_ + " limits how often it is asked: the next try may be at " +
              rfc3339(std::chrono::time_point_cast<std::chrono::system_clock::duration>(now + wait)) + ", in " +
              in_words(wait),
          where, "send it again then"};
}

Error ForgeHttp::forbidden(const std::string& where, const ForgeAnswer& answer) const {
  const std::string says = words(answer.body);
  std::string_view right = required_scope(says);
  for (const char* header : {"x-accepted-github-permissions", "x-accepted-oauth-scopes"})
    if (right.empty()) right = trim(net::header(answer.headers, header));
  const std::string may = is_safe_word(right)
                              ? "give the token of " + token_setting_ + " the right '" + std::string(right) + "'"
                              : "check what the token of " + token_setting_ + " may do in '" + repository_ + "'";
  return {ErrorKind::forbidden, name_ + " refuses this to the token" + (says.empty() ? "" : ": " + says), where, may};
}

/// A repository that was renamed, or a server that wants https, or a log-in.
Error ForgeHttp::moved(const std::string& where, const ForgeAnswer& answer) const {
  const std::string_view location = net::header(answer.headers, "location");
  const auto base = net::parse_url(base_);
  const auto to = base && !location.empty() ? net::resolve_url(*base, location) : std::unexpected(Error{});
  const bool for_good = answer.status == moved_for_good || answer.status == kept_for_good;
  return {ErrorKind::delivery_failed,
          (for_good ? "the repository '" + repository_ + "' has moved" : name_ + " points to another place") +
              (to ? (for_good ? " to '" : ": '") + cleaned(to->shown()) + "'" : ""),
          where, "check its address, owner and repository: redirects are not followed"};
}

Error ForgeHttp::refusal(const std::string& method, const std::string& path, const ForgeAnswer& answer) const {
  const std::string at = where(method, path, answer.status);
  const std::string words_of = words(answer.body);
  const std::string says = words_of.empty() ? "" : ": " + words_of;
  const std::string quoted = "'" + repository_ + "'";
  switch (answer.status) {
    case unauthorised:
      return {ErrorKind::unauthorised, name_ + " does not accept the token", at,
              "check " + token_setting_ + ": it may be revoked or expired"};
    case forbidden_status: return forbidden(at, answer);
    case not_found:
      return {ErrorKind::target_not_found,
              "the repository " + quoted + " does not exist at " + name_ + ", or the token can't see it", at,
              "check owner and repository, and what the token of " + token_setting_ + " may see"};
    case gone:
      return {ErrorKind::delivery_failed, "issues are turned off in " + quoted, at, "turn them on in its settings"};
    case locked: return {ErrorKind::delivery_failed, quoted + " takes no changes" + says, at, "it may be archived"};
    case too_large: return {ErrorKind::delivery_failed, "the text is too long for " + name_ + says, at, ""};
    case unprocessable: return {ErrorKind::delivery_failed, name_ + " does not take it" + says, at, ""};
    default: break;
  }
  if (answer.status >= first_server_error)
    return {ErrorKind::delivery_failed, name_ + " fails" + says, at, "try again when it works"};
  if (answer.status >= first_failure && answer.status < first_refusal) return moved(at, answer);
  return {ErrorKind::delivery_failed, name_ + " refuses this" + says, at, ""};
}

}  // namespace agent::sinks
