#include "sinks/code_place.hpp"

#include "base/text.hpp"
#include "sinks/display.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace agent::sinks {
namespace {

constexpr std::size_t most_path_bytes = 300;
constexpr std::size_t most_line_bytes = 4096;  // Of a cited line; a minified file's may have a million.
constexpr std::size_t most_number = 9'999'999;

/// Blanks around each, so that one search finds a whole name. Without those that are also top-level domains of hosts
/// that logs name with a port.
constexpr std::string_view extensions =
    " asm bash bats bazel build bzl c cc cfg cjs clj cljs cmake cpp cs css cts cu cuh cxx dart ejs erb erl ex exs f90 "
    "feature "
    "fs fsx go gradle graphql groovy h haml hcl hh hpp hs htm html hxx ini ipp java jl js json jsx kt kts less lua m "
    "mjs "
    "mk ml mli mm mts nim nix php phtml pl pm proto ps1 psm1 pxd py pyi pyx r rake rb rego rs s sass scala scss sh "
    "slim "
    "sol sql sv svelte swift t tcl tf tfvars toml ts tsx txt v vb vhd vue xml yaml yml zig ";
constexpr std::string_view whole_names =
    " BUILD Containerfile Dockerfile GNUmakefile Gemfile Jenkinsfile Makefile Rakefile Vagrantfile WORKSPACE makefile ";

/// Folders of what others wrote, wherever they stand.
constexpr std::array<std::string_view, 5> foreign_folders{"/node_modules/", "/site-packages/", "/dist-packages/",
                                                          "/.cargo/registry/", "/vendor/bundle/"};
constexpr std::array<std::string_view, 14> foreign_packages{
    "java.",   "javax.", "jdk.",         "sun.",        "org.junit.",        "junit.",       "org.hamcrest.",
    "kotlin.", "scala.", "org.assertj.", "org.gradle.", "org.apache.maven.", "org.mockito.", "org.springframework."};

/// What may stand between a path and its line, and between that and the column.
struct Form {
  std::string_view before_line, before_column;
};
constexpr std::array<Form, 8> forms{{{":[", ","},        // Maven: Foo.java:[12,5]
                                     {"(", ","},         // tsc, MSBuild: a.ts(3,5)
                                     {":line ", ""},     // .NET: Foo.cs:line 12
                                     {": line ", ""},    // bash: a.sh: line 12
                                     {" on line ", ""},  // PHP
                                     {", line ", ""},    // pytest: a file without a frame
                                     {" line ", ""},     // Perl
                                     {":", ":"}}};       // most others: a.c:12:5

bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_path(char c) {
  return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("._-+@~$/\\").contains(c);
}

/// The number that `rest` begins with, which is taken off; 0 when there is none that can be one of a line.
std::size_t take_number(std::string_view& rest) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{} || number > most_number) return 0;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return number;
}

void read_numbers(CodePlace& place, std::string_view rest) {
  for (const Form& form : forms) {
    if (!rest.starts_with(form.before_line)) continue;
    std::string_view numbers = rest.substr(form.before_line.size());
    place.line = take_number(numbers);
    if (place.line == 0) continue;
    if (form.before_column.empty() || !numbers.starts_with(form.before_column)) return;
    numbers.remove_prefix(form.before_column.size());
    place.column = take_number(numbers);
    return;
  }
}

bool is_source_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const bool is_whole = dot == std::string_view::npos;
  if (dot == 0 || name.empty()) return false;
  const std::string key = " " + (is_whole ? std::string(name) : lower(name.substr(dot + 1))) + " ";
  return (is_whole ? whole_names : extensions).contains(key);
}

std::string with_slashes(std::string_view path) {
  std::string text(path);
  std::ranges::replace(text, '\\', '/');
  return text;
}

bool is_absolute(std::string_view path) { return path.starts_with('/') || (path.size() > 1 && path[1] == ':'); }

/// `path` without "." and ".."; empty when it leaves where it starts.
std::string normal(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part == ".." && parts.empty()) return "";
    if (part == "..")
      parts.pop_back();
    else if (!part.empty() && part != ".")
      parts.push_back(part);
  }
  std::string text;
  for (const std::string_view part : parts) text += (text.empty() ? "" : "/") + std::string(part);
  return text;
}

/// `told` from the checkout on; empty when it lies elsewhere, is another's, or no file of sources.
std::string in_checkout(std::string_view told, std::string_view checkout) {
  if (told.size() > most_path_bytes || one_line(told) != told) return "";
  std::string path = with_slashes(told);
  path.erase(0, std::max<std::size_t>(std::min(path.find_first_not_of('/'), path.size()), 1) - 1);  // file:///a
  if (is_absolute(path)) {
    std::string root = with_slashes(checkout);
    while (root.ends_with('/')) root.pop_back();
    if (root.empty() || !path.starts_with(root + "/")) return "";
    path.erase(0, root.size() + 1);
  }
  if (path.starts_with('~') || path.starts_with('$')) return "";  // a home, a variable
  path = normal(path);
  const std::string rooted = "/" + path;
  const bool is_foreign = std::ranges::any_of(
      foreign_folders, [&](std::string_view folder) { return rooted.find(folder) != std::string::npos; });
  return is_foreign || !is_source_name(std::string_view(path).substr(path.rfind('/') + 1)) ? "" : path;
}

/// The places that lines name, in the order in which one is believed.
struct Named {
  std::optional<CodePlace> plain, python, java, without_line;

  void keep(CodePlace place, std::optional<CodePlace>& slot) {
    if (!slot) slot = std::move(place);
  }
};

/// 'File "a.py", line 3': the last frame of ours is where Python failed.
void read_python(std::string_view line, std::string_view checkout, Named& named) {
  constexpr std::string_view opening = "File \"", between = "\", line ";
  const std::size_t start = line.find(opening);
  if (start == std::string_view::npos) return;
  const std::string_view path = line.substr(start + opening.size());
  const std::size_t end = path.find(between);
  if (end == std::string_view::npos) return;
  std::string_view rest = path.substr(end + between.size());
  CodePlace place{in_checkout(path.substr(0, end), checkout), take_number(rest), 0};
  if (!place.path.empty() && place.line > 0) named.python = std::move(place);
}

/// True for a frame of Java's, which names the file alone: "at a.b.C.d(C.java:12)".
bool is_java_frame(std::string_view line) { return trim(line).starts_with("at ") && line.contains(".java:"); }

bool is_foreign_frame(std::string_view line) {
  line = trim(line).substr(3);
  line.remove_prefix(std::min(line.find('/') + 1, line.size()));  // "java.base/java.lang…", "app//a.b.C"
  while (line.starts_with('/')) line.remove_prefix(1);
  return std::ranges::any_of(foreign_packages, [&](std::string_view name) { return line.starts_with(name); });
}

/// Bytes of the path that begins at `line[at]`: with its drive, without the full stop of a sentence.
std::size_t path_at(std::string_view line, std::size_t at) {
  const std::string_view rest = line.substr(at);
  const bool has_drive = rest.size() > 2 && is_letter(rest[0]) && rest[1] == ':' && (rest[2] == '\\' || rest[2] == '/');
  const auto end = std::find_if_not(rest.begin() + (has_drive ? 2 : 0), rest.end(), is_of_path);
  return static_cast<std::size_t>(end - rest.begin());
}

/// True for what looks like a place and is another's: "(_ssl.c:992)" of Python itself, "memcache.go:265]" of a program
/// that logs as klog does, ":compileJava/a.java:3", a task of Gradle's before a path.
bool is_foreign_place(std::string_view before, std::string_view path, std::string_view behind) {
  const bool is_name = !path.contains('/');
  const std::size_t after_number = behind.find_first_not_of("0123456789", 1);
  const bool is_klog =
      is_name && behind.starts_with(':') && after_number != std::string_view::npos && behind[after_number] == ']';
  return is_klog || path == "_ssl.c" || before == ":";
}

void read_paths(std::string_view line, std::string_view checkout, Named& named) {
  const bool java = is_java_frame(line);
  if (java && is_foreign_frame(line)) return;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t size = path_at(line, at);
    if (size == 0) {
      ++at;
      continue;
    }
    const std::string_view rest = line.substr(at + size);
    const std::string_view before = line.substr(0, at), path = line.substr(at, size);
    at += size;
    CodePlace place{in_checkout(path, checkout), 0, 0};
    if (place.path.empty() || is_foreign_place(before, path, rest)) continue;
    read_numbers(place, rest);
    if (place.line > 0)
      named.keep(std::move(place), java ? named.java : named.plain);
    else if (rest.starts_with("::") || line.starts_with("FAIL "))  // pytest, jest: a file of tests
      named.keep(std::move(place), named.without_line);
  }
}

void read_line(std::string_view line, std::string_view checkout, Named& named) {
  line = line.substr(0, most_line_bytes);
  read_python(line, checkout, named);
  read_paths(line, checkout, named);
}

/// `place` with the column that a cited line has for it; headlines often leave it out.
CodePlace with_column(CodePlace place, const Finding& finding, std::string_view checkout) {
  for (const Citation& citation : finding.evidence) {
    if (place.column > 0) break;
    Named named;
    read_line(citation.quote, checkout, named);
    if (named.plain && named.plain->path == place.path && named.plain->line == place.line) place = *named.plain;
  }
  return place;
}

}  // namespace

std::optional<CodePlace> code_place(const Finding& finding, std::string_view checkout) {
  Named named;
  read_line(finding.headline, checkout, named);
  if (named.plain) return with_column(*named.plain, finding, checkout);
  for (const Citation& citation : finding.evidence) read_line(citation.quote, checkout, named);
  for (const auto& place : {named.plain, named.python, named.java, named.without_line})
    if (place) return place;
  return std::nullopt;
}

}  // namespace agent::sinks
