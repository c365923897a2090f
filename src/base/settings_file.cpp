#include "base/settings_file.hpp"

#include "base/settings_key.hpp"
#include "base/settings_tree.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace agent {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t largest_file = std::size_t{1} << 20;

/// A descriptor that is closed in the end.
class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> cannot_read(const std::string& quoted, const std::string& named_by, int code) {
  if (code == ENOENT || code == ENOTDIR) return fail(ErrorKind::settings, quoted + " does not exist", named_by);
  if (code == EACCES) return fail(ErrorKind::settings, quoted + " can't be read: no permission", named_by);
  if (code == EISDIR) return fail(ErrorKind::settings, quoted + " is a folder", named_by, "name a file in it");
  return fail(ErrorKind::settings, quoted + " can't be read: " + std::strerror(code), named_by);
}

/// Waits for a pipe's writer, such as the shell's in --config <(…), but not for ever. A file always has them, or its
/// end.
bool has_bytes(int fd) {
  constexpr int most_milliseconds = 5000;
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, most_milliseconds) != 0;
}

std::string variable(const Variables& variables, std::string_view name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string{} : found->second;
}

// XDG Base Directory Specification 0.8: a relative path is invalid and to be ignored.
std::string settings_folder(const Variables& variables) {
  const std::string xdg = variable(variables, "XDG_CONFIG_HOME");
  if (xdg.starts_with('/')) return xdg + "/agent";
  const std::string home = variable(variables, "HOME");
  return home.starts_with('/') ? home + "/.config/agent" : std::string{};
}

bool has_extension(std::string_view path, std::string_view extension) { return lower(path).ends_with(extension); }

}  // namespace

Result<SmallFile> read_small_file(const std::string& path, std::string_view what, const std::string& named_by) {
  const std::string quoted = std::string(what) + " '" + path + "'";
  const File file(path);
  if (file.fd() < 0) return cannot_read(quoted, named_by, errno);
  SmallFile read;
  struct stat facts{};
  if (::fstat(file.fd(), &facts) == 0) read.readable_by_others = (facts.st_mode & 077U) != 0;
  std::array<char, 65536> bytes{};
  while (true) {
    if (!has_bytes(file.fd())) return fail(ErrorKind::settings, quoted + " gives nothing for 5 seconds", named_by);
    const ssize_t got = ::read(file.fd(), bytes.data(), bytes.size());
    if (got == 0) return read;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(quoted, named_by, errno);
    read.text.append(bytes.data(), static_cast<std::size_t>(got));
    if (read.text.size() > largest_file) return fail(ErrorKind::settings, quoted + " is larger than 1 MiB", named_by);
  }
}

Result<NamedFile> find_settings_file(const std::string& flag, const Variables& variables) {
  if (!flag.empty()) return NamedFile{flag, "--config"};
  if (std::string path = variable(variables, "AGENT_CONFIG"); !path.empty()) return NamedFile{path, "AGENT_CONFIG"};
  const std::string folder = settings_folder(variables);
  NamedFile found{"", folder};
  for (const char* name : {"/config.toml", "/config.yaml", "/config.yml"}) {
    const std::string path = folder + name;
    if (folder.empty() || ::access(path.c_str(), F_OK) != 0) continue;
    if (!found.path.empty())
      return fail(ErrorKind::settings, "two settings files: '" + found.path + "' and '" + path + "'", folder,
                  "keep one of them");
    found.path = path;
  }
  return found;
}

Result<std::vector<FileSetting>> parse_settings(std::string_view text, const std::string& path,
                                                std::span<const Setting> table) {
  SettingsTree tree(table, path);
  if (has_extension(path, ".toml"))
    TRY(read_toml(text, tree));
  else if (has_extension(path, ".yaml") || has_extension(path, ".yml"))
    TRY(read_yaml(text, tree));
  else
    return fail(ErrorKind::settings, "settings file '" + path + "' is neither TOML nor YAML by its name", path,
                "end its name in .toml or .yaml");
  return tree.take();
}

Result<const Setting*> SettingsTree::row(const std::string& key, std::size_t line) const {
  constexpr std::size_t most_settings = 10'000;
  if (found_.size() >= most_settings) return wrong("more than 10000 settings", line);
  if (const auto before = lines_.find(key); before != lines_.end())
    return wrong("'" + clean_line(key) + "' is set twice", line,
                 "line " + std::to_string(before->second) + " has it too; keep one");
  if (is_pattern(key)) return wrong("'" + clean_line(key.substr(0, 80)) + "' has a '*' for a name", line);
  const Setting* setting = find_row(table_, key);
  if (setting == nullptr || setting->in_file == InFile::no) return unknown(key, line);
  return setting;
}

std::unexpected<Error> SettingsTree::unknown(const std::string& key, std::size_t line) const {
  std::vector<std::string> rows;
  for (const Setting& setting : table_)
    if (setting.in_file == InFile::yes) rows.push_back(filled_row(setting.key, key));
  const std::vector<std::string_view> known(rows.begin(), rows.end());
  std::string fix(nearest(key, known));
  if (fix.empty())
    for (const std::string_view one : known)
      if (one.starts_with(key + ".")) fix.append(fix.empty() ? "" : ", ").append(one);
  return wrong("unknown setting '" + clean_line(key.substr(0, 80)) + "'", line,
               fix.empty() ? "agent config show, for all there are" : clean_line(fix));
}

bool SettingsTree::is_table(std::string_view key) const {
  return std::ranges::any_of(table_, [key](const Setting& setting) { return begins_row(setting.key, key); });
}

Result<std::string> SettingsTree::joined(const Setting& setting, const std::string& key, std::size_t line,
                                         const std::vector<std::string>& parts) const {
  const bool words = setting.type == SettingType::words;
  std::string text;
  for (const std::string& part : parts) {
    if (words && part.find('\n') != std::string::npos)
      return wrong("'" + clean_line(key) + "' can't have a line break in a part", line, "one word in each");
    text += words ? part + "\n" : (text.empty() ? "" : "\n") + part;
  }
  return text;
}

std::unexpected<Error> SettingsTree::bad_form(const Setting& setting, const std::string& key, std::size_t line) const {
  return wrong("'" + clean_line(key) + "' can't be a value of this form", line,
               is_list(setting) ? "a list of texts" : "one text, whole number or boolean");
}

void SettingsTree::add(const Setting& setting, const std::string& key, std::string value, std::size_t line) {
  lines_.emplace(key, line);
  found_.push_back({&setting, key, std::move(value), line});
}

bool is_list(const Setting& setting) { return setting.type == SettingType::list || setting.type == SettingType::words; }

std::unexpected<Error> SettingsTree::wrong(std::string what, std::size_t line, std::string fix) const {
  return fail(ErrorKind::settings, std::move(what), path_ + (line == 0 ? "" : ":" + std::to_string(line)),
              std::move(fix));
}

}  // namespace agent
