#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The parts of the Redactor: scanners that find secrets in a text. Private to this room.
namespace agent::redaction {

/// How sure the kind of a match is; of overlapping matches the surest gives the kind.
enum class Certainty { label, known, format };

/// One secret in a text; never spans a line end.
struct Match {
  std::size_t begin = 0, end = 0;
  std::string_view kind;  ///< Static, or owned by the redactor.
  Certainty certainty = Certainty::label;
  std::string identity = {};  ///< What makes two matches one secret; empty: the bytes of the match.
};

/// What scanners fill.
struct Found {
  std::vector<Match> matches;
  std::vector<Match> placeholders;  ///< `[REDACTED:kind#n]` that stood in the text.
  std::vector<std::string>
      hidden_forms;  ///< Other spellings of a secret that was found: the plain text of a base64 value.
  // Where what was read together ends: a word inside is not the start of another, and is not read again, so that the
  // time stays linear whatever the text.
  std::size_t keys_end = 0, objects_end = 0, cookies_end = 0;
  std::size_t values_begin[2] = {}, values_end[2] = {};  ///< Of the last unquoted value, for either set of stops.

  void add(std::size_t begin, std::size_t end, std::string_view kind, Certainty certainty = Certainty::label) {
    if (begin < end) matches.push_back({begin, end, kind, certainty});
  }
};

/// A place in a text at which a scanner is called: the text there starts with `start` (any case; 2 to 4 bytes count).
/// Where fewer than four bytes are given, each of `next` may follow.
struct Anchor {
  std::string_view start;
  std::string_view next = {};
  void (*scan)(std::string_view text, std::size_t at, std::size_t row, Found& found) = nullptr;
  std::size_t row = 0;  ///< Of the scanner's own table.
};

void add_format_anchors(std::vector<Anchor>& anchors);  ///< Tokens told by their shape.
void add_label_anchors(std::vector<Anchor>& anchors);   ///< `password=…` and its like.
void add_link_anchors(std::vector<Anchor>& anchors);    ///< URLs, headers, command lines.
void add_block_anchors(std::vector<Anchor>& anchors);   ///< Private keys, Kubernetes Secrets.

/// Why a value stands behind a label.
enum class Context {
  weak,    ///< "token: abc" inside a sentence.
  line,    ///< The label and the value are the whole line, as in YAML.
  strong,  ///< Quoted, `key=value`, `--key value`, XML.
};

/// True when a value behind a label that means "secret" is one: not a placeholder, a variable, a type, a path, a word
/// that says something about the secret ("required"), nor code.
[[nodiscard]] bool is_secret_value(std::string_view value, Context context, bool quoted);

/// True for a word that stands behind a label and says something about the secret: "required", "string".
[[nodiscard]] bool is_telling_word(std::string_view word);

/// True when `value` looks drawn by lot: letters and digits mixed, no words, version, path or host.
[[nodiscard]] bool looks_random(std::string_view value);

/// True when hiding `value` everywhere hides no ordinary text: not short, no plain word or number.
[[nodiscard]] bool worth_learning(std::string_view value);

/// What the base64 `value` says, when it is printable; else empty.
[[nodiscard]] std::string plain_of_base64(std::string_view value);

}  // namespace agent::redaction
