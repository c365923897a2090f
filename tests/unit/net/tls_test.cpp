#include "net/tls.hpp"

#include "net/http.hpp"
#include "support/authority.hpp"
#include "support/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace agent::embedded {
extern const std::string_view authorities_pem;
}

namespace agent::net {
namespace {

using test::Authority;
using test::CertificateOptions;
using test::HttpServer;
using test::SeenRequest;
using test::ServerTls;
using test::Talk;
using testing::HasSubstr;
using testing::MatchesRegex;

void answer_ok(const SeenRequest&, Talk& talk) { talk.answer(200, "secure"); }

ServerTls with(const test::Pem& pem, const std::string& client_ca = "") {
  return {pem.certificate, pem.key, client_ca};
}

ClientOptions trusting(const std::string& ca) {
  ClientOptions options;
  options.tls.ca_data = ca;
  options.max_retries = 0;
  return options;
}

std::string outcome(const ClientOptions& options, const std::string& url) {
  const auto answer = HttpClient(options).fetch({.url = url});
  return answer ? answer->body : answer.error().what;
}

struct CertificateCase {
  std::string name;
  CertificateOptions certificate;
  std::string expected;  ///< A regular expression.
};

class Certificates : public testing::TestWithParam<CertificateCase> {};

TEST_P(Certificates, AreVerified) {
  const Authority authority;
  const HttpServer server(answer_ok, with(authority.issue(GetParam().certificate)));

  const auto said = outcome(trusting(authority.certificate()), server.url());

  EXPECT_THAT(said, MatchesRegex(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, Certificates,
    testing::Values(
        CertificateCase{"right", {}, "secure"},
        CertificateCase{
            "expired", {.from_days = -3, .to_days = -1}, "the certificate of '127.0.0.1' expired on 20[0-9-]*"},
        CertificateCase{"not_yet_valid",
                        {.from_days = 1, .to_days = 3},
                        "the certificate of '127.0.0.1' is not valid before 20[0-9-]*"},
        CertificateCase{"wrong_host",
                        {.names = {"a.example", "10.0.0.1"}},
                        "the certificate of '127.0.0.1' is for another name: 'a.example', '10.0.0.1'"},
        CertificateCase{"many_names",
                        {.names = {"a", "b", "c", "d", "e", "f", "g"}},
                        "the certificate of '127.0.0.1' is for another name: 'a', 'b', 'c', 'd', 'e' and 2 more"},
        CertificateCase{"no_names", {.names = {}}, "the certificate of '127.0.0.1' is for another name: no name"}),
    [](const auto& info) { return info.param.name; });

TEST(Tls, SaysWhichAuthorityIsNotTrusted) {
  const Authority authority("Other Authority"), trusted;
  const HttpServer server(answer_ok, with(authority.issue()));

  const auto answer = HttpClient(trusting(trusted.certificate())).fetch({.url = server.url()});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(answer.error().what,
            "the certificate of '127.0.0.1' is signed by an authority that is not trusted: 'Other Authority'");
  EXPECT_THAT(answer.error().fix, HasSubstr("--ca-file"));
}

TEST(Tls, TrustsASelfSignedCertificateOnlyWhenItIsNamed) {
  const auto pem = test::self_signed();
  const HttpServer server(answer_ok, with(pem));

  EXPECT_EQ(outcome(trusting(Authority().certificate()), server.url()),
            "the certificate of '127.0.0.1' is self-signed and not trusted");
  EXPECT_EQ(outcome(trusting(pem.certificate), server.url()), "secure");
}

TEST(Tls, TakesAnyCertificateWhenInsecure) {
  const HttpServer server(answer_ok, with(test::self_signed({.names = {"other"}, .from_days = -3, .to_days = -1})));
  auto options = trusting("");
  options.tls.insecure = true;

  EXPECT_EQ(outcome(options, server.url()), "secure");
}

TEST(Tls, VerifiesAnotherNameWhereOneIsGiven) {
  const Authority authority;
  const HttpServer server(answer_ok, with(authority.issue({.names = {"api.example"}})));
  auto options = trusting(authority.certificate());
  options.tls.server_name = "api.example";

  EXPECT_EQ(outcome(options, server.url()), "secure");
}

TEST(Tls, KeepsConnections) {
  const Authority authority;
  const HttpServer server(answer_ok, with(authority.issue()));
  const HttpClient client(trusting(authority.certificate()));

  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.fetch({.url = server.url()}));

  EXPECT_EQ(server.connections(), 1);
}

TEST(Tls, ShowsOurCertificate) {
  const Authority authority;
  const auto ours = authority.issue({.names = {}});
  const HttpServer server(answer_ok, with(authority.issue(), authority.certificate()));
  auto options = trusting(authority.certificate());
  options.tls.certificate = ours.certificate;
  options.tls.key = ours.key;

  EXPECT_EQ(outcome(options, server.url()), "secure");
  EXPECT_TRUE(server.seen().at(0).certificate);
}

TEST(Tls, SaysThatTheServerRefusesUs) {
  const Authority authority, stranger;
  const auto wrong = stranger.issue({.names = {}});
  const HttpServer server(answer_ok, with(authority.issue(), authority.certificate()));
  auto without = trusting(authority.certificate()), with_wrong = without;
  with_wrong.tls.certificate = wrong.certificate;
  with_wrong.tls.key = wrong.key;

  for (const auto& options : {without, with_wrong}) {
    const auto answer = HttpClient(options).fetch({.url = server.url()});

    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unauthorised);
    EXPECT_THAT(answer.error().what, HasSubstr("the server refuses our client certificate"));
  }
}

TEST(Tls, EndsABodyOnlyByTheFarewell) {
  const Authority authority;
  const HttpServer server(
      [](const SeenRequest&, Talk& talk) {
        talk.send("HTTP/1.1 200 OK\r\n\r\nhello");
        talk.cut();
      },
      with(authority.issue()));

  EXPECT_EQ(outcome(trusting(authority.certificate()), server.url()), "the answer was cut off after 5 bytes");
}

struct PemCase {
  std::string name;
  TlsOptions tls;
  std::string what;
};

class WrongPem : public testing::TestWithParam<PemCase> {};

TEST_P(WrongPem, IsToldBeforeAnythingIsSent) {
  ClientOptions options;
  options.tls = GetParam().tls;

  const auto answer = HttpClient(options).fetch({.url = "https://127.0.0.1:1/"});

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::settings);
  EXPECT_EQ(answer.error().what, GetParam().what);
}

std::vector<PemCase> wrong_pems() {
  const auto one = test::self_signed(), other = test::self_signed();
  return {{"ca_data", {.ca_data = "nothing"}, "the CA data holds no certificate"},
          {"no_ca_file", {.ca_file = "/nowhere/ca.pem"}, "cannot read the CA file '/nowhere/ca.pem'"},
          {"ca_file_of_another_kind",
           {.ca_file = "/proc/self/status"},
           "the CA file '/proc/self/status' holds no certificate"},
          {"certificate_without_key",
           {.certificate = one.certificate},
           "the key of the client certificate is missing or no PEM data"},
          {"key_without_certificate", {.key = one.key}, "the client certificate is missing or no PEM data"},
          {"key_of_another",
           {.certificate = one.certificate, .key = other.key},
           "the client's key does not belong to its certificate"}};
}

INSTANTIATE_TEST_SUITE_P(Options, WrongPem, testing::ValuesIn(wrong_pems()),
                         [](const auto& info) { return info.param.name; });

class CaOrder : public testing::Test {
 protected:
  CaOrder() {
    ::unsetenv("SSL_CERT_FILE");  // a variable of the machine must not hide what is missing
    path_ = testing::TempDir() + "net_ca_" + std::to_string(::getpid()) + ".pem";
    std::ofstream(path_) << authority_.certificate();
  }
  ~CaOrder() override { std::filesystem::remove(path_); }

  Authority authority_;
  std::string path_;
};

TEST_F(CaOrder, BeginsWithTheDataThatWasGiven) {
  const Authority other;
  const HttpServer server(answer_ok, with(other.issue()));
  ClientOptions options = trusting(other.certificate());
  options.tls.ca_file = path_;

  EXPECT_EQ(outcome(options, server.url()), "secure");
}

TEST_F(CaOrder, ThenTakesTheFile) {
  const HttpServer server(answer_ok, with(authority_.issue()));
  ClientOptions options = trusting("");
  options.tls.ca_file = path_;

  EXPECT_EQ(outcome(options, server.url()), "secure");
}

TEST_F(CaOrder, ThenTakesTheFirstOfTheSystemsPlacesThatExists) {
  const HttpServer server(answer_ok, with(authority_.issue()));
  ClientOptions options = trusting("");
  options.tls.system_ca_files = {"/nowhere/ca.pem", path_, "/proc/self/status"};

  EXPECT_EQ(outcome(options, server.url()), "secure");
}

TEST(BuiltInAuthorities, AreWhatTheDistributionHas) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  std::size_t count = 0;
  for (std::size_t at = 0; (at = embedded::authorities_pem.find(begin, at)) != std::string_view::npos; ++at) ++count;

  EXPECT_GT(count, 50U);
}

TEST_F(CaOrder, ThenTakesThoseThatWereBuiltIn) {
  const HttpServer server(answer_ok, with(authority_.issue()));
  ClientOptions options = trusting("");
  options.tls.system_ca_files = {};

  EXPECT_THAT(outcome(options, server.url()), HasSubstr("not trusted: 'Test Authority'"));
}

}  // namespace
}  // namespace agent::net
