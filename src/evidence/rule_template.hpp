#pragma once

#include "evidence/rule_pattern.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::evidence {

/// A template: `{name}` is a group's text; `{name|each}` the distinct texts of all hits, at most three; `[…]` is left
/// out when a group in it is empty. `{{`, `[[`, `}}` and `]]` stand for themselves.

/// The names that `text` asks for, in order of appearance.
[[nodiscard]] std::vector<std::string> template_names(std::string_view text);

/// What is wrong with the brackets of `text`; empty: nothing.
[[nodiscard]] std::string template_error(std::string_view text);

/// Told each piece of a template's own text, in order.
using LiteralVisit = std::function<void(std::string_view piece)>;
/// What a name stands for; `optional`: within `[…]`.
using NameValue = std::function<std::string(std::string_view name, bool optional)>;

/// `text` with each name's value in its place.
[[nodiscard]] std::string fill_template(std::string_view text, const LiteralVisit& literal, const NameValue& value);

/// `text` filled from the first of `hits` (`each`: from all). A group that no hit has becomes nothing.
[[nodiscard]] std::string expand(std::string_view text, std::span<const Groups> hits);

/// One line of at most `limit` code points: blanks joined, cut with '…' after a word where one ends near the limit.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit);

}  // namespace agent::evidence
