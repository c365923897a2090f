#include "loop/prompts.hpp"

#include "base/text.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace agent::embedded {
extern const std::string_view examples_md, last_turn_md, mend_md, nudge_md, system_md;
}

namespace agent::loop {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = std::size_t{64} * 1024;

/// A prompt and the file that may take its place.
struct PromptFile {
  const char* name;
  std::string Prompts::* text;
};
constexpr std::array files{PromptFile{"system.md", &Prompts::system}, PromptFile{"examples.md", &Prompts::examples},
                           PromptFile{"last_turn.md", &Prompts::last_turn}, PromptFile{"mend.md", &Prompts::mend},
                           PromptFile{"nudge.md", &Prompts::nudge}};

Result<std::string> read_prompt(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof())
    return fail(ErrorKind::settings, "cannot read a prompt", path.string(), "let it be a file that can be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > most_bytes)
    return fail(ErrorKind::settings, "a prompt is larger than 64 KiB", path.string(), "shorten it");
  if (!is_utf8(text)) return fail(ErrorKind::settings, "a prompt is not UTF-8", path.string(), "save it as UTF-8");
  return text;
}

}  // namespace

Prompts embedded_prompts() {
  return {.system = std::string(embedded::system_md),
          .examples = std::string(embedded::examples_md),
          .last_turn = std::string(embedded::last_turn_md),
          .mend = std::string(embedded::mend_md),
          .nudge = std::string(embedded::nudge_md)};
}

Result<Prompts> load_prompts(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return fail(ErrorKind::settings, "there is no folder of prompts '" + folder + "'", folder,
                "name a folder with files such as system.md");
  Prompts prompts = embedded_prompts();
  bool any = false;
  for (const PromptFile& file : files) {
    const fs::path path = fs::path(folder) / file.name;
    if (!fs::exists(path, error)) continue;
    prompts.*file.text = TRY(read_prompt(path));
    any = true;
  }
  if (!any)
    return fail(ErrorKind::settings, "no prompt in folder '" + folder + "'", folder,
                "name a file there system.md, examples.md, last_turn.md, mend.md or nudge.md");
  return prompts;
}

}  // namespace agent::loop
