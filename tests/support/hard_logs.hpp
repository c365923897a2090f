#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agent::testing {

/// A log that is hard on whoever reads it, of any size.
struct HardLog {
  std::string_view name;
  std::string_view first;     ///< What it begins with.
  std::string_view repeated;  ///< What the rest is made of.

  [[nodiscard]] std::string of(std::size_t bytes) const {
    std::string log(first);
    while (log.size() < bytes) log += repeated;
    log.resize(bytes);
    return log;
  }
};

inline constexpr HardLog hard_logs[] = {
    {"one_endless_line", "", "lorem ipsum dolor sit amet "},
    {"one_endless_line_of_matches", "", "error: failed: fatal "},
    {"one_endless_line_of_zeros", "", std::string_view("\0", 1)},
    {"short_lines", "", "a\n"},
    {"empty_lines", "", "\n"},
    {"nothing_but_matches", "", "error: failed: fatal: cannot\n"},
    {"matches_of_other_forms", "", "a error\nbb fatal\nccc failed\ndddd panic: x\neeeee cannot\n"},
    {"equal_lines", "error: it is broken\n", "it is broken here and there\n"},
    {"deep_nesting", "error: ", "[[[[{{{{(((("},
    {"deep_indents", "error: broken\n", "                                                                x\n"},
    {"stack_frames", "java.lang.Error: gone\n", "\tat com.acme.Shop.step(Shop.java:12)\n"},
    {"carriage_returns", "error: ", "10 %\r"},
    {"escapes_without_end", "error: ", "\x1b]0;"},
    {"colours", "", "\x1b[31m\x1b[0m"},
    {"no_utf8", "error: ", "\xff\xf0\x9f\xc2"},
    {"ends_of_commands", "", "make: *** [all] Error 2\n"},
    {"labels_of_secrets", "", "password=token=secret="},
    {"starts_of_tokens", "error: ", "ghp_ghp_AKIAeyJ"},
    {"urls", "error: ", "https://a:"},
    {"starts_of_private_keys", "", "-----BEGIN PRIVATE KEY-----\n"},
    {"quotes", "error: ", "\"password\":\"\\\\\\\""},
};

}  // namespace agent::testing
