#include "flows/replay.hpp"

#include "base/descriptor.hpp"
#include "flows/replay_parts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace agent::flows {
namespace {

using transcript::Recording;

constexpr std::size_t most_bytes = std::size_t{256} * 1024 * 1024;

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file)
    return fail(errno == ENOENT ? ErrorKind::target_not_found : ErrorKind::unreadable,
                "cannot open the transcript '" + path + "'", std::string("open: ") + std::strerror(errno));
  std::string text;
  std::array<char, 65'536> piece{};
  while (text.size() <= most_bytes) {
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0)
      return fail(ErrorKind::unreadable, "cannot read the transcript '" + path + "'",
                  std::string("read: ") + std::strerror(errno));
    if (size == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  return fail(ErrorKind::unreadable, "the transcript '" + path + "' is larger than 256 MiB");
}

}  // namespace

struct Replay::State {
  explicit State(Recording recorded)
      : recording(std::move(recorded)),
        clock(recording.started_unix_ms),
        model(recording.model, std::move(recording.turns), clock),
        results(std::make_shared<transcript::RecordedResults>(recording.calls)),
        toolbox(transcript::replay_toolbox(recording.tools, results, clock)) {
    for (const loop::LibrarySource& source : recording.sources) library.restore(source, recording.lines[source.id]);
  }

  Recording recording;
  transcript::ReplayClock clock;
  transcript::ReplayModel model;
  std::shared_ptr<transcript::RecordedResults> results;
  std::unique_ptr<tools::Toolbox> toolbox;
  loop::Library library{{}};
};

Replay::Replay(std::unique_ptr<State> state) : state_(std::move(state)) {}
Replay::~Replay() = default;
Replay::Replay(Replay&&) noexcept = default;
Replay& Replay::operator=(Replay&&) noexcept = default;

const Report& Replay::rules() const { return state_->recording.rules; }
const loop::Limits& Replay::limits() const { return state_->recording.limits; }
const std::string& Replay::run_id() const { return state_->recording.run_id; }
const std::string& Replay::agent_version() const { return state_->recording.agent_version; }

loop::Parts Replay::parts(loop::Observer& observer) {
  State& state = *state_;
  return {.model = state.model,
          .toolbox = *state.toolbox,
          .library = state.library,
          .clock = state.clock,
          .prompts = state.recording.prompts,
          .observer = observer,
          .took_then = [&state](const loop::CallRecord& call) {
            const auto [at_ns, took] = state.results->timing(call.tool, call.arguments);
            if (at_ns >= 0) state.clock.set(at_ns);
            return took;
          }};
}

Result<void> Replay::check(const Report& report) const {
  if (state_->model.difference()) return std::unexpected(*state_->model.difference());
  if (state_->recording.report_digest.empty())
    return fail(ErrorKind::unreadable, "the transcript ends before the report");
  if (state_->recording.report_digest == digest_of(report)) return {};
  return fail(ErrorKind::settings, "the replay goes another way: the report is not the one that was written down", "",
              "replay with the agent's version that wrote the transcript");
}

Result<Replay> read_replay(std::string_view text, const std::string& where) {
  return Replay(std::make_unique<Replay::State>(TRY(transcript::read_recording(text, where))));
}

Result<Replay> open_replay(const std::string& path) {
  const std::string text = TRY(read_file(path));
  return read_replay(text, path);
}

}  // namespace agent::flows
