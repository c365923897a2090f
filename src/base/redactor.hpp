#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent {

/// Hides secrets in text that is about to leave the process. Every exit passes one: terminal, file, model,
/// issue, chat, log line, error, store.
///
/// A secret becomes `[REDACTED:kind#n]`; the same secret is the same `n` wherever it stands, numbered from 1 in the
/// order in which redact() first meets it. The number of lines never changes. What was seen once as a secret
/// (`password=…`, a bearer header, a URL's credentials) is hidden wherever it stands again, also without its label.
/// Hashes, UUIDs, digests and versions stay readable.
/// Formats and their sources: src/base/README.md, "What is redacted". One thread at a time.
class Redactor {
 public:
  Redactor();
  ~Redactor();
  Redactor(Redactor&&) noexcept;
  Redactor& operator=(Redactor&&) noexcept;

  /// Learns the secrets in `text` (whole lines) without rewriting it, so that later calls hide them everywhere.
  void harvest(std::string_view text);

  /// Learns one secret whose value is known, such as a token from the settings. Shorter than 6 bytes: ignored,
  /// because hiding it would hide half of every text.
  void learn(std::string_view secret, std::string_view kind);

  /// `text` (whole lines) with every secret replaced.
  [[nodiscard]] std::string redact(std::string_view text);

  /// Kinds and how many places were hidden so far, by name.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent
