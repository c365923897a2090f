#include "mcp/oauth_challenge.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace agent::mcp {
namespace {

constexpr std::size_t most_challenges = 32;

/// RFC 9110, 5.6.2; and '/', which values in the field have without the quotes that they need.
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~:/").contains(c);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<Challenge> read() {
    while (at_ < text_.size()) {
      skip([](char c) { return c == ',' || c == ' ' || c == '\t'; });
      const std::string_view word = take_word();
      if (word.empty()) {
        skip_to_comma();
        continue;
      }
      blanks();
      if (at_ < text_.size() && text_[at_] == '=') {
        parameter(word);
      } else if (challenges_.size() < most_challenges) {
        challenges_.push_back({lower(word), {}});
      } else {
        break;
      }
    }
    return std::move(challenges_);
  }

 private:
  template <class Is>
  void skip(Is is) {
    while (at_ < text_.size() && is(text_[at_])) ++at_;
  }
  void blanks() {
    skip([](char c) { return c == ' ' || c == '\t'; });
  }
  void skip_to_comma() {
    skip([](char c) { return c != ','; });
  }
  std::string_view take_word() {
    const std::size_t from = at_;
    skip(is_word);
    return text_.substr(from, at_ - from);
  }
  // A scheme's token68 ("Basic abc==") is read as a parameter without a value, which no one asks for.
  void parameter(std::string_view name) {
    skip([](char c) { return c == '='; });
    blanks();
    std::string value = at_ < text_.size() && text_[at_] == '"' ? quoted() : std::string(take_word());
    if (!challenges_.empty()) challenges_.back().parameters.emplace(lower(name), std::move(value));
  }
  std::string quoted() {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Challenge> challenges_;
};

std::string value_of(const Challenge& challenge, std::string_view name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? std::string() : found->second;
}

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view www_authenticate) { return Reader(www_authenticate).read(); }

BearerChallenge bearer_challenge(std::string_view www_authenticate) {
  const auto challenges = parse_challenges(www_authenticate);
  for (const std::string_view scheme : {"bearer", "dpop"}) {
    for (const Challenge& one : challenges) {
      BearerChallenge asked{value_of(one, "resource_metadata"), value_of(one, "scope"), value_of(one, "error")};
      const bool says = !asked.resource_metadata.empty() || !asked.scope.empty() || !asked.error.empty();
      if (one.scheme == scheme && says) return asked;
    }
  }
  return {};
}

}  // namespace agent::mcp
