#pragma once

#include "tools/tool.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Which tool of a forge's MCP server does what, told by its name and by what its input schema takes. Dialects:
// tests/unit/sinks/tool_forge_test.cpp.

namespace agent::sinks {

/// What a forge can be asked to do.
enum class Ability {
  list_issues,
  get_issue,
  create_issue,
  edit_issue,
  add_comment,
  list_comments,
  edit_comment,
  delete_comment,
  list_labels,
  make_label,
  delete_label,
  who_am_i,
};

/// What an argument means, whatever a tool calls it.
enum class Argument {
  owner,
  repository,
  comment_id,
  number,
  title,
  body,
  state,
  state_reason,
  labels,
  assignees,
  label_id,
  label_name,
  color,
  description,
  page,
  page_size,
  cursor,
};

enum class LabelForm { none, names, ids };

/// A tool that does what an ability says, with its own names for what it takes.
class MappedTool {
 public:
  [[nodiscard]] tools::Tool& tool() const { return *tool_; }
  [[nodiscard]] bool takes(Argument argument) const;
  [[nodiscard]] LabelForm label_form() const;
  /// The words that `argument` may be; empty: any.
  [[nodiscard]] std::vector<std::string> choices(Argument argument) const;
  /// The largest number that `argument` may be; `otherwise` when the schema has none.
  [[nodiscard]] std::uint64_t maximum(Argument argument, std::uint64_t otherwise) const;

  /// The arguments that every call has.
  [[nodiscard]] nlohmann::json base(const std::string& owner, const std::string& repository) const;
  /// Puts `value` (a text, a number, or a list of either) as the schema has it; nothing when it is not taken.
  void put(nlohmann::json& arguments, Argument argument, const nlohmann::json& value) const;

 private:
  friend std::optional<MappedTool> find_tool(const std::vector<std::shared_ptr<tools::Tool>>&, Ability);
  [[nodiscard]] const nlohmann::json& schema(Argument argument) const;
  [[nodiscard]] const std::string* name_of(Argument argument) const;

  std::shared_ptr<tools::Tool> tool_;
  nlohmann::json properties_;
  std::vector<std::pair<Argument, std::string>> names_;
  nlohmann::json fixed_;  ///< "method": "create".
};

/// The tool of `tools` for `ability`: by a name that is known, also behind a prefix ("gitea_create_issue"), by the word
/// of its `method`, and only where all that it requires can be given. Nothing when there is none.
[[nodiscard]] std::optional<MappedTool> find_tool(const std::vector<std::shared_ptr<tools::Tool>>& tools,
                                                  Ability ability);

}  // namespace agent::sinks
