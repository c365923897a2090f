#pragma once

#include "base/error.hpp"
#include "base/report.hpp"
#include "kube/source.hpp"
#include "tools/remote_source.hpp"

#include <functional>
#include <string>
#include <vector>

namespace agent::flows {

/// What a source knows of that it could not give; asked when all is read.
using SourceNotes = std::function<std::vector<NotChecked>()>;

/// Two ways to one cluster: an MCP server, and a connection of our own.
struct RemoteFirst {
  std::string server;  ///< Our name of the MCP server.
  /// Connects to the server. What it gives lives as long as this struct is used.
  std::function<Result<tools::RemoteSource*>()> connect;
  std::function<Result<kube::Source*>()> own;  ///< Empty without credentials for the cluster.
  bool required = false;                       ///< Without the server there is to be no report.
};

/// Looks at a source and gives its report, in which the notes are "not checked".
using Look = std::function<Result<Report>(kube::Source& source, const SourceNotes& notes)>;

/// Looks through the server's tools. Where the server can't be reached, goes away while it is asked, or may look at
/// nothing, all is looked at anew by our own connection, never half and half: the two may not know the same cluster.
/// Then the report says so. Errors: those of `look`; of the server, when there is no other way, or when it is required.
[[nodiscard]] Result<Report> look_remote_first(const RemoteFirst& ways, const Look& look);

}  // namespace agent::flows
