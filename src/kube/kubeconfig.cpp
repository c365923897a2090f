#include "kube/kubeconfig.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "kube/document.hpp"

#include <algorithm>

namespace agent::kube {
namespace {

using nlohmann::json;

/// A map of the file, and the words for an error in it.
class Map {
 public:
  Map(const json* value, const Document* document, const std::string* path, std::string pointer)
      : value_(value), document_(document), path_(path), pointer_(std::move(pointer)) {}

  /// "PATH:LINE" of `key`'s value, or of this map.
  [[nodiscard]] std::string where(std::string_view key = {}) const {
    auto line = document_->lines.find(key.empty() ? pointer_ : pointer_ + "/" + std::string(key));
    if (line == document_->lines.end()) line = document_->lines.find(pointer_);
    return *path_ + (line == document_->lines.end() ? "" : ":" + std::to_string(line->second));
  }

  [[nodiscard]] std::unexpected<Error> wrong(std::string_view key, const std::string& what,
                                             std::string fix = {}) const {
    return fail(ErrorKind::settings, "kubeconfig: " + owner_ + "'" + clean_line(key) + "' " + what, where(key),
                std::move(fix));
  }

  void belongs_to(std::string owner) { owner_ = std::move(owner) + ": "; }

  /// The text of `key`; empty when it is missing or null.
  [[nodiscard]] Result<std::string> text(const std::string& key) const {
    const json* found = find(key);
    if (found == nullptr) return std::string();
    if (!found->is_string()) return wrong(key, "is not a text", "put it in quotes");
    return found->get<std::string>();
  }

  [[nodiscard]] Result<bool> enabled(const std::string& key) const {
    const json* found = find(key);
    if (found == nullptr) return false;
    if (!found->is_boolean()) return wrong(key, "is neither true nor false");
    return found->get<bool>();
  }

  /// The map of `key`; nothing when it is missing or null.
  [[nodiscard]] Result<std::optional<Map>> map(const std::string& key) const {
    const json* found = find(key);
    if (found == nullptr) return std::optional<Map>();
    if (!found->is_object()) return wrong(key, "is not a map");
    return std::optional<Map>(child(*found, key));
  }

  [[nodiscard]] Result<std::vector<Map>> maps(const std::string& key) const {
    std::vector<Map> all;
    const json* found = find(key);
    if (found == nullptr) return all;
    if (!found->is_array()) return wrong(key, "is not a list");
    for (std::size_t n = 0; n < found->size(); ++n) {
      if (!(*found)[n].is_object()) return wrong(key + "/" + std::to_string(n), "is not a map");
      all.push_back(child((*found)[n], key + "/" + std::to_string(n)));
    }
    return all;
  }

  [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& key) const {
    std::vector<std::string> all;
    const json* found = find(key);
    if (found == nullptr) return all;
    if (!found->is_array()) return wrong(key, "is not a list");
    for (const json& one : *found) {
      if (!one.is_string()) return wrong(key, "is not a list of texts", "put each in quotes");
      all.push_back(one.get<std::string>());
    }
    return all;
  }

  /// The path in `key`, relative to the file that names it.
  [[nodiscard]] Result<std::string> file(const std::string& key) const { return resolve(TRY(text(key))); }

  [[nodiscard]] Result<Pem> pem(const std::string& key) const {
    const std::string encoded = TRY(text(key + "-data"));
    const auto data = decode_base64(encoded);
    if (!data) return wrong(key + "-data", "is not base64", "base64 -w0 < FILE makes it");
    return Pem{*data, TRY(file(key))};
  }

  [[nodiscard]] std::string resolve(const std::string& name) const {
    const auto slash = path_->rfind('/');
    if (name.empty() || name.starts_with('/') || slash == std::string::npos) return name;
    return path_->substr(0, slash + 1) + name;
  }

  [[nodiscard]] const json& value() const { return *value_; }

 private:
  [[nodiscard]] const json* find(const std::string& key) const {
    const auto found = value_->find(key);
    return found == value_->end() || found->is_null() ? nullptr : &*found;
  }

  [[nodiscard]] Map child(const json& value, const std::string& key) const {
    Map map(&value, document_, path_, pointer_ + "/" + key);
    map.owner_ = owner_;
    return map;
  }

  const json* value_;
  const Document* document_;
  const std::string* path_;
  std::string pointer_;
  std::string owner_ = {};
};

Result<Cluster> read_cluster(const Map& map) {
  Cluster cluster;
  cluster.server = TRY(map.text("server"));
  cluster.tls_server_name = TRY(map.text("tls-server-name"));
  cluster.proxy_url = TRY(map.text("proxy-url"));
  cluster.authority = TRY(map.pem("certificate-authority"));
  cluster.insecure = TRY(map.enabled("insecure-skip-tls-verify"));
  for (const Map& extension : TRY(map.maps("extensions"))) {
    if (TRY(extension.text("name")) == "client.authentication.k8s.io/exec")
      cluster.exec_config = extension.value().value("extension", json());
  }
  return cluster;
}

Result<ExecPlugin> read_exec(const Map& map) {
  ExecPlugin plugin;
  plugin.api_version = TRY(map.text("apiVersion"));
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1")
    return map.wrong("apiVersion", "of the exec plugin is neither v1 nor v1beta1",
                     "client.authentication.k8s.io/v1, if the plugin knows it");
  plugin.command = TRY(map.text("command"));
  if (plugin.command.empty()) return map.wrong("command", "of the exec plugin is missing");
  if (plugin.command.contains('/')) plugin.command = map.resolve(plugin.command);
  plugin.arguments = TRY(map.texts("args"));
  for (const Map& variable : TRY(map.maps("env"))) {
    const std::string name = TRY(variable.text("name"));
    if (name.empty() || name.contains('=')) return variable.wrong("name", "can't be a variable's name");
    plugin.environment.emplace_back(name, TRY(variable.text("value")));
  }
  plugin.install_hint = TRY(map.text("installHint"));
  plugin.provide_cluster_info = TRY(map.enabled("provideClusterInfo"));
  plugin.always_interactive = TRY(map.text("interactiveMode")) == "Always";
  return plugin;
}

Result<Impersonation> read_impersonation(const Map& map) {
  Impersonation as{TRY(map.text("as")), TRY(map.text("as-uid")), TRY(map.texts("as-groups")), {}};
  const auto extra = TRY(map.map("as-user-extra"));
  if (!extra) return as;
  for (const auto& [key, unused] : extra->value().items())
    for (std::string& value : TRY(extra->texts(key))) as.extra.emplace_back(key, std::move(value));
  return as;
}

Result<User> read_user(const Map& map) {
  User user;
  user.certificate = TRY(map.pem("client-certificate"));
  user.key = TRY(map.pem("client-key"));
  user.token = TRY(map.text("token"));
  user.token_file = TRY(map.file("tokenFile"));
  user.username = TRY(map.text("username"));
  user.password = TRY(map.text("password"));
  user.as = TRY(read_impersonation(map));
  if (const auto exec = TRY(map.map("exec"))) user.exec = TRY(read_exec(*exec));
  if (const auto provider = TRY(map.map("auth-provider"))) user.auth_provider = TRY(provider->text("name"));
  return user;
}

Result<Context> read_context(const Map& map) {
  return Context{{}, {}, TRY(map.text("cluster")), TRY(map.text("user")), TRY(map.text("namespace"))};
}

/// The entries of `plural`, each a name and a map under `singular`.
template <class Entry>
Result<std::vector<Entry>> read_entries(const Map& root, const std::string& plural, const std::string& singular,
                                        Result<Entry> (*read)(const Map&)) {
  std::vector<Entry> entries;
  for (Map& named : TRY(root.maps(plural))) {
    named.belongs_to("an entry of " + plural);
    const std::string name = TRY(named.text("name"));
    named.belongs_to(singular + " '" + clean_line(name) + "'");
    if (std::ranges::find(entries, name, &Entry::name) != entries.end())
      return named.wrong("name", "is given twice", "keep one of them, or rename it");
    const auto map = TRY(named.map(singular));
    Entry entry = map ? TRY(read(*map)) : Entry{};
    entry.name = name;
    entry.where = named.where();
    entries.push_back(std::move(entry));
  }
  return entries;
}

template <class Entry>
const Entry* named(const std::vector<Entry>& entries, std::string_view name) {
  const auto found = std::ranges::find(entries, name, &Entry::name);
  return found == entries.end() ? nullptr : &*found;
}

template <class Entry>
void add_missing(std::vector<Entry>& into, std::vector<Entry> from) {
  for (Entry& entry : from)
    if (named(into, entry.name) == nullptr) into.push_back(std::move(entry));
}

}  // namespace

void Kubeconfig::merge(Kubeconfig other) {
  add_missing(clusters, std::move(other.clusters));
  add_missing(users, std::move(other.users));
  add_missing(contexts, std::move(other.contexts));
  if (current_context.empty()) current_context = std::move(other.current_context);
}

const Cluster* Kubeconfig::cluster(std::string_view name) const { return named(clusters, name); }
const User* Kubeconfig::user(std::string_view name) const { return named(users, name); }
const Context* Kubeconfig::context(std::string_view name) const { return named(contexts, name); }

Result<Kubeconfig> parse_kubeconfig(std::string_view text, const std::string& path) {
  const auto documents = TRY(parse_documents(text, path, ErrorKind::settings, Lines::keep));
  if (documents.empty()) return Kubeconfig{};
  if (documents.size() > 1)
    return fail(ErrorKind::settings, "kubeconfig: more than one document", path, "keep the first");
  if (!documents.front().value.is_object())
    return fail(ErrorKind::settings, "kubeconfig: it is not a map of clusters, users and contexts", path);
  const Map root(&documents.front().value, &documents.front(), &path, "");
  return Kubeconfig{TRY(read_entries<Cluster>(root, "clusters", "cluster", read_cluster)),
                    TRY(read_entries<User>(root, "users", "user", read_user)),
                    TRY(read_entries<Context>(root, "contexts", "context", read_context)),
                    TRY(root.text("current-context"))};
}

}  // namespace agent::kube
