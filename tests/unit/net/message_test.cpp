#include "net/message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace agent::net {
namespace {

/// Gives its bytes in pieces of `step`.
class FakeStream final : public Stream {
 public:
  FakeStream(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
  Result<std::size_t> read(std::span<char> into, Call&) override {
    const auto size = std::min({into.size(), bytes_.size() - at_, step_});
    std::memcpy(into.data(), bytes_.data() + at_, size);
    at_ += size;
    return size;
  }
  Result<void> write(std::string_view, Call&) override { return {}; }
  bool is_quiet() override { return true; }

 private:
  std::string bytes_;
  std::size_t step_, at_ = 0;
};

std::string read_answer(const std::string& bytes, std::size_t step, Body body = Body::as_told,
                        std::size_t limit = 4096) {
  FakeStream stream(bytes, step);
  Call call("GET http://host/", Deadline::max(), {});
  ResponseReader reader(body, limit);
  const auto head = reader.head(stream, call);
  if (!head) return "error: " + head.error().what;
  std::string text = std::to_string(head->status) + " ";
  for (;;) {
    const auto piece = reader.body(stream, call);
    if (!piece) return text + " error: " + piece.error().what;
    if (piece->empty()) return text + (reader.reusable() ? " again" : " once");
    text += *piece;
  }
}

struct AnswerCase {
  std::string name, bytes, expected;
  Body body = Body::as_told;
};

class Answers : public testing::TestWithParam<AnswerCase> {};

TEST_P(Answers, AreReadInPiecesOfAnySize) {
  for (const std::size_t step : {1U, 2U, 7U, 100'000U}) {
    EXPECT_EQ(read_answer(GetParam().bytes, step, GetParam().body), GetParam().expected) << step;
  }
}

const std::string many(100'000, 'x');

INSTANTIATE_TEST_SUITE_P(
    Http, Answers,
    testing::Values(
        AnswerCase{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello again"},
        AnswerCase{"no_body", "HTTP/1.1 204 No Content\r\n\r\n", "204  again"},
        AnswerCase{"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200  again"},
        AnswerCase{"long", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + many, "200 " + many + " again"},
        AnswerCase{"chunked",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nT: v\r\n\r\n",
                   "200 hello! again"},
        AnswerCase{"until_close", "HTTP/1.1 200 OK\r\n\r\nhello", "200 hello once"},
        AnswerCase{"http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello once"},
        AnswerCase{"connection_close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
                   "200 x once"},
        AnswerCase{"head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200  again", Body::none},
        AnswerCase{"interim",
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
                   "Content-Length: 1\r\n\r\nx",
                   "200 x again"},
        AnswerCase{"nothing", "", "error: the server closed the connection without an answer"},
        AnswerCase{"cut_head", "HTTP/1.1 200 OK\r\nContent-Le", "error: the answer was cut off in its headers"},
        AnswerCase{"cut_length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
                   "200 hel error: the answer was cut off after 3 bytes"},
        AnswerCase{"cut_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                   "200 hel error: the answer was cut off after 3 bytes"},
        AnswerCase{"cut_before_the_last_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
                   "200 x error: the answer was cut off after 1 bytes"},
        AnswerCase{"other_protocol", "SSH-2.0-OpenSSH_9.2\r\n", "error: the answer is not HTTP"},
        AnswerCase{"other_version", "HTTP/2.0 200 OK\r\n\r\n", "error: the answer is not HTTP: bad version"},
        AnswerCase{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                   "error: the answer is not HTTP: multiple content-length"},
        AnswerCase{"wrong_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                   "200  error: the answer is not HTTP: bad chunk"},
        AnswerCase{"large_header", "HTTP/1.1 200 OK\r\nX: " + many + "\r\n\r\n",
                   "error: the answer's headers are larger than 4096 bytes"},
        AnswerCase{"endless_chunk_head", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + many,
                   "200  error: the answer's headers are larger than 4096 bytes"}),
    [](const auto& info) { return info.param.name; });

TEST(ResponseReader, EndsWhenInterimAnswersDoNot) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "HTTP/1.1 103 Early Hints\r\n\r\n";

  EXPECT_EQ(read_answer(bytes, 100'000), "error: the server sends one interim answer after the other");
}

struct InjectionCase {
  std::string name, method, target;
  Header header;
};

class Injection : public testing::TestWithParam<InjectionCase> {};

TEST_P(Injection, IsRefused) {
  const auto head = request_head(GetParam().method, GetParam().target, {GetParam().header});

  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().kind, ErrorKind::settings);
}

INSTANTIATE_TEST_SUITE_P(Heads, Injection,
                         testing::Values(InjectionCase{"value", "GET", "/", {"A", "b\r\nC: d"}},
                                         InjectionCase{"line_feed", "GET", "/", {"A", "token\n"}},
                                         InjectionCase{"nul", "GET", "/", {"A", std::string("b\0c", 3)}},
                                         InjectionCase{"name", "GET", "/", {"A: b\r\nC", "d"}},
                                         InjectionCase{"empty_name", "GET", "/", {"", "d"}},
                                         InjectionCase{"target", "GET", "/ HTTP/1.1\r\nA: b", {"A", "b"}},
                                         InjectionCase{"method", "GET /x", "/", {"A", "b"}}),
                         [](const auto& info) { return info.param.name; });

TEST(RequestHead, HasOneLineAHeader) {
  EXPECT_EQ(*request_head("GET", "/x?y", {{"A", "b"}, {"C", ""}}), "GET /x?y HTTP/1.1\r\nA: b\r\nC: \r\n\r\n");
}

}  // namespace
}  // namespace agent::net
