#include "loop/filing.hpp"

#include "base/text.hpp"
#include "evidence/select.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

namespace agent::loop {
namespace {

using nlohmann::json;

constexpr std::size_t longest_title = 200, longest_body = 8'000;

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_letter(char letter) { return is_upper(letter) || (letter >= 'a' && letter <= 'z'); }

/// "createIssue" and "gitea_create_issue" as words in lower case.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  char before = ' ';
  for (const char letter : name) {
    const bool begins = !is_letter(letter) || (is_upper(letter) && !is_upper(before));
    if (begins && !words.back().empty()) words.emplace_back();
    if (is_letter(letter)) words.back() += lower(std::string_view(&letter, 1));
    before = letter;
  }
  return words;
}

bool any_of(const std::vector<std::string>& words, std::initializer_list<std::string_view> known) {
  return std::ranges::any_of(words,
                             [&](const std::string& word) { return std::ranges::find(known, word) != known.end(); });
}

/// The first text among the fields `keys`, redacted, then cut.
std::string text_of(const json& arguments, std::initializer_list<const char*> keys, std::size_t limit,
                    const Library::Redact& redact) {
  for (const char* key : keys) {
    const auto field = arguments.find(key);
    if (field == arguments.end() || !field->is_string()) continue;
    const auto& text = field->get_ref<const std::string&>();
    return evidence::cut(redact ? redact(text) : text, limit);
  }
  return {};
}

}  // namespace

bool files_an_issue(std::string_view tool) {
  const std::vector<std::string> words = words_of(tool);
  return any_of(words, {"issue", "issues", "ticket", "tickets", "incident", "bug"}) &&
         any_of(words,
                {"create", "write", "open", "file", "new", "submit", "add", "post", "raise", "upsert", "report"}) &&
         !any_of(words, {"comment", "comments", "label", "labels", "reaction", "list", "get", "search", "read"});
}

std::optional<Proposal> proposal_of(const std::string& tool, const json& arguments, const Library::Redact& redact) {
  if (!arguments.is_object()) return std::nullopt;
  Proposal proposal{.tool = evidence::cut(clean_line(tool), longest_title),
                    .title = clean_line(text_of(arguments, {"title", "summary", "name"}, longest_title, redact)),
                    .body = text_of(arguments, {"body", "description", "content", "text"}, longest_body, redact)};
  if (proposal.title.empty() && proposal.body.empty()) return std::nullopt;
  return proposal;
}

}  // namespace agent::loop
