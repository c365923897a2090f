#include "cli/command.hpp"

#include "cli/options.hpp"

#include <algorithm>

namespace agent::cli {

std::optional<std::chrono::milliseconds> Context::timeout() const {
  const auto timeout = settings.duration("timeout");
  return timeout.count() > 0 ? std::optional(timeout) : std::nullopt;
}

std::vector<std::string> Context::all(std::string_view name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::vector<std::string>{} : found->second;
}

std::string Context::one(std::string_view name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() || found->second.empty() ? std::string{} : found->second.back();
}

Result<std::string> output_format(const Context& context) {
  const std::vector<std::string_view> known = split_words(context.formats);
  const SettingValue& format = context.settings.at("output.format");
  if (std::ranges::count(known, format.value) > 0) return format.value;
  if (format.origin != Origin::flag) return std::string(known.front());
  std::string choices;
  for (const std::string_view one : known) choices += (choices.empty() ? "" : ", ") + std::string(one);
  return fail(ErrorKind::usage, "this command has no format '" + format.value + "'", format.where, "one of " + choices);
}

}  // namespace agent::cli
