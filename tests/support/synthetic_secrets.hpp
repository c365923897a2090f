#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace agent::testing {

/// Text drawn by lot after a pattern. `[set]{n}` are n characters of a set (a-z, A-Z, 0-9 and single characters); all
/// else stands for itself.
std::string drawn(std::string_view pattern, std::mt19937& lot);

/// A kind of text, and how it looks.
struct SyntheticKind {
  std::string_view name;
  std::string_view pattern;
};

/// Tokens that are told by their shape, as their providers document them (and gitleaks 8 and trufflehog 3 know them).
std::span<const SyntheticKind> token_kinds();

/// Where a token may stand; the '@' is where.
std::span<const std::string_view> token_places();

/// Secrets that are told by what stands before them; the secret stands between the two '\x01'.
std::span<const SyntheticKind> labelled_kinds();

/// What looks drawn by lot and is no secret.
std::span<const SyntheticKind> harmless_kinds();

/// `place` with its '@' replaced.
std::string put(std::string_view place, std::string_view token);

/// A labelled secret's line without the marks, and what must not be left of it.
struct Labelled {
  std::string line, secret;
};
Labelled without_marks(const std::string& marked);

}  // namespace agent::testing
