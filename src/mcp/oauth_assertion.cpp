#include "mcp/oauth_assertion.hpp"

#include "base/encoding.hpp"
#include "mcp/message.hpp"
#include "mcp/oauth_secret.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <optional>
#include <string_view>

namespace agent::mcp {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

constexpr int coordinate_bytes = 32;  // of P-256

std::unexpected<Error> bad_key(const std::string& what) {
  ERR_clear_error();
  return fail(ErrorKind::settings, "the client's private key " + what, "", "give a PEM key of P-256, RSA or Ed25519");
}

// Never asks for a passphrase at the terminal, as OpenSSL's own does.
int no_passphrase(char*, int, int, void*) { return -1; }

Key read_key(const std::string& pem) {
  const std::unique_ptr<BIO, Free<BIO_free_all>> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr) : nullptr);
}

/// RFC 7518, 3.1 and RFC 8037, 3.1; empty for other keys.
std::string_view algorithm_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return "RS256";
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return "EdDSA";
  if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == coordinate_bytes * 8) return "ES256";
  return {};
}

std::optional<std::string> sign(EVP_PKEY* key, std::string_view text, bool digest) {
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest ? EVP_sha256() : nullptr, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return {};
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) != 1)
    return {};
  signature.resize(size);
  return signature;
}

/// A JWT has both numbers of an ECDSA signature at their full size, not in DER (RFC 7518, 3.4).
std::optional<std::string> without_der(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> numbers(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!numbers) return {};
  std::string both(std::size_t{2} * coordinate_bytes, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(both.data());
  if (BN_bn2binpad(ECDSA_SIG_get0_r(numbers.get()), bytes, coordinate_bytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(numbers.get()), bytes + coordinate_bytes, coordinate_bytes) < 0)
    return {};
  return both;
}

std::string part(const Json& object) { return base64_url(object.dump(-1, ' ', false, Json::error_handler_t::replace)); }

}  // namespace

Result<std::string> client_assertion(const std::string& client_id, const std::string& audience,
                                     const std::string& private_key, std::chrono::system_clock::time_point now) {
  const Key key = read_key(private_key);
  if (!key) return bad_key("is no PEM key without a passphrase");
  const std::string_view algorithm = algorithm_of(key.get());
  if (algorithm.empty()) return bad_key("is of a kind that is not known");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  std::string text = part({{"alg", algorithm}, {"typ", "JWT"}}) + "." +
                     part({{"iss", client_id},
                           {"sub", client_id},
                           {"aud", audience},
                           {"iat", seconds},
                           {"exp", seconds + 300},
                           {"jti", random_text()}});
  auto signature = sign(key.get(), text, algorithm != "EdDSA");
  if (signature && algorithm == "ES256") signature = without_der(*signature);
  if (!signature) return bad_key("can't sign");
  return text + "." + base64_url(*signature);
}

}  // namespace agent::mcp
