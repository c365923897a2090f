#pragma once

#include "base/report.hpp"

#include <string>
#include <string_view>

namespace agent::sinks {

/// The report for an issue, a comment or a job summary, in GitHub Flavored Markdown that Gitea renders alike. Evidence
/// is folded and left out beyond about 60,000 bytes, as an issue of GitHub takes 65,536 characters.
/// The report's texts can't form HTML, a link, a mention or a reference, and can't leave their fence.
[[nodiscard]] std::string render_markdown(const Report& report);

/// `text` as prose of one line. Markdown and HTML in it show as they are typed. What forges look for in a text after
/// Markdown is done, "@name", "#12", "GH-12", "!12", "[[page]]", ":emoji:", is split by an invisible U+200B, because a
/// backslash would not keep them from seeing it; addresses and what may be a commit's hash stand as code, to be copied.
[[nodiscard]] std::string markdown_prose(std::string_view text);

/// `line` for a place that is no Markdown, such as a title: all of those split by U+200B.
[[nodiscard]] std::string without_references(std::string_view line);

/// A link to `url` that shows `text`; only the text as prose where that is no plain address of http or https.
[[nodiscard]] std::string markdown_link(std::string_view text, std::string_view url);

/// `text` as a code span of one line.
[[nodiscard]] std::string markdown_code(std::string_view text);

/// `text` in a fence longer than any run of backticks in it, each line after `indent` blanks.
[[nodiscard]] std::string markdown_fence(std::string_view text, std::string_view language, std::size_t indent);

}  // namespace agent::sinks
