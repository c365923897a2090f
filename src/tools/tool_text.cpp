#include "tools/tool_text.hpp"

#include "base/text.hpp"
#include "kube/document.hpp"
#include "kube/kinds.hpp"
#include "kube/object.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <utility>

namespace agent::tools {
namespace {

using kube::text_of;
using nlohmann::json;

constexpr std::size_t most_text_bytes = 33'554'432;  // Of YAML or JSON in one answer.
constexpr std::size_t most_told_bytes = 300;         // Of a failure's text.

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool starts_document(std::string_view line) {
  constexpr std::array<std::string_view, 8> starts{"- ", "-\n", "{", "[", "---", "apiVersion:", "kind:", "items:"};
  return std::ranges::any_of(starts, [&](std::string_view start) { return line.starts_with(start); });
}

/// Without lines in front that people are told.
std::string_view payload(std::string_view text) {
  constexpr int most_lines = 20;
  for (int line = 0; line < most_lines && !text.empty(); ++line) {
    if (starts_document(text)) return text;
    text.remove_prefix(std::min(first_line(text).size() + 1, text.size()));
  }
  return {};
}

/// "No events found", "# No events found", "No resources found in ci namespace."
bool says_nothing_found(std::string_view text) {
  std::string_view line = trim(first_line(text));
  if (line.starts_with('#')) line = trim(line.substr(1));
  return line.starts_with("No ") && line.find(" found") != std::string_view::npos;
}

std::unexpected<Error> unreadable(std::string_view text) {
  return fail(ErrorKind::unreadable, "the answer is of no known form", "",
              text.size() > most_text_bytes ? "it is too large" : "");
}

Result<std::vector<json>> documents(std::string_view text) {
  const std::string_view body = payload(text);
  if (body.empty() || body.size() > most_text_bytes) return unreadable(body);
  auto read = kube::parse_documents(body, "answer", ErrorKind::unreadable);
  if (!read) return unreadable(text);
  std::vector<json> values;
  for (kube::Document& one : *read) values.push_back(std::move(one.value));
  return values;
}

/// A list's items: {"items": […]}, or the array itself. Nothing when it is neither.
json* items_of(json& value) {
  if (value.is_array()) return &value;
  if (!value.is_object()) return nullptr;
  const auto items = value.find("items");
  if (items == value.end() || !(items->is_array() || items->is_null())) return nullptr;
  return &*items;
}

/// Some servers wrap what they say: {"result": …}.
json unwrapped(const json& structured) {
  if (structured.is_object() && structured.size() == 1 && structured.contains("result")) return structured.front();
  return structured;
}

std::string upper(std::string_view text) {
  std::string raised(text);
  for (char& letter : raised)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return raised;
}

bool is_object_of_kubernetes(const json& value) {
  const auto metadata = value.find("metadata");
  return metadata != value.end() && metadata->is_object();
}

/// Objects of events_list have no metadata, but are no rows either.
bool is_row(const json& value) {
  return !is_object_of_kubernetes(value) && (value.contains("Name") || value.contains("NAME"));
}

TableRow row_of(const json& value) {
  TableRow row;
  for (const auto& [key, cell] : value.items())
    row[upper(key)] = cell.is_string() ? cell.get<std::string>() : cell.is_number_integer() ? cell.dump() : "";
  return row;
}

Result<Listing> listing_of(json& value) {
  json* items = items_of(value);
  Listing listing;
  if (items == nullptr) {
    if (!value.is_object()) return unreadable("");
    listing.objects.push_back(std::move(value));
    return listing;
  }
  for (json& item : *items) {
    if (!item.is_object()) return unreadable("");
    if (is_row(item))
      listing.rows.push_back(row_of(item));
    else
      listing.objects.push_back(std::move(item));
  }
  return listing;
}

Result<Listing> listing_of_text(std::string_view text) {
  if (is_blank(text) || says_nothing_found(text)) return Listing{};
  if (auto rows = read_table(text); !rows.empty()) return Listing{{}, std::move(rows)};
  Listing all;
  for (json& value : TRY(documents(text))) {
    Listing one = TRY(listing_of(value));
    std::ranges::move(one.objects, std::back_inserter(all.objects));
    std::ranges::move(one.rows, std::back_inserter(all.rows));
  }
  return all;
}

// Tables

struct Column {
  std::string name;
  std::size_t start = 0;  ///< In code points.
};

/// Words of a header stand apart by two blanks at least.
std::vector<Column> columns_of(std::string_view header) {
  std::vector<Column> columns;
  for (std::size_t at = 0; at < header.size();) {
    const std::size_t end = std::min(header.find("  ", at), header.size());
    columns.push_back({std::string(header.substr(at, end - at)), at});
    at = std::min(header.find_first_not_of(' ', end), header.size());
  }
  return columns;
}

bool is_header(std::string_view line) {
  const bool starts = line.starts_with("NAMESPACE ") || line.starts_with("APIVERSION ") || line.starts_with("NAME ");
  return starts && line.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
}

/// Where the code point of this number begins.
std::size_t byte_of(std::string_view line, std::size_t from, std::size_t points) {
  while (points > 0 && from < line.size()) {
    ++from;
    while (from < line.size() && (static_cast<unsigned char>(line[from]) & 0xC0U) == 0x80U) ++from;
    --points;
  }
  return from;
}

TableRow row_of_line(std::string_view line, const std::vector<Column>& columns) {
  TableRow row;
  std::size_t from = 0;
  for (std::size_t index = 0; index < columns.size(); ++index) {
    const bool last = index + 1 == columns.size();
    const std::size_t end = last ? line.size() : byte_of(line, from, columns[index + 1].start - columns[index].start);
    row[columns[index].name] = trim(line.substr(from, end - from));
    from = end;
  }
  return row;
}

// Events

std::string_view cell(const TableRow& row, std::string_view column) {
  const auto found = row.find(column);
  return found == row.end() ? std::string_view() : std::string_view(found->second);
}

bool is_row_of(const TableRow& row, const json& event, const std::string& name) {
  // The table trims a message, and breaks at line ends where it is text.
  const std::string message = text_of(event, "Message");
  const std::string_view object = cell(row, "OBJECT");
  return cell(row, "REASON") == text_of(event, "Reason") && cell(row, "TYPE") == text_of(event, "Type") &&
         object.ends_with(name) && object.size() > name.size() && object[object.size() - name.size() - 1] == '/' &&
         (cell(row, "MESSAGE") == trim(message) || cell(row, "MESSAGE") == trim(first_line(message)));
}

void add_row(json& event, const TableRow& row) {
  if (!cell(row, "NAME").empty()) event["metadata"]["name"] = cell(row, "NAME");
  const std::string_view count = cell(row, "COUNT"), part = cell(row, "SUBOBJECT");
  const bool is_number =
      !count.empty() && count.size() < 10 && count.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number) event["count"] = std::stoll(std::string(count));
  if (!part.empty() && part != "<none>") event["involvedObject"]["fieldPath"] = part;
}

json event_of(const json& listed, std::size_t number) {
  static const json nothing = json::object();
  const auto found = listed.find("InvolvedObject");
  const json& about = found != listed.end() && found->is_object() ? *found : nothing;
  const std::string name = text_of(about, "Name"), name_space = text_of(listed, "Namespace");
  json involved{{"apiVersion", text_of(about, "apiVersion")}, {"kind", text_of(about, "Kind")}, {"name", name}};
  // Nodes and other objects of the cluster have their events in a namespace all the same.
  const kube::KindInfo* kind = kube::find_kind(text_of(about, "apiVersion"), text_of(about, "Kind"));
  if (kind == nullptr || kind->scope == kube::Scope::name_space) involved["namespace"] = name_space;
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata", {{"name", fmt::format("{}.{}", name, number)}, {"namespace", name_space}}},
          {"involvedObject", std::move(involved)},
          {"reason", text_of(listed, "Reason")},
          {"message", text_of(listed, "Message")},
          {"type", text_of(listed, "Type")},
          {"lastTimestamp", rfc3339_of_go(text_of(listed, "Timestamp"))}};
}

// Failures

struct Words {
  std::string_view words;
  ErrorKind kind;
};

// The first that fits holds: "is forbidden" may name an object that is "not found" in a rule's own words.
constexpr std::array<Words, 24> failures{
    {{"is forbidden", ErrorKind::forbidden},
     {"forbidden:", ErrorKind::forbidden},
     {"is not allowed", ErrorKind::forbidden},
     {"not allowed:", ErrorKind::forbidden},
     {"the server has asked for the client to provide credentials", ErrorKind::unauthorised},
     {"Unauthorized", ErrorKind::unauthorised},
     {"unknown tool", ErrorKind::unreadable},
     {"connection refused", ErrorKind::unreachable},
     {"no such host", ErrorKind::unreachable},
     {"dial tcp", ErrorKind::unreachable},
     {"i/o timeout", ErrorKind::unreachable},
     {"TLS handshake", ErrorKind::unreachable},
     {"x509:", ErrorKind::unreachable},
     {"context deadline exceeded", ErrorKind::unreachable},
     {"the server is currently unable to handle the request", ErrorKind::unreachable},
     {"etcdserver:", ErrorKind::unreachable},
     {"field label not supported", ErrorKind::usage},
     {"unable to parse requirement", ErrorKind::usage},
     {"no matches for kind", ErrorKind::target_not_found},
     {"could not find the requested resource", ErrorKind::target_not_found},
     {"is not valid for pod", ErrorKind::target_not_found},
     {"is waiting to start", ErrorKind::target_not_found},
     {"unable to retrieve container logs", ErrorKind::target_not_found},
     {"not found", ErrorKind::target_not_found}}};

/// "failed to get pod a in namespace b: WHY": what was asked is told by who asked.
std::string_view reason_in(std::string_view said) {
  const std::size_t colon = said.find(": ");
  return said.starts_with("failed to ") && colon != std::string_view::npos ? said.substr(colon + 2) : said;
}

}  // namespace

std::vector<TableRow> read_table(std::string_view text) {
  if (!is_header(first_line(text))) return {};
  const std::vector<Column> columns = columns_of(first_line(text));
  std::vector<TableRow> rows;
  for (std::size_t at = first_line(text).size() + 1; at < text.size();) {
    const std::string_view line = first_line(text.substr(at));
    at += line.size() + 1;
    if (!is_blank(line)) rows.push_back(row_of_line(line, columns));
  }
  return rows;
}

Result<Listing> read_listing(const ToolResult& result) {
  if (!result.structured) return listing_of_text(result.text);
  json value = unwrapped(*result.structured);
  if (value.is_string()) return listing_of_text(value.get_ref<const std::string&>());
  if (auto listing = listing_of(value)) return listing;
  return listing_of_text(result.text);
}

Result<json> read_single(const ToolResult& result) {
  if (result.structured) {
    json value = unwrapped(*result.structured);
    if (value.is_object() && is_object_of_kubernetes(value)) return value;
  }
  if (auto values = documents(result.text); values && values->size() == 1) {
    json& value = values->front();
    if (value.is_object() && is_object_of_kubernetes(value)) return std::move(value);
  }
  if (const auto kind = error_meaning(first_line(result.text)))
    return fail(*kind, clean_line(first_line(result.text).substr(0, most_told_bytes)));
  return unreadable(result.text);
}

std::vector<json> read_events(const std::vector<json>& listed, const std::vector<TableRow>& rows) {
  std::vector<json> events;
  std::vector<bool> used(rows.size());
  for (const json& one : listed) {
    if (!one.is_object()) continue;
    json event = event_of(one, events.size() + 1);
    const std::string name = text_of(event["involvedObject"], "name");
    for (std::size_t index = 0; index < rows.size(); ++index) {
      if (used[index] || !is_row_of(rows[index], one, name)) continue;
      used[index] = true;
      add_row(event, rows[index]);
      break;
    }
    events.push_back(std::move(event));
  }
  return events;
}

std::string rfc3339_of_go(std::string_view text) {
  const std::size_t date = text.find(' '), time = text.find(' ', date + 1);
  if (date != 10 || time == std::string_view::npos) return std::string(text);
  const std::string_view zone = text.substr(time + 1, 5);
  if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-')) return std::string(text);
  const std::string offset = zone == "+0000" ? "Z" : fmt::format("{}:{}", zone.substr(0, 3), zone.substr(3));
  return fmt::format("{}T{}{}", text.substr(0, date), text.substr(date + 1, time - date - 1), offset);
}

std::optional<ErrorKind> error_meaning(std::string_view text) {
  for (const Words& row : failures)
    if (text.find(row.words) != std::string_view::npos) return row.kind;
  return std::nullopt;
}

Error error_of(const ToolResult& result, std::string_view asked, const std::string& where) {
  const std::string_view said = result.failure ? std::string_view(result.failure->what) : first_line(result.text);
  ErrorKind kind = ErrorKind::unreadable;
  if (result.failure)
    kind = result.failure->kind;
  else if (result.status == ToolStatus::denied)
    kind = ErrorKind::forbidden;
  else if (result.status == ToolStatus::timeout)
    kind = ErrorKind::deadline;
  else if (const auto meant = error_meaning(said))
    kind = *meant;
  return {kind, fmt::format("{}: {}", asked, clean_line(reason_in(said).substr(0, most_told_bytes))), where,
          result.failure ? result.failure->fix : ""};
}

Result<std::string> read_log_text(std::string text, std::string_view name_space, std::string_view pod) {
  const std::string_view line = first_line(text);
  if (trim(std::string_view(text).substr(line.size())).size() > 1) return text;
  const bool is_empty =
      line == fmt::format("The pod {} in namespace {} has not logged any message yet", pod, name_space);
  if (is_empty) return std::string();
  if (!line.starts_with(fmt::format("failed to get pod {} log in namespace {}: ", pod, name_space))) return text;
  return fail(error_meaning(line).value_or(ErrorKind::unreadable),
              clean_line(reason_in(line).substr(0, most_told_bytes)));
}

}  // namespace agent::tools
