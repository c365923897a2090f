// Packs rules files into the table that is built into the program: pack_rules TABLE FILE…
// Runs while the project is built, so that a mistake in a built-in rule stops the build.
#include "evidence/rule_file.hpp"
#include "evidence/rule_table.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <span>

namespace agent::evidence {
namespace {

Result<std::vector<Rule>> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::unreadable, "cannot read '" + path + "'");
  return read_rules(std::string{std::istreambuf_iterator<char>(file), {}}, path);
}

Result<void> pack(const std::string& table, std::span<char*> files) {
  std::vector<Rule> all;
  for (const char* path : files)
    for (Rule& rule : TRY(read_file(path))) all.push_back(std::move(rule));
  std::ofstream out(table, std::ios::binary);
  out << pack_rules(all) << std::flush;
  if (!out) return fail(ErrorKind::unreadable, "cannot write '" + table + "'");
  return {};
}

}  // namespace
}  // namespace agent::evidence

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto packed = agent::evidence::pack(argv[1], {argv + 2, static_cast<std::size_t>(argc - 2)});
  if (packed) return 0;
  std::cerr << agent::describe(packed.error());
  return agent::traits(packed.error().kind).exit_code;
}
