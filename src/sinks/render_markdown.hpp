#pragma once

#include "base/report.hpp"

#include <string>
#include <string_view>

namespace agent::sinks {

/// The report for an issue, a comment or a job summary, in GitHub Flavored Markdown that Gitea renders alike. Evidence
/// is folded and left out beyond about 60,000 bytes, as an issue of GitHub takes 65,536 characters.
/// The report's texts can't form HTML, a link, a mention or a reference, and can't leave their fence.
[[nodiscard]] std::string render_markdown(const Report& report);

/// `text` as prose of one line. Markdown and HTML in it show as they are typed; "@name", "#12", "GH-12", "!12" and
/// addresses of issues and commits are split by an invisible U+200B, because a backslash would not keep a forge from
/// seeing them.
[[nodiscard]] std::string markdown_prose(std::string_view text);

/// `text` as a code span of one line.
[[nodiscard]] std::string markdown_code(std::string_view text);

/// `text` in a fence longer than any run of backticks in it, each line after `indent` blanks.
[[nodiscard]] std::string markdown_fence(std::string_view text, std::string_view language, std::size_t indent);

}  // namespace agent::sinks
