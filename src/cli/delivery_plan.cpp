#include "cli/delivery_plan.hpp"

#include "base/text.hpp"
#include "cli/mcp_settings.hpp"

#include <algorithm>
#include <charconv>

namespace agent::cli {
namespace {

constexpr std::string_view pull_request_words = " pull request ", at_words = " at ";

/// What the owner of a repository, or its name, may be on both forges.
bool is_name(std::string_view name) {
  constexpr std::size_t longest = 100;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= longest && name != "." && name != ".." && std::ranges::all_of(name, fits);
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && number > 0;
  return is_number ? std::optional(number) : std::nullopt;
}

/// Without credentials, and without slashes at its end.
std::string shown_address(const std::string& address) {
  std::string url = shown_url(address);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

bool is_in_own_ci(const Environment& environment) {
  return environment.contains("GITEA_ACTIONS") || environment.contains("FORGEJO_ACTIONS");
}

std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// "OWNER/NAME", taken apart into what is not known yet.
void take_apart(const std::string& text, std::string& owner, std::string& repo) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos && owner.empty()) owner = text.substr(0, slash);
  if (repo.empty()) repo = slash == std::string::npos ? text : text.substr(slash + 1);
}

/// Where a pull request is: the forge of the issues, else the one whose CI runs us, else the one that has a token.
std::string forge_of_pull_requests(const Settings& settings, const Environment& environment) {
  if (const std::string& named = settings.text("issue.forge"); named != "none") return named;
  if (is_in_own_ci(environment)) return "gitea";
  return settings.text("github.token").empty() && !settings.text("gitea.token").empty() ? "gitea" : "github";
}

Result<PlannedPlace> pull_request_of(const Settings& settings, const Environment& environment) {
  const std::string& text = settings.text("pull_request");
  const auto number = number_in(text);
  if (!number && text != "auto")
    return fail(ErrorKind::usage, "'" + clean_line(text) + "' is no pull request", settings.at("pull_request").where,
                "give its number, or 'auto' for the one that the CI runs for");
  if (number) {
    PlannedPlace place = TRY(repository_of(forge_of_pull_requests(settings, environment), settings, environment));
    place.kind = PlannedPlace::Kind::pull_request;
    place.number = *number;
    return place;
  }
  // The number will be of the repository that the CI runs for, wherever issues go.
  PlannedPlace place{.kind = PlannedPlace::Kind::pull_request, .forge = is_in_own_ci(environment) ? "gitea" : "github"};
  take_apart(variable(environment, "GITHUB_REPOSITORY"), place.owner, place.repo);
  if (!is_name(place.owner) || !is_name(place.repo)) place.owner = place.repo = "";
  place.url = shown_address(forge_address(place.forge, settings, environment));
  return place;
}

Result<PlannedPlace> notified(const std::string& name, const Settings& settings) {
  if (name == "slack") return PlannedPlace{.kind = PlannedPlace::Kind::slack};
  if (name == "webhook") return PlannedPlace{.kind = PlannedPlace::Kind::webhook};
  return fail(ErrorKind::usage, "'" + clean_line(name) + "' can't be notified", settings.at("notify").where,
              "slack or webhook");
}

}  // namespace

std::string key_of(const PlannedPlace& place) {
  using enum PlannedPlace::Kind;
  if (place.kind == slack) return "slack";
  if (place.kind == webhook) return "webhook";
  std::string key = place.forge;
  if (!place.owner.empty()) key += " " + place.owner + "/" + place.repo;
  if (place.kind == pull_request) key += std::string(pull_request_words) + std::to_string(place.number);
  return place.url.empty() ? key : key + std::string(at_words) + place.url;
}

std::optional<PlannedPlace> place_of_key(std::string_view key) {
  using enum PlannedPlace::Kind;
  if (key == "slack") return PlannedPlace{.kind = slack};
  if (key == "webhook") return PlannedPlace{.kind = webhook};
  PlannedPlace place;
  if (const std::size_t at = key.find(at_words); at != std::string_view::npos) {
    place.url = key.substr(at + at_words.size());
    key = key.substr(0, at);
  }
  if (const std::size_t pull = key.find(pull_request_words); pull != std::string_view::npos) {
    const auto number = number_in(key.substr(pull + pull_request_words.size()));
    if (!number) return std::nullopt;
    place.kind = pull_request;
    place.number = *number;
    key = key.substr(0, pull);
  }
  const std::size_t blank = key.find(' ');
  place.forge = key.substr(0, blank);
  if (place.forge != "gitea" && place.forge != "github") return std::nullopt;
  if (blank == std::string_view::npos) return place;  // no repository was named
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos || slash < blank) return std::nullopt;
  place.owner = key.substr(blank + 1, slash - blank - 1);
  place.repo = key.substr(slash + 1);
  return is_name(place.owner) && is_name(place.repo) ? std::optional(place) : std::nullopt;
}

std::string forge_address(const std::string& forge, const Settings& settings, const Environment& environment) {
  std::string url = settings.text(forge == "github" ? "github.api_url" : "gitea.url");
  if (url.empty() && is_in_own_ci(environment)) url = variable(environment, "GITHUB_SERVER_URL");
  return url;
}

Result<PlannedPlace> repository_of(const std::string& forge, const Settings& settings, const Environment& environment) {
  PlannedPlace place{.forge = forge, .owner = settings.text("issue.owner"), .repo = {}, .url = {}};
  take_apart(settings.text("issue.repo"), place.owner, place.repo);
  if (forge == "github") {
    take_apart(settings.text("github.repository"), place.owner, place.repo);
  } else {
    const bool named = settings.at("gitea.repo").origin != Origin::default_value;
    if (!named && is_in_own_ci(environment))
      take_apart(variable(environment, "GITHUB_REPOSITORY"), place.owner, place.repo);
    if (place.owner.empty()) place.owner = settings.text("gitea.owner");
    if (place.repo.empty()) place.repo = settings.text("gitea.repo");
  }
  place.url = shown_address(forge_address(forge, settings, environment));
  const bool is_missing = place.owner.empty() || place.repo.empty();
  if (is_missing) place.owner = place.repo = "";
  if (is_missing || (is_name(place.owner) && is_name(place.repo))) return place;
  return fail(ErrorKind::settings, "'" + clean_line(place.owner + "/" + place.repo) + "' is no repository",
              settings.at("issue.repo").where,
              forge == "github" ? "--repo OWNER/NAME, or GITHUB_REPOSITORY"
                                : "--repo OWNER/NAME, or GITEA_OWNER and GITEA_REPO");
}

Result<std::vector<PlannedPlace>> planned_places(const Settings& settings, const Environment& environment) {
  std::vector<PlannedPlace> places;
  if (const std::string& forge = settings.text("issue.forge"); forge != "none")
    places.push_back(TRY(repository_of(forge, settings, environment)));
  if (!settings.text("pull_request").empty()) places.push_back(TRY(pull_request_of(settings, environment)));
  for (const std::string& name : settings.list("notify")) {
    PlannedPlace place = TRY(notified(name, settings));
    const bool is_new = std::ranges::none_of(places, [&](const PlannedPlace& one) { return one.kind == place.kind; });
    if (is_new) places.push_back(std::move(place));
  }
  if (!places.empty() && settings.enabled("offline"))
    return fail(ErrorKind::usage, "a report can't be sent without a network", "--offline",
                "leave out --offline, or what is to be sent: --file-issue, --comment-pr, --notify");
  return places;
}

bool is_reached_by(const PlannedPlace& place, const Settings& settings, const Environment& environment) {
  const bool is_of_a_forge = place.kind == PlannedPlace::Kind::issue || place.kind == PlannedPlace::Kind::pull_request;
  return !is_of_a_forge || place.url.empty() ||
         place.url == shown_address(forge_address(place.forge, settings, environment));
}

}  // namespace agent::cli
