#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace agent {

/// One log line as a person may see it: ANSI and OSC sequences, C0 (but tab) and C1 controls out, of text overwritten
/// by carriage returns only what remained visible, bytes that are not UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string clean_line(std::string_view raw);

/// True when clean_line() would return `raw` unchanged; fast.
[[nodiscard]] bool is_clean(std::string_view raw);

/// True when `text` is well-formed UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);

/// The name in `known` with the smallest edit distance to `wrong`, when that is at most a third of its length (at
/// least 2); else empty.
[[nodiscard]] std::string_view nearest(std::string_view wrong, std::span<const std::string_view> known);

/// True when `text` is one word of a POSIX shell that stands for itself: only letters and digits of ASCII, and
/// `_./:@%+=,-`.
[[nodiscard]] bool is_shell_safe(std::string_view text);

/// One word of a POSIX shell that stands for `text`: itself where that is safe, else in '…'.
[[nodiscard]] std::string shell_quoted(std::string_view text);

/// ASCII only; other bytes as they are.
[[nodiscard]] std::string lower(std::string_view text);

/// Without blanks and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace agent
