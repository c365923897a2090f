#include "mcp/oauth_secret.hpp"

#include "base/encoding.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>

namespace agent::mcp {

std::string sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned size = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                              EVP_sha256(), nullptr);
  if (done != 1) std::abort();
  return digest;
}

std::string random_text() {
  std::string bytes(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) std::abort();
  return base64_url(bytes);
}

std::string code_challenge(std::string_view verifier) { return base64_url(sha256(verifier)); }

}  // namespace agent::mcp
