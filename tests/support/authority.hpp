#pragma once

#include <memory>
#include <string>
#include <vector>

namespace agent::test {

struct Pem {
  std::string certificate, key;
};

/// A certificate to be made.
struct CertificateOptions {
  std::vector<std::string> names{"127.0.0.1"};  ///< DNS names and addresses.
  int from_days = -1, to_days = 1;              ///< Valid from and to, counted from now.
};

/// A certificate authority made for one test.
class Authority {
 public:
  explicit Authority(const std::string& name = "Test Authority");
  ~Authority();

  [[nodiscard]] const std::string& certificate() const;  ///< PEM.
  [[nodiscard]] Pem issue(const CertificateOptions& options = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Pem self_signed(const CertificateOptions& options = {});

}  // namespace agent::test
