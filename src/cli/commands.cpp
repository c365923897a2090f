#include "cli/analyze.hpp"
#include "cli/command.hpp"
#include "cli/completion.hpp"
#include "cli/config.hpp"
#include "cli/deliver.hpp"
#include "cli/explain.hpp"
#include "cli/mcp.hpp"
#include "cli/mcp_serve.hpp"
#include "cli/rules.hpp"
#include "cli/schema.hpp"

#include <iterator>

namespace agent::cli {
namespace {

// The order of the help: what people come for first, then what supports it.
std::vector<Command> list() {
  std::vector<Command> commands;
  for (auto* group : {&analyze_commands, &deliver_commands, &explain_commands, &rules_commands, &mcp_commands,
                      &mcp_serve_commands, &config_commands, &schema_commands, &completion_commands}) {
    auto some = group();
    commands.insert(commands.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return commands;
}

}  // namespace

std::span<const Command> all_commands() {
  static const std::vector<Command> commands = list();
  return commands;
}

}  // namespace agent::cli
