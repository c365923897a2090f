#pragma once

#include "cli/command.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace agent::cli {

/// What is known of the cluster, or of the model, that would be asked: "server", "namespace", "origin", …, or "none"
/// and why.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// Each setting of `table` on a line, "key = value  # where it came from"; a secret is "(set)". Cluster and model
/// follow in comments.
[[nodiscard]] std::string show_text(const Settings& settings, std::span<const Setting> table = settings_table(),
                                    const Facts& cluster = {}, const Facts& model = {});

/// The same as JSON: {"settings": [{"key", "value", "origin", "where"}], "config_path", "cluster": {…},
/// "model": {…}}.
[[nodiscard]] std::string show_json(const Settings& settings, std::span<const Setting> table = settings_table(),
                                    const Facts& cluster = {}, const Facts& model = {});

/// `agent config show|check|path`: which settings are in force and where each came from.
[[nodiscard]] std::vector<Command> config_commands();

}  // namespace agent::cli
