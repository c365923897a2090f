#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::sinks {

/// `text` with every byte that is not part of well-formed UTF-8 (RFC 3629) replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// `text` as one line that is safe to show: no C0 and C1 controls, ESC, DEL or codes that turn the direction of text
/// (CVE-2021-42574); tabs and line ends become blanks; bytes that are not UTF-8 become U+FFFD; no blanks at the end.
[[nodiscard]] std::string one_line(std::string_view text);

/// one_line() of each line of `text`; tabs go to the next multiple of eight columns.
[[nodiscard]] std::vector<std::string> safe_lines(std::string_view text);

/// What a terminal needs for `code_point`: 0, 1 or 2 columns.
[[nodiscard]] std::size_t columns_of(char32_t code_point);

/// What a terminal needs for `safe`, a result of one_line() or safe_lines().
[[nodiscard]] std::size_t columns_of(std::string_view safe);

/// `safe`, or its beginning and "…" when it needs more than `columns` (at least 1).
[[nodiscard]] std::string cut(std::string_view safe, std::size_t columns);

/// `safe` broken at blanks into lines of at most `columns`; a longer word is broken where it has to be, and a text
/// without a blank (CJK) between any two characters. At least one line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view safe, std::size_t columns);

/// `line` such that no CI system takes it for a command: "::error" of GitHub Actions at its beginning, "##[error]" of
/// its older runners, "##vso[…]" of Azure Pipelines. One blank is put in. Rules:
/// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
/// Data keeps its texts: JSON and YAML write the commands with an escape instead.
[[nodiscard]] std::string defuse_workflow_commands(std::string_view line);

/// defuse_workflow_commands() of each line of `text`.
[[nodiscard]] std::string defuse_all_lines(std::string_view text);

/// `json`, a JSON text, with the "##vso[…]" in its strings written as "#\u0023vso[…]": the same data, and no command of
/// a CI system. The other kind, "::error", stands at a line's beginning, where JSON has none.
[[nodiscard]] std::string escape_bracket_commands(std::string json);

/// Where the next "##word[" of `text` begins, at `from` or after; npos for none.
[[nodiscard]] std::size_t find_bracket_command(std::string_view text, std::size_t from);

}  // namespace agent::sinks
