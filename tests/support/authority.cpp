#include "support/authority.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <string_view>

namespace agent::test {
namespace {

template <auto free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

Key make_key() { return Key(EVP_EC_gen("P-256")); }

void set_name(X509_NAME* name, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                             -1, 0);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  X509_add_ext(certificate, extension.get(), -1);
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) {
    const bool address =
        name.find(':') != std::string::npos || name.find_first_not_of("0123456789.") == std::string::npos;
    list += (list.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  return list;
}

Certificate make_certificate(const std::string& common_name, EVP_PKEY* key, const CertificateOptions& options) {
  constexpr long day = 86'400;
  static std::atomic<long> serial = 1;
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), options.from_days * day);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), options.to_days * day);
  X509_set_pubkey(made.get(), key);
  set_name(X509_get_subject_name(made.get()), common_name);
  if (!options.names.empty()) add_extension(made.get(), NID_subject_alt_name, alternative_names(options.names));
  return made;
}

template <class Write>
std::string pem(const Write& write) {
  const std::unique_ptr<BIO, FreeWith<BIO_free_all>> bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate) {
  return pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

std::string pem(EVP_PKEY* key) {
  return pem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

}  // namespace

struct Authority::State {
  Key key;
  Certificate certificate;
  std::string pem_text;
};

Authority::Authority(const std::string& name) : state_(std::make_unique<State>()) {
  state_->key = make_key();
  state_->certificate = make_certificate(name, state_->key.get(), {.names = {}, .from_days = -400, .to_days = 400});
  X509_set_issuer_name(state_->certificate.get(), X509_get_subject_name(state_->certificate.get()));
  add_extension(state_->certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(state_->certificate.get(), state_->key.get(), EVP_sha256());
  state_->pem_text = pem(state_->certificate.get());
}

Authority::~Authority() = default;

const std::string& Authority::certificate() const { return state_->pem_text; }

Pem Authority::issue(const CertificateOptions& options) const {
  const auto key = make_key();
  const auto made = make_certificate("issued", key.get(), options);
  X509_set_issuer_name(made.get(), X509_get_subject_name(state_->certificate.get()));
  X509_sign(made.get(), state_->key.get(), EVP_sha256());
  return {pem(made.get()), pem(key.get())};
}

Pem self_signed(const CertificateOptions& options) {
  const auto key = make_key();
  const auto made = make_certificate("alone", key.get(), options);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  X509_sign(made.get(), key.get(), EVP_sha256());
  return {pem(made.get()), pem(key.get())};
}

}  // namespace agent::test
