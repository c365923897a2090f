#include "base/error.hpp"

namespace agent {

ErrorTraits traits(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return {"usage", 2, 400};
    case ErrorKind::settings: return {"settings", 3, 500};
    case ErrorKind::target_not_found: return {"target_not_found", 4, 404};
    case ErrorKind::unreadable: return {"unreadable", 4, 422};
    case ErrorKind::unreachable: return {"unreachable", 5, 502};
    case ErrorKind::unauthorised: return {"unauthorised", 5, 401};
    case ErrorKind::forbidden: return {"forbidden", 5, 403};
    case ErrorKind::model_failed: return {"model_failed", 6, 502};
    case ErrorKind::change_denied: return {"change_denied", 7, 403};
    case ErrorKind::delivery_failed: return {"delivery_failed", 8, 502};
    case ErrorKind::deadline: return {"deadline", 124, 504};
    case ErrorKind::interrupted: return {"interrupted", 130, 503};
    case ErrorKind::terminated: return {"terminated", 143, 503};
    case ErrorKind::bug: return {"bug", 70, 500};
  }
  return {"bug", 70, 500};
}

std::string describe(const Error& error) {
  std::string text = "agent: " + error.what + "\n";
  if (!error.where.empty()) text += "  at: " + error.where + "\n";
  if (!error.fix.empty()) text += "  try: " + error.fix + "\n";
  return text;
}

}  // namespace agent
