#pragma once

#include "base/error.hpp"
#include "net/http.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace agent::net {

template <auto free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

/// Who we are: the certificate, its chain and the key to it. All empty: nobody.
struct Identity {
  Certificate certificate;
  std::vector<Certificate> chain;
  PrivateKey key;
};

/// Errors: `settings` (no PEM, an encrypted key, a key to another certificate, one without the other).
[[nodiscard]] Result<Identity> read_identity(const TlsOptions& options);

/// Makes `context` trust the authorities that `options` name. Errors: `settings`.
[[nodiscard]] Result<void> trust(SSL_CTX& context, const TlsOptions& options);

/// Why a verification failed, told of the certificate at hand.
struct Distrust {
  std::string what;  ///< "the certificate of 'host' expired on 2026-01-02"
  std::string fix;
};

/// `code`: X509_V_ERR_…; `certificate`: the one it is about, or null.
[[nodiscard]] Distrust distrust(int code, X509* certificate, const std::string& host);

}  // namespace agent::net
