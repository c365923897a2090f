#include "evidence/distiller.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using agent::Tokens;
using agent::evidence::Distiller;
using agent::evidence::print_extract;

std::string extract(std::string_view log, std::size_t piece, Tokens budget) {
  Distiller distiller;
  for (std::size_t at = 0; at < log.size(); at += piece) distiller.feed(log.substr(at, piece));
  const auto seen = distiller.finish(budget);
  if (seen.bytes_total != log.size()) std::abort();
  const std::string small = print_extract(distiller.finish(Tokens{budget.count / 2}).excerpts);
  if (agent::count_code_points(small) > budget.code_points() / 2) std::abort();
  return print_extract(seen.excerpts);
}

}  // namespace

/// Whatever the bytes: within the budget, and the same for any chunking. The first two bytes choose chunks and budget.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0];
  const Tokens budget{2 * (1 + std::size_t{data[1]})};
  const std::string_view log(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string whole = extract(log, log.size() + 1, budget);
  if (agent::count_code_points(whole) > budget.code_points()) std::abort();
  if (extract(log, piece, budget) != whole) std::abort();
  return 0;
}
