#include "loop/library.hpp"

#include "base/text.hpp"
#include "evidence/rule_headline.hpp"
#include "loop/library_parts.hpp"
#include "loop/source_names.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

namespace agent::loop {
namespace {

using TextPtr = std::shared_ptr<KeptText>;

constexpr std::size_t names_told = 12;
constexpr std::size_t most_lines = 1'000'000;  ///< Of one reading.

}  // namespace

struct Library::State {
  State(Redact redacts, std::uint64_t limit_bytes)
      : redact(redacts ? std::move(redacts) : [](std::string_view text) { return std::string(text); }),
        limit(limit_bytes) {}

  const Redact redact;
  const std::uint64_t limit;
  mutable BlockCache cache;
  mutable std::mutex guard;                           // Of what follows.
  std::map<std::string, TextPtr, SourceOrder> texts;  // Finished.
  std::set<TextPtr> all;                              // Also those that are being written.
  std::uint64_t used = 0;
  std::size_t tools = 0;
  std::map<std::string, std::vector<OwnWords>> own_words;  // Of a model, by the tool's text that may repeat them.
  KnownLines known;
  std::map<std::string, SparseText> sparse;
  Watch watch;

  void add(const TextPtr& text, BlockPtr block);
  void finish(const std::string& id, const TextPtr& text);
  void forget(const TextPtr& text);
  [[nodiscard]] std::vector<std::string> ids() const;
  [[nodiscard]] std::vector<std::string> meant(std::string_view name) const;
  [[nodiscard]] Result<std::string> one_meant(std::string_view name) const;
  [[nodiscard]] std::optional<TextReader> reader(const std::string& id) const;
  [[nodiscard]] bool is_echo(const std::string& id, const Quote& quote) const;
  [[nodiscard]] std::optional<Citation> locate(const std::string& id, const Quote& quote, std::size_t near) const;
  [[nodiscard]] Error no_lines(const std::string& id, std::size_t first) const;  // Called under the guard.
};

/// The largest text gives way: what is small is often what was chosen.
void Library::State::add(const TextPtr& text, BlockPtr block) {
  const std::lock_guard lock(guard);
  used += block->cost();
  text->add(std::move(block));
  while (used > limit) {
    const auto largest = std::ranges::max_element(all, {}, [](const TextPtr& one) { return one->cost(); });
    const std::size_t freed = (*largest)->drop();
    if (freed == 0) return;
    used -= freed;
  }
}

void Library::State::finish(const std::string& id, const TextPtr& text) {
  const std::lock_guard lock(guard);
  TextPtr& place = texts[id];
  if (place) {
    used -= place->cost();
    all.erase(place);
  }
  place = text;
}

void Library::State::forget(const TextPtr& text) {
  const std::lock_guard lock(guard);
  used -= text->cost();
  all.erase(text);
}

std::vector<std::string> Library::State::ids() const {
  const std::lock_guard lock(guard);
  std::set<std::string, SourceOrder> all_ids;
  for (const auto& [id, text] : texts) all_ids.insert(id);
  for (const auto& [id, source] : known.sources()) all_ids.insert(id);
  for (const auto& [id, text] : sparse) all_ids.insert(id);
  return {all_ids.begin(), all_ids.end()};
}

std::vector<std::string> Library::State::meant(std::string_view name) const { return sources_meant(name, ids()); }

/// The source that is to be read: one that has lines.
Result<std::string> Library::State::one_meant(std::string_view name) const {
  std::vector<std::string> readable;
  for (std::string& id : ids()) {
    const std::lock_guard lock(guard);
    const KnownLines::Source* lines = known.find(id);
    if (texts.contains(id) || sparse.contains(id) || (lines != nullptr && !lines->lines.empty()))
      readable.push_back(std::move(id));
  }
  const std::vector<std::string> found = sources_meant(name, readable);
  if (found.size() == 1) return found.front();
  const std::vector<std::string>& told = found.empty() ? readable : found;
  std::string list;
  for (const std::string& id : std::span(told).first(std::min(told.size(), names_told)))
    list += (list.empty() ? "" : ", ") + id;
  if (told.size() > names_told) list += fmt::format(" and {} more", told.size() - names_told);
  const std::string asked = clean_line(redact(name.substr(0, 200)));
  return fail(ErrorKind::target_not_found, found.empty()
                                               ? fmt::format("there is no source '{}'; there are: {}", asked, list)
                                               : fmt::format("'{}' may be any of: {}", asked, list));
}

std::optional<TextReader> Library::State::reader(const std::string& id) const {
  const std::lock_guard lock(guard);
  const auto found = texts.find(id);
  if (found == texts.end()) return std::nullopt;
  const auto& blocks = found->second->blocks();
  TextReader::Tell tell;
  if (watch && !id.starts_with("tool/")) tell = [this, id](const std::vector<LibraryLine>& lines) { watch(id, lines); };
  return TextReader({blocks.begin(), blocks.end()}, cache, redact, std::move(tell));
}

bool Library::State::is_echo(const std::string& id, const Quote& quote) const {
  const std::lock_guard lock(guard);
  const auto own = own_words.find(id);
  return own != own_words.end() && quote.is_echo_of(own->second);
}

std::optional<Citation> Library::State::locate(const std::string& id, const Quote& quote, std::size_t near) const {
  if (is_echo(id, quote)) return std::nullopt;
  std::optional<Citation> found;
  if (const auto text = reader(id))
    if (auto hit = text->find(quote, near)) found = Citation{id, hit->line, "", evidence::quote_of(hit->text)};
  const std::lock_guard lock(guard);
  if (const auto some = sparse.find(id); !found && some != sparse.end())
    if (auto hit = some->second.find(quote, near)) found = Citation{id, hit->line, "", evidence::quote_of(hit->text)};
  if (!found) found = known.locate(id, quote, near);
  const KnownLines::Source* source = found ? known.find(id) : nullptr;
  if (source == nullptr) return found;
  const auto line = source->lines.find(found->line);
  if (line != source->lines.end()) found->timestamp = line->second.timestamp;
  return found;
}

/// Why line `first` can't be read.
Error Library::State::no_lines(const std::string& id, std::size_t first) const {
  const auto text = texts.find(id);
  const auto some = sparse.find(id);
  const KnownLines::Source* source = known.find(id);
  std::size_t total = source == nullptr ? 0 : source->lines_total, kept_from = 0;
  if (text != texts.end())
    std::tie(total, kept_from) = std::pair(text->second->lines(), text->second->kept_from());
  else if (some != sparse.end())
    std::tie(total, kept_from) = std::tie(some->second.source.lines, some->second.source.kept_from);
  std::string what = fmt::format("line {} of '{}' was not kept", first, id);
  if (first > total)
    what = total == 0 ? fmt::format("'{}' is empty", id) : fmt::format("'{}' has {} lines", id, total);
  else if (kept_from > 0)
    what += fmt::format("; those from {} on were", kept_from);
  else if (source != nullptr && !source->lines.empty())
    what += fmt::format("; lines {} to {} were, in parts", source->lines.begin()->first, source->lines.rbegin()->first);
  return {ErrorKind::target_not_found, std::move(what), "", ""};
}

namespace {

/// Words in lower case.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
    if (end > 0) words.push_back(lower(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

/// Of what is only known by a report: the lines it shows.
std::vector<LibraryLine> known_lines(const KnownLines::Source* source, std::size_t first, std::size_t count) {
  std::vector<LibraryLine> lines;
  if (source == nullptr) return lines;
  for (auto line = source->lines.lower_bound(first); line != source->lines.end() && line->first - first < count; ++line)
    lines.push_back({line->first, shown_line(line->second.text)});
  return lines;
}

/// Gives the library what it is fed, block by block.
class TextWriter final : public Library::Writer {
 public:
  struct Target {
    std::function<void(const TextPtr&, BlockPtr)> add;
    std::function<void(const TextPtr&)> finish, forget;
  };
  explicit TextWriter(Target target, TextPtr text)
      : target_(std::move(target)),
        text_(std::move(text)),
        cutter_([this](BlockPtr block) { target_.add(text_, std::move(block)); }) {}
  ~TextWriter() override {
    if (!finished_) target_.forget(text_);
  }
  TextWriter(const TextWriter&) = delete;
  TextWriter& operator=(const TextWriter&) = delete;

  void feed(std::string_view bytes) override { cutter_.feed(bytes); }

  void finish() override {
    if (finished_) return;
    cutter_.finish();
    text_->bytes = cutter_.bytes();
    target_.finish(text_);
    finished_ = true;
  }

 private:
  Target target_;
  TextPtr text_;
  BlockCutter cutter_;
  bool finished_ = false;
};

}  // namespace

Library::Library(Redact redact, std::uint64_t limit_bytes)
    : state_(std::make_unique<State>(std::move(redact), limit_bytes)) {}
Library::~Library() = default;

std::unique_ptr<Library::Writer> Library::open(std::string id) {
  State& state = *state_;
  auto text = std::make_shared<KeptText>();
  {
    const std::lock_guard lock(state.guard);
    state.all.insert(text);
  }
  return std::make_unique<TextWriter>(
      TextWriter::Target{
          [&state](const TextPtr& to, BlockPtr block) { state.add(to, std::move(block)); },
          [&state, id = std::move(id)](const TextPtr& done) { state.finish(id, done); },
          [&state](const TextPtr& unfinished) { state.forget(unfinished); },
      },
      std::move(text));
}

std::string Library::add_tool_text(std::string_view text, const std::vector<std::string>& own_words) {
  std::vector<OwnWords> own;
  for (const std::string& words : own_words) {
    // What is quoted was cleaned and redacted; so are its words.
    const std::string shown = redacted(words);
    own.push_back({comparable(shown), shown.find_first_of(" \t\n") != std::string::npos});
  }
  std::string id;
  {
    const std::lock_guard lock(state_->guard);
    id = "tool/" + std::to_string(++state_->tools);
    if (!own.empty()) state_->own_words[id] = std::move(own);
  }
  const auto writer = open(id);
  writer->feed(text);
  writer->finish();
  return id;
}

void Library::know(const Report& report) {
  const std::lock_guard lock(state_->guard);
  state_->known.add(report);
}

std::vector<LibrarySource> Library::sources() const {
  std::vector<LibrarySource> sources;
  for (const std::string& id : state_->ids()) {
    const std::lock_guard lock(state_->guard);
    const auto text = state_->texts.find(id);
    const KnownLines::Source* known = state_->known.find(id);
    if (text != state_->texts.end()) {
      sources.push_back({id, text->second->lines(), text->second->bytes, text->second->kept_from()});
    } else if (const auto some = state_->sparse.find(id); some != state_->sparse.end()) {
      sources.push_back(some->second.source);
    } else if (known != nullptr && !known->lines.empty()) {
      const std::size_t lines = std::max(known->lines_total, known->lines.rbegin()->first);
      sources.push_back({id, lines, known->bytes_total, lines + 1});
    }
  }
  return sources;
}

void Library::watch(Watch watch) { state_->watch = std::move(watch); }

void Library::restore(const LibrarySource& source, const std::vector<LibraryLine>& lines) {
  const std::lock_guard lock(state_->guard);
  SparseText& text = state_->sparse[source.id];
  text.source = source;
  for (const LibraryLine& line : lines) text.lines.try_emplace(line.number, line.text);
}

std::string Library::redacted(std::string_view text) const {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    (lines += clean_line(text.substr(0, end))) += end < text.size() ? "\n" : "";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return state_->redact(lines);
}

Result<std::vector<LibraryLine>> Library::read(std::string_view id, std::size_t first, std::size_t count) const {
  const std::string source = TRY(state_->one_meant(id));
  first = std::max<std::size_t>(first, 1);
  std::vector<LibraryLine> lines;
  if (const auto text = state_->reader(source)) lines = text->read(first, std::min(count, most_lines));
  const std::lock_guard lock(state_->guard);
  if (const auto some = state_->sparse.find(source); some != state_->sparse.end())
    lines = some->second.read(first, count);
  if (lines.empty()) lines = known_lines(state_->known.find(source), first, count);
  if (!lines.empty() || count == 0) return lines;
  return std::unexpected(state_->no_lines(source, first));
}

Result<std::vector<LibraryLine>> Library::search(std::string_view id, std::string_view words, std::size_t most) const {
  const std::string source = TRY(state_->one_meant(id));
  const std::vector<std::string> all = words_of(words);
  if (all.empty()) return fail(ErrorKind::usage, "there are no words to search for");
  if (const auto text = state_->reader(source)) return text->search(all, most);
  std::vector<LibraryLine> found;
  const std::lock_guard lock(state_->guard);
  if (const auto some = state_->sparse.find(source); some != state_->sparse.end())
    return some->second.search(all, most);
  for (const auto& [number, line] : state_->known.find(source)->lines) {
    const std::string text = lower(line.text);
    const bool holds = std::ranges::all_of(all, [&](const std::string& word) { return text.contains(word); });
    if (holds && found.size() < most) found.push_back({number, shown_line(line.text)});
  }
  return found;
}

std::optional<Citation> Library::locate(const Citation& citation) const {
  const Quote quote(citation.quote);
  if (quote.empty()) return std::nullopt;
  for (const std::string& id : state_->meant(citation.source))
    if (auto found = state_->locate(id, quote, citation.line)) return found;
  if (quote.is_short() || !state_->meant(citation.source).empty()) return std::nullopt;
  // A name that no source has: a quote that stands in one source only leaves no doubt.
  std::optional<Citation> only;
  for (const std::string& id : state_->ids()) {
    auto found = state_->locate(id, quote, citation.line);
    if (found && only) return std::nullopt;
    if (found) only = std::move(found);
  }
  return only;
}

}  // namespace agent::loop
