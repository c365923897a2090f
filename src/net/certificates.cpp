#include "net/certificates.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

namespace agent::embedded {
extern const std::string_view authorities_pem;
}

namespace agent::net {
namespace {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

Bio reader(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

/// Without this, OpenSSL asks for a passphrase on the terminal.
int no_passphrase(char* /*into*/, int /*size*/, int /*writes*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::vector<Certificate> certificates_in(const std::string& pem) {
  const auto bio = reader(pem);
  std::vector<Certificate> found;
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) found.push_back(std::move(next));
  ERR_clear_error();  // that there is no further one
  return found;
}

std::string day(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown day";
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return "an authority without a name";
  const auto* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return "'" +
         clean_line({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text))}) +
         "'";
}

std::string text_of(const GENERAL_NAME& name) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(&name, &type));
  const auto* bytes = ASN1_STRING_get0_data(value);
  if (type == GEN_DNS) {
    return clean_line({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(ASN1_STRING_length(value))});
  }
  const int length = ASN1_STRING_length(value);
  if (type != GEN_IPADD || (length != 4 && length != 16)) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return text.data();
}

/// "'a', 'b' and 7 more": the names a certificate is for.
std::string names_of(const X509* certificate) {
  constexpr int most = 5;
  const std::unique_ptr<GENERAL_NAMES, FreeWith<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return "no name";
  const int count = sk_GENERAL_NAME_num(names.get());
  std::string list;
  for (int i = 0; i < std::min(count, most); ++i) {
    const std::string name = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!name.empty()) list += (list.empty() ? "'" : ", '") + name + "'";
  }
  if (list.empty()) return "no name";
  return count > most ? list + " and " + std::to_string(count - most) + " more" : list;
}

Result<std::vector<Certificate>> authorities(const std::string& pem) {
  auto found = certificates_in(pem);
  if (found.empty()) {
    return fail(ErrorKind::settings, "the CA data holds no certificate", "",
                "give it as PEM: -----BEGIN CERTIFICATE-----");
  }
  return found;
}

Result<void> trust_file(SSL_CTX& context, const std::string& path) {
  if (SSL_CTX_load_verify_file(&context, path.c_str()) == 1) return {};
  ERR_clear_error();
  const bool readable = ::access(path.c_str(), R_OK) == 0;
  return fail(ErrorKind::settings,
              readable ? "the CA file '" + path + "' holds no certificate" : "cannot read the CA file '" + path + "'",
              "", "name a file of PEM certificates by --ca-file or SSL_CERT_FILE");
}

const char* const add_authority =
    "give the authority's certificate by --ca-file or SSL_CERT_FILE (in a kubeconfig: certificate-authority-data)";

}  // namespace

std::vector<std::string> TlsOptions::usual_ca_files() {
  // The places Go's programs look at: crypto/x509/root_linux.go.
  return {"/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem",
          "/etc/pki/tls/cacert.pem",
          "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
          "/etc/ssl/cert.pem"};
}

Result<Identity> read_identity(const TlsOptions& options) {
  if (options.certificate.empty() && options.key.empty()) return Identity{};
  auto chain = certificates_in(options.certificate);
  bool encrypted = false;
  const auto bio = reader(options.key);
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &encrypted));
  ERR_clear_error();
  if (chain.empty()) return fail(ErrorKind::settings, "the client certificate is missing or no PEM data");
  if (encrypted)
    return fail(ErrorKind::settings, "the key of the client certificate is encrypted", "",
                "give it without a passphrase");
  if (!key) return fail(ErrorKind::settings, "the key of the client certificate is missing or no PEM data");
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::settings, "the client's key does not belong to its certificate");
  }
  Identity identity{.certificate = std::move(chain.front()), .chain = {}, .key = std::move(key)};
  std::move(chain.begin() + 1, chain.end(), std::back_inserter(identity.chain));
  return identity;
}

Result<void> trust(SSL_CTX& context, const TlsOptions& options) {
  X509_STORE* store = SSL_CTX_get_cert_store(&context);
  if (!options.ca_data.empty() || !options.ca_file.empty()) {
    // As Go and curl do: a certificate that was named is trusted, whoever signed it.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  }
  if (!options.ca_data.empty()) {
    for (const auto& authority : TRY(authorities(options.ca_data))) X509_STORE_add_cert(store, authority.get());
    return {};
  }
  if (!options.ca_file.empty()) return trust_file(context, options.ca_file);
  for (const auto& path : options.system_ca_files) {
    if (::access(path.c_str(), R_OK) == 0) return trust_file(context, path);
  }
  for (const auto& authority : certificates_in(std::string(embedded::authorities_pem)))
    X509_STORE_add_cert(store, authority.get());
  return {};
}

Distrust distrust(int code, X509* certificate, const std::string& host) {
  const std::string of = "the certificate of '" + host + "' ";
  if (!certificate) return {of + "cannot be verified: " + lower(X509_verify_cert_error_string(code)), {}};
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {of + "expired on " + day(X509_get0_notAfter(certificate)), "renew it, and check this machine's clock"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {of + "is not valid before " + day(X509_get0_notBefore(certificate)), "check this machine's clock"};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {of + "is for another name: " + names_of(certificate),
              "use a name it is for, or say which one to expect (in a kubeconfig: tls-server-name)"};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return {of + "is self-signed and not trusted", add_authority};
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return {of + "is signed by an authority that is not trusted: " + common_name(X509_get_issuer_name(certificate)),
              add_authority};
    default: return {of + "cannot be verified: " + lower(X509_verify_cert_error_string(code)), {}};
  }
}

}  // namespace agent::net
