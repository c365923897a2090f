#include "base/text.hpp"
#include "net/url.hpp"
#include "sinks/display.hpp"
#include "sinks/explained.hpp"
#include "sinks/facts.hpp"
#include "sinks/proof.hpp"
#include "sinks/slack.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace agent::sinks {
namespace {

using Json = nlohmann::json;

// In characters; a header has 150, a section 3,000, an address 3,000.
constexpr std::size_t most_header = 150, most_cause = 1000, most_fact = 500, most_sentence = 400, most_command = 600,
                      most_url = 2000;
constexpr std::size_t most_line = 200, most_evidence = 3000;
constexpr std::size_t most_proof_lines = 15, most_remedies = 5, most_others = 5, most_claims = 5;

/// `text`, or its beginning and "…", in UTF-16 code units: however Slack counts, it is not more.
std::string cut_units(std::string_view text, std::size_t most) {
  std::size_t units = 0, room_for_mark = 0, i = 0;
  for (; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t more = byte >= 0xF0 ? 2 : 1;
    if (units < most) room_for_mark = i;
    if (units + more > most) break;
    units += more;
  }
  return i == text.size() ? std::string(text) : std::string(text.substr(0, room_for_mark)) + "…";
}

std::string line_of(std::string_view text, std::size_t most) { return cut_units(one_line(text), most); }

/// For places that show text as it is: a U+200B behind '@', and behind '<' where Slack's mentions begin so, in case one
/// does not.
std::string inert(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const bool begins = text[i] == '<' && i + 1 < text.size() && (text[i + 1] == '!' || text[i + 1] == '#');
    if (text[i] == '@' || begins) out += "\u200B";
  }
  return out;
}

/// https://docs.slack.dev/messaging/formatting-message-text/#escaping
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

/// Slack refuses an empty one.
Json plain(std::string_view text, std::size_t most) {
  const std::string shown = cut_units(inert(one_line(text)), most);
  return {{"type", "plain_text"}, {"text", shown.empty() ? "–" : shown}, {"emoji", false}};
}

enum class Style { normal, bold, code };

Json piece(const std::string& text, Style style = Style::normal) {
  Json made{{"type", "text"}, {"text", text}};
  if (style == Style::bold) made["style"] = {{"bold", true}};
  if (style == Style::code) made["style"] = {{"code", true}};
  return made;
}

Json section(Json pieces) { return {{"type", "rich_text_section"}, {"elements", std::move(pieces)}}; }

Json preformatted(const std::string& text) {
  return {{"type", "rich_text_preformatted"}, {"elements", Json::array({piece(text)})}};
}

/// A block of one title and `elements`, where there are some.
void add_titled(Json& blocks, std::string_view title, const Json& elements) {
  if (elements.empty()) return;
  Json all = Json::array({section(Json::array({piece(std::string(title), Style::bold)}))});
  for (const Json& element : elements) all.push_back(element);
  blocks.push_back({{"type", "rich_text"}, {"elements", std::move(all)}});
}

void add_context(Json& blocks, const std::vector<std::string>& texts) {
  Json elements = Json::array();
  for (const std::string& text : texts)
    if (!trim(one_line(text)).empty()) elements.push_back(plain(text, most_fact));
  if (!elements.empty()) blocks.push_back({{"type", "context"}, {"elements", std::move(elements)}});
}

/// "FAILED: build / test", what has failed.
std::string title(const Report& report) {
  const bool named = report.pipeline && !trim(one_line(report.pipeline->name)).empty();
  return std::string(verdict_word(report.verdict)) + ": " + (named ? report.pipeline->name : report.target);
}

/// "octo/app · branch main · commit 8f1d2c3b4a59"
std::string run_words(const Report& report) {
  constexpr std::size_t short_hash = 12;
  if (!report.pipeline) return {};
  std::string out;
  const auto add = [&out](std::string_view word, std::string_view text) {
    if (!text.empty()) out += (out.empty() ? "" : " · ") + std::string(word) + std::string(text);
  };
  add("", report.pipeline->repository);
  add("branch ", report.pipeline->branch);
  add("commit ", std::string_view(report.pipeline->commit).substr(0, short_hash));
  add("", report.pipeline->system);
  return out;
}

std::string lines_of(const ProofBlock& block, std::size_t& room) {
  std::string out;
  for (const ProofLine& line : block.lines) {
    const std::string number = line.number > 0 ? std::to_string(line.number) + " | " : "";
    const std::string text = number + cut_units(line.text, most_line) + "\n";
    if (text.size() > room) break;
    room -= text.size();
    out += text;
  }
  if (!out.empty()) out.pop_back();
  return out;
}

/// The lines that prove the cause, each source under its name.
Json evidence(const Report& report) {
  Json out = Json::array();
  if (report.verdict == Verdict::healthy) return out;
  const Finding* cause = cause_finding(report);
  const bool cited = cause != nullptr && !cause->evidence.empty();
  const Proof proof = cited ? proof_of(*cause, report.evidence, most_proof_lines)
                            : likeliest_excerpt(report.evidence, most_proof_lines);
  std::size_t room = most_evidence;
  for (const ProofBlock& block : proof.blocks) {
    const auto key = std::ranges::find(block.lines, true, &ProofLine::key);
    const std::string text = lines_of(block, room);
    if (trim(text).empty()) continue;
    const std::size_t number = key != block.lines.end() ? key->number : block.lines.front().number;
    out.push_back(section(Json::array({piece(line_of(place(block.source, number), most_line), Style::code)})));
    out.push_back(preformatted(text));
  }
  return out;
}

Json remedies(const Report& report) {
  Json out = Json::array();
  if (report.verdict == Verdict::healthy) return out;
  const std::vector<Remedy> known = marked_remedies(report);
  for (std::size_t i = 0; i < std::min(known.size(), most_remedies); ++i) {
    const std::string text = line_of(known[i].text, most_sentence);
    if (!text.empty()) out.push_back(section(Json::array({piece("• " + text)})));
    std::string command;
    for (const std::string& line : safe_lines(known[i].command)) command += (command.empty() ? "" : "\n") + line;
    if (!trim(command).empty()) out.push_back(preformatted(cut_units(command, most_command)));
  }
  return out;
}

/// What a model found out, from the root cause on.
Json chain(const Report& report) {
  Json out = Json::array();
  if (!report.explanation) return out;
  const std::vector<Claim>& claims = report.explanation->chain;
  for (std::size_t i = 0; i < std::min(claims.size(), most_claims); ++i) {
    const std::string text = line_of(claims[i].text, most_sentence);
    if (text.empty()) continue;
    out.push_back(section(
        Json::array({piece(std::to_string(i + 1) + ". " + text + (claims[i].verified ? "" : " (not verified)"))})));
  }
  return out;
}

Json others(const Report& report) {
  Json out = Json::array();
  const auto found = other_findings(report);
  for (const Finding& finding : found.first(std::min(found.size(), most_others)))
    out.push_back(section(Json::array({piece("• " + std::string(name(finding.severity)) + " · " +
                                             line_of(with_category(finding.category, finding.headline), most_line))})));
  if (found.size() > most_others)
    out.push_back(section(Json::array({piece("… and " + std::to_string(found.size() - most_others) + " more")})));
  return out;
}

/// A link, where `url` is one that can be followed without harm.
void add_link(Json& pieces, std::string_view words, const std::string& url) {
  const auto parsed = net::parse_url(url);
  if (!parsed || !parsed->userinfo.empty() || url.size() > most_url) return;
  if (!pieces.empty()) pieces.push_back(piece("  ·  "));
  pieces.push_back({{"type", "link"}, {"url", url}, {"text", std::string(words)}});
}

void add_links(Json& blocks, const Parcel& parcel) {
  const Report& report = parcel.report;
  Json pieces = Json::array();
  if (report.pipeline) add_link(pieces, "Open the run", report.pipeline->url);
  const std::string known = report.seen ? report.seen->issue_url : "";
  add_link(pieces, "Open the issue", parcel.issue_url.empty() ? known : parcel.issue_url);
  if (!pieces.empty())
    blocks.push_back({{"type", "rich_text"}, {"elements", Json::array({section(std::move(pieces))})}});
}

/// "2026-11-21 22:49 UTC" for "2026-11-21T22:49:37.839Z": a message may come late.
std::string minute_of(std::string_view moment) {
  constexpr std::size_t minutes = 16, date = 10;
  if (moment.size() < minutes || !moment.ends_with('Z') || moment[date] != 'T') return {};
  return std::string(moment.substr(0, date)) + " " + std::string(moment.substr(date + 1, minutes - date - 1)) + " UTC";
}

std::string not_checked(const Report& report) {
  const std::size_t parts = report.not_checked.size();
  if (parts == 0) return {};
  const std::string first = report.not_checked.front().what;
  return "not checked: " + first + (parts > 1 ? " and " + std::to_string(parts - 1) + " more" : "");
}

}  // namespace

Json slack_message(const Parcel& parcel) {
  const Report& report = parcel.report;
  Json blocks = Json::array({{{"type", "header"}, {"text", plain(title(report), most_header)}},
                             {{"type", "section"}, {"text", plain(summary(report), most_cause)}}});
  add_context(blocks,
              {facts(report), run_words(report), minute_of(report.created_at), capitalised(seen_before(report))});
  add_titled(blocks, "Evidence", evidence(report));
  add_titled(blocks, "Why", chain(report));
  add_titled(blocks, "What to do", remedies(report));
  add_titled(blocks, "Also found", others(report));
  add_links(blocks, parcel);
  add_context(blocks, {not_checked(report), degraded(report),
                       report.fingerprint.empty() ? "" : "fingerprint " + report.fingerprint});
  const std::string text = cut_units(inert(one_line(title(report) + ": " + summary(report))), most_fact);
  return {{"text", escaped(text)}, {"blocks", std::move(blocks)}, {"unfurl_links", false}, {"unfurl_media", false}};
}

}  // namespace agent::sinks
