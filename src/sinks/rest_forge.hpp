#pragma once

#include "sinks/forge.hpp"
#include "sinks/forge_http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::sinks {

/// What GitHub's and Gitea's APIs have in common: Gitea's is made after GitHub's. Paths, and most fields.
/// https://docs.github.com/en/rest/issues, https://docs.gitea.com/api/
class RestForge : public Forge {
 public:
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::string repository() const override { return access_.owner + "/" + access_.repository; }
  /// Asked once; told_author() until it tells.
  [[nodiscard]] std::string author(const std::stop_token& stop) override;

  [[nodiscard]] Result<void> edit_body(std::uint64_t number, const std::string& body,
                                       const std::stop_token& stop) override;
  [[nodiscard]] Result<std::string> pull_request(std::uint64_t number, const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<ForgeComment>> comments(std::uint64_t number, const std::stop_token& stop) override;
  [[nodiscard]] Result<ForgeComment> add_comment(std::uint64_t number, const std::string& body,
                                                 const std::stop_token& stop) override;
  [[nodiscard]] Result<void> edit_comment(std::uint64_t number, std::uint64_t comment, const std::string& body,
                                          const std::stop_token& stop) override;
  [[nodiscard]] Result<void> delete_comment(std::uint64_t number, std::uint64_t comment,
                                            const std::stop_token& stop) override;

 protected:
  /// `base`: what stands before "/repos".
  RestForge(ForgeAccess access, std::string name, std::string base, std::vector<net::Header> headers);

  /// "/repos/owner/name" and `rest`.
  [[nodiscard]] std::string path(const std::string& rest = {}) const;
  [[nodiscard]] std::string issue_path(std::uint64_t number) const;
  /// The issues of a list, in order.
  [[nodiscard]] Result<std::vector<ForgeIssue>> listed(const std::string& path, int most_pages,
                                                       const std::stop_token& stop) const;
  /// `issue` to `issues`, as far as ForgeHttp::keep() goes.
  [[nodiscard]] Result<void> keep(ForgeList& list, ForgeIssue issue, std::vector<ForgeIssue>& issues) const;
  /// Who we are, where the token may not ask that; empty when nothing tells it.
  [[nodiscard]] virtual std::string told_author(const std::stop_token& /*stop*/) const { return ""; }
  /// The newest issues, when the token may not label here; else none.
  [[nodiscard]] Result<std::vector<ForgeIssue>> unlabelled(const std::string& newest_first,
                                                           const std::stop_token& stop) const;
  /// Posts an issue; once more with those assignees only that it lists when the forge refuses one of them.
  [[nodiscard]] Result<ForgeIssue> post(nlohmann::json issue, const std::vector<std::string>& assignees,
                                        const std::stop_token& stop) const;
  [[nodiscard]] const ForgeHttp& http() const { return http_; }

 private:
  [[nodiscard]] std::vector<std::string> assignable(const std::vector<std::string>& wanted,
                                                    const std::stop_token& stop) const;

  ForgeAccess access_;
  std::string name_;
  ForgeHttp http_;
  std::optional<std::string> author_;
};

/// What a label that we make says of itself; empty of one that is not ours. GitHub takes 100 characters.
[[nodiscard]] std::string label_description(std::string_view label);

/// An issue of both APIs; none for a pull request, and for what is no issue. A body that does not begin with a marker
/// of ours is left out: others' may be of any size.
[[nodiscard]] std::optional<ForgeIssue> issue_of(const nlohmann::json& value);
/// By number, each once: what moved to another page while the pages were read comes twice.
[[nodiscard]] std::vector<ForgeIssue> in_order(std::vector<ForgeIssue> issues);

}  // namespace agent::sinks
