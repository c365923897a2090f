#include "kube/api_errors.hpp"

#include "base/text.hpp"
#include "kube/api_grant.hpp"
#include "kube/document.hpp"
#include "kube/kinds.hpp"
#include "kube/object.hpp"

#include <algorithm>

namespace agent::kube {
namespace {

using nlohmann::json;

constexpr int bad_request = 400, unauthorised = 401, forbidden = 403, not_found = 404, not_acceptable = 406, gone = 410,
              unprocessable = 422, too_many = 429, server_error = 500;

/// One line, clean, short.
std::string told(std::string text) {
  constexpr std::size_t longest = 600;
  for (char& c : text)
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  if (text.size() > longest) {
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
    text.resize(end);
    text += "…";
  }
  return clean_line(text);
}

std::string with_message(const ApiStatus& status) { return status.message.empty() ? "" : ": " + status.message; }

Error unauthorised_error(const std::string& where, const Account& account) {
  std::string what = "the cluster does not accept " + account.credential;
  if (account.credential.empty())
    what = "the cluster asks for credentials, and " + account.origin + " has none to give";
  if (account.withheld) what = "the cluster asks for credentials, and none are sent without TLS";
  return {ErrorKind::unauthorised, what, where, account.renewal};
}

std::string of_where(const Refusal& refusal) {
  if (!refusal.name_space.empty()) return " in namespace '" + clean_line(refusal.name_space) + "'";
  const KindInfo* row = find_kind(Kind{refusal.group, "", refusal.resource.substr(0, refusal.resource.find('/'))});
  return row != nullptr && row->scope == Scope::name_space ? " in all namespaces" : "";
}

// RBAC knows no right to metadata alone.
std::string grant_words(const Refusal& refusal) {
  if (refusal.group.empty() && refusal.resource == "secrets")
    return "go without, or apply this as an administrator; it grants the data of Secrets, too, which is never asked "
           "for:\n";
  return "apply this as an administrator:\n";
}

Error forbidden_error(const Question& question, const std::string& where, const ApiStatus& status,
                      const Account& account) {
  Refusal refusal;
  if (!parse_refusal(status.message, refusal))
    return {ErrorKind::forbidden,
            "the cluster forbids us to " + question.verb + " " + words_of(question) + with_message(status), where,
            "grant verb '" + question.verb + "' on '" + resource_of(question) + "' to " +
                (account.name.empty() ? "whom 'kubectl auth whoami' names" : "'" + account.name + "'")};
  // Who is not known is granted nothing.
  if (refusal.user == "system:anonymous") return unauthorised_error(where, account);
  const std::string resource =
      clean_line(refusal.resource) + (refusal.group.empty() ? "" : "." + clean_line(refusal.group));
  const bool one_name = refusal.verb == "impersonate" && !refusal.name.empty();
  return {ErrorKind::forbidden,
          user_words(refusal.user) + " may not " + clean_line(refusal.verb) + " " + resource +
              (one_name ? " '" + clean_line(refusal.name) + "'" : "") + of_where(refusal),
          where, grant_words(refusal) + grant_of(refusal)};
}

Error not_found_error(const Question& question, const std::string& where, const ApiStatus& status,
                      const Account& account) {
  if (status.given && !question.name.empty())
    return {ErrorKind::target_not_found, "there is no " + words_of(question), where, ""};
  const bool is_core = question.kind.group.empty();
  if (is_core && !status.given) return not_kubernetes(where, account);
  return {ErrorKind::target_not_found, "this cluster has no " + resource_of(question), where,
          "install what serves '" + question.kind.group + "/" + question.kind.version + "', or do without"};
}

/// A log that is not there: the pod has not come so far, or the container is another.
Error no_log(const Question& question, const std::string& where, const ApiStatus& status) {
  return {ErrorKind::target_not_found, "there is no log of " + words_of(question) + with_message(status), where, ""};
}

Error busy(const Refused& refused, const ApiStatus& status) {
  if (refused.status == too_many)
    return {ErrorKind::unreachable, "the cluster is too busy for us (429)" + with_message(status), refused.where,
            "try again later"};
  return {ErrorKind::unreachable,
          "the cluster failed to answer (" + std::to_string(refused.status) + ")" + with_message(status), refused.where,
          "check that the cluster is healthy: kubectl get --raw '/readyz?verbose'"};
}

}  // namespace

ApiStatus read_status(std::string_view body) {
  json value;
  if (!parse_json(body, value) || !value.is_object() || text_of(value, "kind") != "Status") return {};
  return {true, told(text_of(value, "reason")), told(text_of(value, "message"))};
}

bool lacks_kind(const Refused& refused) { return refused.status == not_found && !read_status(refused.body).given; }

Error explain(const Question& question, const Refused& refused, const Account& account) {
  const ApiStatus status = read_status(refused.body);
  const std::string where = refused.where + ": " + std::to_string(refused.status);
  const bool is_log = question.subresource == "log";
  switch (refused.status) {
    case unauthorised: return unauthorised_error(where, account);
    case forbidden: return forbidden_error(question, where, status, account);
    case not_found: return not_found_error(question, where, status, account);
    case gone:
      return {ErrorKind::unreachable, resource_of(question) + " changed faster than they could be read (410)", where,
              "try again"};
    case not_acceptable:
      return {ErrorKind::unreadable, "the cluster does not tell " + words_of(question) + " in the form asked for",
              where, ""};
    case bad_request:
    case unprocessable:
      if (is_log) return no_log(question, where, status);
      return {ErrorKind::usage,
              "the cluster does not take the question for " + words_of(question) + with_message(status), where,
              "check the selectors"};
    default: break;
  }
  if (refused.status >= server_error || refused.status == too_many) return busy({refused.status, where, {}}, status);
  return {
      ErrorKind::unreachable,
      "the cluster gave an answer that is not expected (" + std::to_string(refused.status) + ")" + with_message(status),
      where, "check the server of " + account.origin};
}

Error not_kubernetes(const std::string& where, const Account& account) {
  return {ErrorKind::unreachable, "what answers is not a Kubernetes API server", where,
          "check the server of " + account.origin + ", and proxies on the way"};
}

Error network_error(Error error, const Account& account) {
  if (error.kind == ErrorKind::deadline) error.kind = ErrorKind::unreachable;
  if (error.kind != ErrorKind::unreachable) return error;
  error.where += ", " + account.origin;
  if (error.fix.empty()) error.fix = "check the server of " + account.origin + ", the network and proxies";
  return error;
}

}  // namespace agent::kube
