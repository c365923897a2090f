#pragma once

#include "llm/json_text.hpp"

#include <string_view>

namespace agent::llm {

/// The arguments of a tool call.
struct ReadArguments {
  Json value;  ///< An object; else what was written, as a text.
  bool mended = false;
};

/// What the model meant by `text`: an object, be it broken (loose_json.hpp), within a fence or a text of JSON, alone in
/// a list, or as Python's keywords. Empty and `null` are an object without members. Values that are texts where
/// `schema` wants a number, a truth, a list or an object become that, where they can be read so.
[[nodiscard]] ReadArguments read_arguments(std::string_view text, const Json& schema);

}  // namespace agent::llm
