#include "net/server_request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::net {
namespace {

/// What a connection's bytes ask for, come in pieces of `step`: each request, then what is left or why it is refused.
std::string read_requests(const std::string& bytes, std::size_t step) {
  constexpr std::size_t max_header_bytes = 512, max_body_bytes = 1000;
  std::string text, input;
  RequestParser parser(max_header_bytes, max_body_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    input += bytes.substr(at, step);
    for (std::size_t held = 0; !input.empty() && held != input.size();) {
      held = input.size();
      const auto state = parser.take(input);
      if (state == RequestParser::State::refused) return text + std::to_string(parser.status());
      if (state != RequestParser::State::done) continue;
      const auto request = parser.request();
      text += request.method + " " + request.path + (request.query.empty() ? "" : " " + request.query) + "|" +
              std::string(header(request.headers, "x")) + "|" + request.body + (parser.keeps_alive() ? "" : "|last") +
              (parser.takes_chunks() ? "" : "|whole") + (parser.expects_continue() ? "|waits" : "") + "\n";
      parser = RequestParser(max_header_bytes, max_body_bytes);
    }
  }
  return text;
}

struct RequestCase {
  std::string name, bytes, expected;
};

class Requests : public testing::TestWithParam<RequestCase> {};

TEST_P(Requests, AreReadInPiecesOfAnySize) {
  for (const std::size_t step : {1U, 2U, 7U, 100'000U}) {
    EXPECT_EQ(read_requests(GetParam().bytes, step), GetParam().expected) << step;
  }
}

std::string get(const std::string& target, const std::string& more = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

std::string post(const std::string& more) { return "POST / HTTP/1.1\r\nHost: h\r\n" + more; }

INSTANTIATE_TEST_SUITE_P(
    Bytes, Requests,
    testing::Values(
        RequestCase{"nothing", "", ""}, RequestCase{"no_body", get("/a", "X: 1\r\n"), "GET /a|1|\n"},
        RequestCase{"a_query", get("/a?b=c?d"), "GET /a b=c?d||\n"},
        RequestCase{"an_escaped_path", get("/a%2Fb%20"), "GET /a%2Fb%20||\n"},
        RequestCase{"a_whole_url", get("http://h/a?b"), "GET /a b||\n"},
        RequestCase{"a_whole_url_without_a_path", get("http://h"), "GET /||\n"},
        RequestCase{"a_whole_url_with_a_query_alone", get("http://h?x=/"), "400"},
        RequestCase{"a_star", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS *||\n"},
        RequestCase{"a_star_of_get", get("*"), "400"}, RequestCase{"a_relative_target", get("a"), "400"},
        RequestCase{"a_fragment", get("/a#b"), "400"},
        RequestCase{"an_authority", "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", "400"},
        RequestCase{"a_method_of_its_own", "PURGE / HTTP/1.1\r\nHost: h\r\n\r\n", "PURGE /||\n"},
        RequestCase{"a_length", post("Content-Length: 3\r\n\r\nabc"), "POST /||abc\n"},
        RequestCase{"chunks", post("Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n"),
                    "POST /||abc\n"},
        RequestCase{"trailers_that_are_no_headers",
                    post("Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\nHost: i\r\n\r\n"), "POST /||a\n"},
        RequestCase{"two_in_a_row", get("/a") + get("/b"), "GET /a||\nGET /b||\n"},
        RequestCase{"one_behind_a_body", post("Content-Length: 1\r\n\r\na") + get("/b"), "POST /||a\nGET /b||\n"},
        RequestCase{"empty_lines_before", "\r\n\r\n" + get("/a"), "GET /a||\n"},
        RequestCase{"half_a_head", "GET / HTTP/1.1\r\nHost: h\r\n", ""},
        RequestCase{"half_a_body", post("Content-Length: 3\r\n\r\nab"), ""},
        RequestCase{"the_last_one", get("/a", "Connection: close\r\n"), "GET /a|||last\n"},
        RequestCase{"an_old_client", "GET /a HTTP/1.0\r\n\r\n", "GET /a|||last|whole\n"},
        RequestCase{"an_old_client_that_would_stay", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                    "GET /a|||last|whole\n"},
        RequestCase{"a_client_that_waits", post("Content-Length: 1\r\nExpect: 100-Continue\r\n\r\na"),
                    "POST /||a|waits\n"},
        RequestCase{"a_body_of_the_limit", post("Content-Length: 1000\r\n\r\n" + std::string(1000, 'x')),
                    "POST /||" + std::string(1000, 'x') + "\n"},
        RequestCase{"a_body_above_the_limit", post("Content-Length: 1001\r\n\r\n"), "413"},
        RequestCase{"chunks_above_the_limit",
                    post("Transfer-Encoding: chunked\r\n\r\n258\r\n" + std::string(600, 'x') + "\r\n258\r\n"), "413"},
        RequestCase{"a_chunk_of_all_memory", post("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"), "413"},
        RequestCase{"a_head_above_the_limit", get("/", "X: " + std::string(600, 'x') + "\r\n"), "431"},
        RequestCase{"a_target_above_the_limit", get("/" + std::string(600, 'x')), "431"},
        RequestCase{"an_endless_chunk_head", post("Transfer-Encoding: chunked\r\n\r\n1;" + std::string(600, 'x')),
                    "400"},
        RequestCase{"rubbish", "\x16\x03\x01\r\n\r\n\r\n", "400"},
        RequestCase{"no_host", "GET / HTTP/1.1\r\n\r\n", "400"},
        RequestCase{"two_hosts", get("/", "Host: i\r\n"), "400"},
        RequestCase{"a_blank_before_a_colon", get("/", "X : 1\r\n"), "400"},
        RequestCase{"two_lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n\r\na"), "400"},
        RequestCase{"a_negative_length", post("Content-Length: -1\r\n\r\n"), "400"},
        RequestCase{"a_length_and_chunks", post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), "400"},
        RequestCase{"another_coding", post("Transfer-Encoding: gzip\r\n\r\n"), "501"},
        RequestCase{"chunks_that_are_not_outermost", post("Transfer-Encoding: chunked, gzip\r\n\r\n"), "501"},
        RequestCase{"a_chunk_size_that_is_none", post("Transfer-Encoding: chunked\r\n\r\nx\r\n"), "400"},
        RequestCase{"http_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
        RequestCase{"http_1_2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", "505"}),
    [](const auto& row) { return row.param.name; });

TEST(RequestParser, TellsOfAWholeHeadBeforeItTakesTheBody) {
  RequestParser parser(4096, 100);
  std::string input = post("Content-Length: 2\r\nExpect: 100-continue\r\n\r\nab");

  const auto first = parser.take(input);
  const std::string held = input;
  const auto second = parser.take(input);

  EXPECT_EQ(first, RequestParser::State::in_body);
  EXPECT_EQ(held, "ab");
  EXPECT_EQ(second, RequestParser::State::done);
}

TEST(Reasons, AreThoseOfTheRegistry) {
  EXPECT_EQ(reason(200), "OK");
  EXPECT_EQ(reason(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason(299), "");
}

}  // namespace
}  // namespace agent::net
