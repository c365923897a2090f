#pragma once

#include <string>
#include <string_view>

namespace agent::loop {

/// `text` as a model may see it: each line cleaned for display, and what could be taken for one of our marks, or for a
/// control token of a chat template ("<|…", "<tool_call>", "<<SYS>>", "[INST]"), defused: its '<' is a '‹', its '[' a
/// '［'. Characters that are not seen hide none, nor does a '<' of another width. As many lines as before.
[[nodiscard]] std::string defused(std::string_view text);

/// `text`, defused, between marks that say that it is data: "<data source="log/x">", its lines, "</data>".
/// `source` may be empty.
[[nodiscard]] std::string as_data(std::string_view source, std::string_view text);

}  // namespace agent::loop
