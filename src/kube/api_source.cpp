#include "kube/api_source.hpp"

#include "base/text.hpp"
#include "kube/api_errors.hpp"
#include "kube/api_objects.hpp"
#include "kube/api_question.hpp"
#include "kube/api_session.hpp"
#include "kube/kinds.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace agent::kube {
namespace {

using nlohmann::json;

constexpr int ok = 200, gone = 410;
constexpr std::size_t page_size = 500, most_pages = 10'000, most_bytes = std::size_t{128} << 20U;
const Kind namespaces{"", "v1", "namespaces"};

const std::string whole_object = "application/json";
// https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
const std::string metadata_of_object = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const std::string metadata_of_list = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

bool is_too_large(const Error& error) {
  return error.kind == ErrorKind::unreadable && error.what.contains("is larger than");
}

// A name from somebody's object must not lead a request to another path.
Result<void> check_names(const Question& question) {
  for (const std::string& name : {question.name_space, question.name})
    if (!name.empty() && !is_valid_name(name))
      return fail(ErrorKind::target_not_found,
                  "there is no " + words_of(question) + ": '" + clean_line(name.substr(0, 80)) + "' can't be a name");
  return {};
}

std::string name_of(const json& object) {
  const json::json_pointer at("/metadata/name");
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : std::string();
}

/// "did you mean 'a'?", or what there is instead of `wrong`.
std::string suggestion(const Question& list, const std::string& wrong, const std::vector<std::string>& names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  if (const auto near = nearest(wrong, known); !near.empty()) return "did you mean '" + clean_line(near) + "'?";
  if (names.empty()) return "there are no " + words_of(list);
  constexpr std::size_t most = 5;
  std::string some;
  for (const auto& name : std::span(names).first(std::min(names.size(), most)))
    some += (some.empty() ? "'" : ", '") + clean_line(name) + "'";
  return "there are " + words_of(list) + ": " + some +
         (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : "");
}

class ApiSource final : public Source {
 public:
  ApiSource(Access access, ApiOptions options) : session_(std::move(access), std::move(options)) {}

  Result<json> get(const Kind& kind, const std::string& name_space, const std::string& name,
                   std::stop_token stop) override {
    const Question question{"get", kind, name_space, name};
    if (name.empty()) return fail(ErrorKind::target_not_found, "a " + display_name(kind) + " needs a name");
    TRY(check_names(question));
    const std::string path = path_of(question);
    auto answer = TRY(session_.fetch(path, is_secret(kind) ? metadata_of_object : whole_object, stop));
    if (answer.status != ok) {
      const Refused refused{answer.status, session_.where(path), std::move(answer.body)};
      Error error = explain(question, refused, session_.account());
      if (error.kind == ErrorKind::target_not_found && !lacks_kind(refused)) suggest(error, question, stop);
      return std::unexpected(std::move(error));
    }
    json object;
    if (!read_object(std::move(answer.body), kind, object))
      return std::unexpected(not_kubernetes(session_.where(path), session_.account()));
    return object;
  }

  Result<std::vector<json>> list(const Kind& kind, const ListOptions& options, std::stop_token stop) override {
    TRY(check_names({"list", kind, options.name_space}));
    bool expired = false;
    auto objects = pages(kind, options, expired, stop);
    // A page's token lasts some minutes; then the list has to begin again
    // (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks).
    return expired ? pages(kind, options, expired, stop) : std::move(objects);
  }

  Result<std::unique_ptr<ByteStream>> open_log(const std::string& name_space, const std::string& pod,
                                               const LogOptions& options, std::stop_token stop) override {
    const Question question{"get", {"", "v1", "pods"}, name_space, pod, "log"};
    TRY(check_names(question));
    Query query;
    query.add("container", options.container).add("previous", options.previous ? "true" : "");
    if (options.tail_lines) query.add("tailLines", std::to_string(*options.tail_lines));
    if (options.limit_bytes) query.add("limitBytes", std::to_string(*options.limit_bytes));
    const std::string path = path_of(question);
    auto answer = TRY(session_.open(path + query.text(), "*/*", stop));
    if (answer.status == ok) return std::move(answer.body);
    return std::unexpected(
        explain(question, {answer.status, session_.where(path), beginning(*answer.body)}, session_.account()));
  }

  std::string describe() const override {
    const Account& account = session_.account();
    return "cluster " + session_.server() + (account.name.empty() ? "" : " as " + account.name);
  }

 private:
  Result<std::vector<json>> pages(const Kind& kind, const ListOptions& options, bool& expired,
                                  const std::stop_token& stop) {
    const Question question{"list", kind, options.name_space};
    const std::string path = path_of(question);
    ObjectPage page;
    std::size_t limit = page_size, bytes = 0;
    for (std::size_t n = 0; n < most_pages && bytes <= most_bytes; ++n) {
      Query query;
      query.add("labelSelector", options.label_selector).add("fieldSelector", options.field_selector);
      query.add("limit", std::to_string(limit)).add("continue", page.next);
      auto answer = session_.fetch(path + query.text(), is_secret(kind) ? metadata_of_list : whole_object, stop);
      if (!answer && is_too_large(answer.error()) && limit > 1) {
        limit = std::max<std::size_t>(limit / 10, 1);
        continue;
      }
      if (!answer) return std::unexpected(std::move(answer).error());
      expired = answer->status == gone && !page.next.empty();
      bytes += answer->body.size();
      if (answer->status != ok)
        return std::unexpected(
            explain(question, {answer->status, session_.where(path), std::move(answer->body)}, session_.account()));
      if (!read_page(std::move(answer->body), kind, page))
        return std::unexpected(not_kubernetes(session_.where(path), session_.account()));
      if (page.next.empty()) return std::move(page.objects);
    }
    return fail(
        ErrorKind::unreadable,
        "there are too many " + words_of(question) + ": more than " + std::to_string(most_bytes >> 20U) + " MiB",
        session_.where(path), "choose some by a selector or namespace");
  }

  /// The first bytes of a refusal's body.
  static std::string beginning(ByteStream& body) {
    constexpr std::size_t most = std::size_t{64} << 10U;
    std::string text;
    while (text.size() < most) {
      const auto piece = body.read();
      if (!piece || piece->empty()) break;
      text += piece->substr(0, most - text.size());
    }
    return text;
  }

  /// The names of a first page; nothing when they can't be listed.
  std::optional<std::vector<std::string>> names(const Question& list, const std::stop_token& stop) {
    const std::string path = path_of(list) + "?limit=" + std::to_string(page_size);
    auto answer = session_.fetch(path, metadata_of_list, stop);
    ObjectPage page;
    if (!answer || answer->status != ok || !read_page(std::move(answer->body), list.kind, page)) return {};
    std::vector<std::string> found;
    for (const json& object : page.objects) found.push_back(name_of(object));
    return found;
  }

  /// Adds to the error of an object that is not there what could have been meant.
  void suggest(Error& error, const Question& question, const std::stop_token& stop) {
    const Question list{"list", question.kind, question.name_space};
    const auto others = names(list, stop);
    if (!others) return;
    if (others->empty() && lacks_namespace(error, question.name_space, stop)) return;
    error.fix = suggestion(list, question.name, *others);
  }

  /// True when the namespace is what is missing; the error says so then.
  bool lacks_namespace(Error& error, const std::string& name_space, const std::stop_token& stop) {
    if (name_space.empty()) return false;
    const Question question{"get", namespaces, "", name_space};
    const std::string path = path_of(question);
    const auto answer = session_.fetch(path, metadata_of_object, stop);
    if (!answer || answer->status == ok) return false;
    Error missing = explain(question, {answer->status, session_.where(path), answer->body}, session_.account());
    if (missing.kind != ErrorKind::target_not_found) return false;
    error = std::move(missing);
    const Question list{"list", namespaces, ""};
    if (const auto others = names(list, stop)) error.fix = suggestion(list, name_space, *others);
    return true;
  }

  ApiSession session_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_api(Access access, ApiOptions options) {
  const auto url = net::parse_url(access.server);
  if (!url) return fail(ErrorKind::settings, url.error().what, access.where, url.error().fix);
  const auto proxy = net::parse_url(access.proxy_url);
  if (!access.proxy_url.empty() && (!proxy || proxy->tls))
    return fail(ErrorKind::settings, "the proxy-url of the cluster is not that of an http proxy", access.where,
                "give it as http://[USER:PASSWORD@]HOST:PORT");
  return std::make_unique<ApiSource>(std::move(access), std::move(options));
}

}  // namespace agent::kube
