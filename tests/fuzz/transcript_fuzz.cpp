// Transcripts: whatever the file says, it is refused with its line or replayed, without harm.
#include "flows/replay.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace agent;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto replay = flows::read_replay(text, "t");
  if (!replay) {
    if (replay.error().kind != ErrorKind::unreadable || !replay.error().where.starts_with("t:")) std::abort();
    return 0;
  }
  loop::Limits limits = replay->limits();
  limits.until.reset();  // nobody waits here
  loop::Observer nobody;
  const loop::Parts parts = replay->parts(nobody);
  const loop::Outcome outcome = loop::investigate(replay->rules(), limits, parts, {});
  if (outcome.report.findings.size() < replay->rules().findings.size()) std::abort();
  static_cast<void>(replay->check(outcome.report));
  return 0;
}
