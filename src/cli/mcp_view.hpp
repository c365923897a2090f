#pragma once

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace agent::cli {

/// One tool of a server, as a list shows it.
struct ToolView {
  std::string name, description;
  bool reads = false;  ///< Whether it only looks.
  std::string denied;  ///< Why settings don't let it be called; empty when they do.
};

/// One step of a connection.
struct StepView {
  std::string what, outcome;
  std::chrono::microseconds took{0};
  std::optional<Error> error = {};
  std::string last_words = {};  ///< The end of a stdio server's standard error: foreign text.
};

/// What was found out about one server.
struct ServerView {
  std::string name;   ///< Ours.
  std::string place;  ///< URL without credentials, or command.
  std::string named_by;
  std::string transport, era, revision;
  std::string server, version;  ///< What it says of itself.
  std::vector<ToolView> tools;
  std::vector<StepView> steps;
  std::chrono::microseconds took{0};
  std::optional<Error> error = {};
  bool required = false;
};

/// Calls `use` on each text of `server`, its own words and what was said of it, before any line is broken.
void for_each_text(ServerView& server, const std::function<void(std::string&)>& use);

/// Where a view is shown.
struct ViewStyle {
  std::size_t width = 80;
  bool defuse_commands = false;  ///< Inside a CI system that reads commands from output.
};

/// Text for a person, at most `width` columns where lines can be broken; one that ends in a line break. Nothing of a
/// server's words can control a terminal or, where the style says so, a CI system.
[[nodiscard]] std::string list_text(const std::vector<ServerView>& servers, const ViewStyle& style);
[[nodiscard]] std::string doctor_text(const std::vector<ServerView>& servers, const ViewStyle& style);

/// The same as data: {"servers": [{"name": …}]}; with steps for `doctor`.
[[nodiscard]] nlohmann::ordered_json servers_json(const std::vector<ServerView>& servers);

}  // namespace agent::cli
