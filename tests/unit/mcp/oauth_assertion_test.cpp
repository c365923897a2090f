#include "mcp/oauth_assertion.hpp"

#include "base/encoding.hpp"
#include "mcp/message.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <string>

namespace agent::mcp {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Key new_key(const std::string& kind) {
  EVP_PKEY* key = nullptr;
  if (kind == "ES256") key = EVP_EC_gen("P-256");
  if (kind == "ES384") key = EVP_EC_gen("P-384");
  if (kind == "RS256") key = EVP_RSA_gen(2048);
  if (kind == "EdDSA") key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  return {key, EVP_PKEY_free};
}

std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                           const_cast<char*>(passphrase));
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

std::string to_der(const std::string& both) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(both.data());
  ECDSA_SIG* numbers = ECDSA_SIG_new();
  ECDSA_SIG_set0(numbers, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(numbers, &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  ECDSA_SIG_free(numbers);
  return text;
}

bool verifies(EVP_PKEY* key, const std::string& text, const std::string& signature, bool digest) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool is_good =
      EVP_DigestVerifyInit(context, nullptr, digest ? EVP_sha256() : nullptr, nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  return is_good;
}

constexpr std::chrono::system_clock::time_point now{std::chrono::seconds(1'800'000'000)};

class Assertion : public testing::TestWithParam<std::string> {};

TEST_P(Assertion, IsSignedByTheKey) {
  const Key key = new_key(GetParam());

  const auto token = client_assertion("id", "https://as", pem_of(key.get()), now);

  ASSERT_TRUE(token);
  const auto first = token->find('.'), last = token->rfind('.');
  const Json header = *parse_json_text(*decode_base64_url(token->substr(0, first)));
  const Json claims = *parse_json_text(*decode_base64_url(token->substr(first + 1, last - first - 1)));
  std::string signature = *decode_base64_url(token->substr(last + 1));
  EXPECT_EQ(header, (Json{{"alg", GetParam()}, {"typ", "JWT"}}));
  EXPECT_EQ(text_at(claims, "iss") + text_at(claims, "sub") + text_at(claims, "aud"),
            "idid"
            "https://as");
  EXPECT_EQ(value_at(claims, "exp"), 1'800'000'300);
  EXPECT_EQ(text_at(claims, "jti").size(), 43U);
  if (GetParam() == "ES256") signature = to_der(signature);
  EXPECT_TRUE(verifies(key.get(), token->substr(0, last), signature, GetParam() != "EdDSA"));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, Assertion, testing::Values("ES256", "RS256", "EdDSA"),
                         [](const auto& info) { return info.param; });

struct KeyCase {
  std::string name, pem, says;
};

class UnusableKey : public testing::TestWithParam<KeyCase> {};

TEST_P(UnusableKey, IsAnErrorOfSettings) {
  const auto token = client_assertion("id", "https://as", GetParam().pem, now);

  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().kind, ErrorKind::settings);
  EXPECT_EQ(token.error().what, "the client's private key " + GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Keys, UnusableKey,
    testing::Values(KeyCase{"empty", "", "is no PEM key without a passphrase"},
                    KeyCase{"no_pem", "abc", "is no PEM key without a passphrase"},
                    KeyCase{"a_passphrase", pem_of(new_key("ES256").get(), "x"), "is no PEM key without a passphrase"},
                    KeyCase{"another_curve", pem_of(new_key("ES384").get()), "is of a kind that is not known"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace agent::mcp
