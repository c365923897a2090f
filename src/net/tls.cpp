#include "net/tls.hpp"

#include "base/text.hpp"
#include "net/certificates.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

namespace agent::net {
namespace {

using Session = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using Context = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

// OpenSSL's own socket BIO writes by write(2), which raises SIGPIPE; hence these three.
int socket_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int send_bytes(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int receive_bytes(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t received = ::recv(socket_of(bio), into, static_cast<std::size_t>(size), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, send_bytes);
    BIO_meth_set_read(made, receive_bytes);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

BIO* socket_bio(int fd) {
  BIO* bio = BIO_new(socket_method());
  // NOLINTNEXTLINE(performance-no-int-to-ptr): it is never followed; a BIO has room for a pointer only
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

/// What a handshake looks at while it verifies.
struct Verification {
  std::string host;
  Distrust distrust;  ///< Empty while there is none.
};

int note_distrust(int trusted, X509_STORE_CTX* context) {
  if (trusted == 1) return 1;
  const auto* session = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& verification = *static_cast<Verification*>(SSL_get_app_data(session));
  verification.distrust =
      distrust(X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_current_cert(context), verification.host);
  return 0;
}

/// The server's alert is about our certificate.
bool refuses_us(int reason) {
  constexpr std::array about_us{SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
                                SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
                                SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
                                SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
                                SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
                                SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
                                SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                                SSL_R_TLSV1_ALERT_DECRYPT_ERROR,
                                SSL_R_TLSV1_ALERT_ACCESS_DENIED};
  return std::ranges::find(about_us, reason) != about_us.end();
}

std::string reason_words(unsigned long error) {
  const char* words = ERR_reason_error_string(error);
  return words ? lower(words) : "an unknown TLS error";
}

std::unexpected<Error> tls_error(int kind, int system_code, Call& call) {
  const unsigned long error = ERR_peek_error();
  const int reason = ERR_GET_REASON(error);
  ERR_clear_error();
  if (kind == SSL_ERROR_SYSCALL || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    const bool ended = system_code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    return call.passes(ErrorKind::unreachable,
                       "the connection broke: " +
                           (ended ? "it ended without TLS's farewell" : std::string(std::strerror(system_code))));
  }
  if (refuses_us(reason)) {
    return call.fails(ErrorKind::unauthorised, "the server refuses our client certificate: " + reason_words(error),
                      "give a certificate and key that the server knows");
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    return call.fails(ErrorKind::unreachable, "the server does not speak TLS at this port",
                      "use http:// for it, or the port of its https");
  }
  return call.fails(ErrorKind::unreachable, "TLS failed: " + reason_words(error));
}

class TlsStream final : public Stream {
 public:
  TlsStream(Descriptor socket, Session session) : socket_(std::move(socket)), session_(std::move(session)) {}
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;
  ~TlsStream() override {
    // One try that does not wait: a farewell, nothing hangs on it. After a fatal error none may be sent
    // (SSL_shutdown(3)).
    if (begun_ && !failed_) SSL_shutdown(session_.get());
    ERR_clear_error();
  }

  Result<void> handshake(Call& call) {
    TRY(run([&] { return SSL_connect(session_.get()); }, call));
    return {};
  }

  Result<std::size_t> read(std::span<char> into, Call& call) override {
    return run([&] { return SSL_read(session_.get(), into.data(), static_cast<int>(into.size())); }, call);
  }

  Result<void> write(std::string_view bytes, Call& call) override {
    constexpr std::size_t most = std::size_t{1} << 20;  // SSL_write counts in int
    while (!bytes.empty()) {
      const auto piece = bytes.substr(0, most);
      const auto run_one = [&] { return SSL_write(session_.get(), piece.data(), static_cast<int>(piece.size())); };
      bytes.remove_prefix(TRY(run(run_one, call)));
    }
    return {};
  }

  bool is_quiet() override {
    char byte = 0;
    ERR_clear_error();
    const int size = SSL_peek(session_.get(), &byte, 1);
    const bool quiet = size <= 0 && SSL_get_error(session_.get(), size) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return quiet;
  }

 private:
  /// One operation, with the waits it asks for; 0 at the orderly end. A session is for one thread at a time: the lock
  /// is held while it works, which never waits. Between an operation and its repetition the other thread may do the
  /// opposite one.
  template <class Operation>
  Result<std::size_t> run(const Operation& operation, Call& call) {
    for (;;) {
      std::unique_lock lock(mutex_);
      ERR_clear_error();
      errno = 0;
      const int size = operation();
      const int system_code = errno;
      begun_ = true;
      if (size > 0) return static_cast<std::size_t>(size);
      const int kind = SSL_get_error(session_.get(), size);
      if (kind == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
      if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) {
        failed_ = true;
        return tls_error(kind, system_code, call);
      }
      lock.unlock();
      TRY(call.wait(socket_.get(), kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT));
    }
  }

  std::mutex mutex_;
  Descriptor socket_;
  Session session_;
  bool begun_ = false, failed_ = false;
};

class OpenSsl final : public Tls {
 public:
  OpenSsl(Context context, Identity identity, std::string server_name, bool insecure)
      : context_(std::move(context)),
        identity_(std::move(identity)),
        server_name_(std::move(server_name)),
        insecure_(insecure) {}

  Result<std::unique_ptr<Stream>> handshake(Descriptor socket, const std::string& host, Peer peer,
                                            Call& call) const override {
    const bool named = peer == Peer::named;
    Verification verification{.host = named && !server_name_.empty() ? server_name_ : host, .distrust = {}};
    Session session(SSL_new(context_.get()));
    if (!session || !prepare(*session, verification, named)) return call.fails(ErrorKind::bug, "cannot set TLS up");
    SSL* const raw = session.get();
    BIO* const bio = socket_bio(socket.get());
    SSL_set_bio(raw, bio, bio);
    auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(session));
    auto shaken = stream->handshake(call);
    SSL_set_app_data(raw, nullptr);
    if (shaken) return stream;
    if (verification.distrust.what.empty()) return std::unexpected(std::move(shaken).error());
    return call.fails(ErrorKind::unreachable, verification.distrust.what, verification.distrust.fix);
  }

 private:
  bool prepare(SSL& session, Verification& verification, bool named) const {
    SSL_set_app_data(&session, &verification);
    SSL_set_verify(&session, named && insecure_ ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, note_distrust);
    if (SSL_set1_host(&session, verification.host.c_str()) != 1) return false;
    // RFC 6066, 3: names, not addresses.
    const bool is_address = verification.host.find(':') != std::string::npos ||
                            verification.host.find_first_not_of("0123456789.") == std::string::npos;
    if (!is_address && SSL_set_tlsext_host_name(&session, verification.host.c_str()) != 1) return false;
    if (!named || !identity_.certificate) return true;
    if (SSL_use_certificate(&session, identity_.certificate.get()) != 1) return false;
    for (const auto& link : identity_.chain) {
      if (SSL_add1_chain_cert(&session, link.get()) != 1) return false;
    }
    return SSL_use_PrivateKey(&session, identity_.key.get()) == 1;
  }

  Context context_;
  Identity identity_;
  std::string server_name_;
  bool insecure_;
};

}  // namespace

Result<std::unique_ptr<Tls>> make_tls(const TlsOptions& options) {
  // No file of the machine changes what we do, and nothing is torn down at exit while a thread may use it.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(ErrorKind::bug, "cannot set TLS up");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context.get(), http_1_1.data(), http_1_1.size());
  auto identity = TRY(read_identity(options));
  TRY(trust(*context, options));
  return std::make_unique<OpenSsl>(std::move(context), std::move(identity), options.server_name, options.insecure);
}

}  // namespace agent::net
