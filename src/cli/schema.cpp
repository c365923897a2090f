#include "cli/schema.hpp"

#include "sinks/report_json.hpp"

namespace agent::cli {
namespace {

Result<int> print_schema(Context& context) {
  TRY(context.out.write(sinks::report_schema()));
  return 0;
}

}  // namespace

std::vector<Command> schema_commands() {
  return {{.path = "schema",
           .summary = "Print the JSON Schema of a report",
           .examples = "  agent schema > report.schema.json\n",
           .arguments = {},
           .run = print_schema}};
}

}  // namespace agent::cli
