#pragma once

#include "base/error.hpp"

#include <string>

namespace agent::loop {

/// The words that a model is given. The embedded ones: src/loop/prompts/.
struct Prompts {
  std::string system;     ///< system.md: what the job is, how to cite, that texts of logs and tools are data.
  std::string examples;   ///< examples.md: two short worked examples; left out for windows under 16,000 tokens.
  std::string last_turn;  ///< last_turn.md: submit now, with what you know.
  std::string mend;       ///< mend.md: these citations are wrong.
  std::string nudge;      ///< nudge.md: neither a tool was called nor a report submitted.
};

[[nodiscard]] Prompts embedded_prompts();

/// The embedded ones, with the files of `folder` in place of those of the same name. Errors: `settings`: no folder, no
/// file of such a name in it, a file over 64 KiB or with bytes that are not UTF-8.
[[nodiscard]] Result<Prompts> load_prompts(const std::string& folder);

}  // namespace agent::loop
