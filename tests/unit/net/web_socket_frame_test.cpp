#include "net/web_socket_frame.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/web_socket_peer.hpp"

namespace agent::net {
namespace {

using test::server_frame;

constexpr int fin = 0x80, continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10;

/// What a server's bytes say, come in pieces of `step`.
std::string read_messages(const std::string& bytes, std::size_t step) {
  constexpr std::size_t max_message_bytes = 70'000;
  MessageParser parser(max_message_bytes);
  std::string said;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    std::string_view piece = std::string_view(bytes).substr(at, step);
    for (;;) {
      const auto message = parser.take(piece);
      if (!message) {
        return said + std::to_string(parser.refusal_code()) + " " + message.error().what;
      }
      if (!*message) break;
      said += std::to_string(static_cast<int>((*message)->kind));
      if ((*message)->kind == Opcode::close) said += "(" + std::to_string((*message)->code) + ")";
      said += ":" + (*message)->payload + "\n";
    }
  }
  return said;
}

struct FrameCase {
  std::string name, bytes, expected;
};

class Frames : public testing::TestWithParam<FrameCase> {};

TEST_P(Frames, AreReadInPiecesOfAnySize) {
  for (const std::size_t step : {1U, 2U, 7U, 100'000U}) {
    EXPECT_EQ(read_messages(GetParam().bytes, step), GetParam().expected) << step;
  }
}

const std::string medium(300, 'm'), large(66'000, 'l');

/// The head of a frame with a length that nothing follows.
std::string head(int first, std::uint64_t length) {
  std::string bytes{static_cast<char>(first), '\x7f'};
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> shift & 0xFF);
  return bytes;
}

std::string closing(int code, const std::string& reason = {}) {
  return server_frame(fin | close, std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} + reason);
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, Frames,
    testing::Values(
        FrameCase{"nothing", "", ""}, FrameCase{"a_text", server_frame(fin | text, "hi"), "1:hi\n"},
        FrameCase{"an_empty_text", server_frame(fin | text, ""), "1:\n"},
        FrameCase{"a_length_of_two_bytes", server_frame(fin | text, medium), "1:" + medium + "\n"},
        FrameCase{"a_length_of_eight_bytes", server_frame(fin | text, large), "1:" + large + "\n"},
        FrameCase{"two_texts", server_frame(fin | text, "a") + server_frame(fin | text, "b"), "1:a\n1:b\n"},
        FrameCase{"binary_data", server_frame(fin | binary, "\xff"), "2:\xff\n"},
        FrameCase{"fragments",
                  server_frame(text, "a") + server_frame(continuation, "") + server_frame(continuation, "b") +
                      server_frame(fin | continuation, "c"),
                  "1:abc\n"},
        FrameCase{"a_ping_between_fragments",
                  server_frame(text, "a") + server_frame(fin | ping, "p") + server_frame(fin | continuation, "b"),
                  "9:p\n1:ab\n"},
        FrameCase{"a_letter_across_fragments", server_frame(text, "\xc3") + server_frame(fin | continuation, "\xbc"),
                  "1:\xc3\xbc\n"},
        FrameCase{"a_pong", server_frame(fin | pong, ""), "10:\n"},
        FrameCase{"a_close", server_frame(fin | close, ""), "8(1005):\n"},
        FrameCase{"a_close_with_a_reason", closing(1001, "bye"), "8(1001):bye\n"},
        FrameCase{"a_close_of_an_application", closing(4999), "8(4999):\n"},
        FrameCase{"half_a_frame", server_frame(fin | text, "hello").substr(0, 4), ""},
        FrameCase{"a_reserved_bit", server_frame(0xC1, "a"),
                  "1002 the server uses an extension that it was not asked for"},
        FrameCase{"a_mask", std::string("\x81\x81\0\0\0\0a", 7), "1002 the server masks its frames"},
        FrameCase{"an_unknown_kind", server_frame(fin | 3, "a"), "1002 the server sends a frame of an unknown kind"},
        FrameCase{"an_unknown_control_kind", server_frame(fin | 11, "a"),
                  "1002 the server sends a frame of an unknown kind"},
        FrameCase{"a_control_frame_in_pieces", server_frame(ping, "a"),
                  "1002 the server sends a control frame in pieces"},
        FrameCase{"a_large_control_frame", server_frame(fin | ping, std::string(126, 'a')),
                  "1002 the server sends a large control frame"},
        FrameCase{"the_largest_control_frame", server_frame(fin | ping, std::string(125, 'a')),
                  "9:" + std::string(125, 'a') + "\n"},
        FrameCase{"a_continuation_of_nothing", server_frame(fin | continuation, "a"),
                  "1002 the server goes on with a message that it did not begin"},
        FrameCase{"a_message_within_another", server_frame(text, "a") + server_frame(fin | text, "b"),
                  "1002 the server begins a message before the last one has ended"},
        FrameCase{"not_utf8", server_frame(fin | text, "\xff"), "1007 a text of the server is not UTF-8"},
        FrameCase{"a_reason_that_is_not_utf8", closing(1000, "\xff"), "1007 a text of the server is not UTF-8"},
        FrameCase{"half_a_code", server_frame(fin | close, "\x03"), "1002 the server closes with a code that is none"},
        FrameCase{"a_code_that_is_not_sent", closing(1005), "1002 the server closes with a code that is none"},
        FrameCase{"a_code_of_nobody", closing(2000), "1002 the server closes with a code that is none"},
        FrameCase{"the_largest_text", server_frame(fin | text, std::string(70'000, 'x')),
                  "1:" + std::string(70'000, 'x') + "\n"},
        FrameCase{"a_larger_text", head(fin | text, 70'001), "1009 a message of the server is larger than 70000 bytes"},
        FrameCase{"a_text_of_all_memory", head(fin | text, ~std::uint64_t{0}),
                  "1009 a message of the server is larger than 70000 bytes"},
        FrameCase{"fragments_that_are_larger", server_frame(text, large) + head(fin | continuation, 5'000),
                  "1009 a message of the server is larger than 70000 bytes"}),
    [](const auto& row) { return row.param.name; });

TEST(MessageParser, KeepsItsError) {
  MessageParser parser(100);
  const std::string flaw = server_frame(fin | continuation, ""), good = server_frame(fin | text, "a");
  std::string_view bytes = flaw;
  ASSERT_FALSE(parser.take(bytes));

  bytes = good;

  EXPECT_FALSE(parser.take(bytes));
}

/// The examples of RFC 6455, 5.7, and one of each form of length.
TEST(ClientFrame, IsMasked) {
  const Mask mask{'\x37', '\xfa', '\x21', '\x3d'};

  EXPECT_EQ(client_frame(Opcode::text, "Hello", mask), "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  EXPECT_EQ(client_frame(Opcode::ping, "", mask), "\x89\x80\x37\xfa\x21\x3d");
  EXPECT_EQ(client_frame(Opcode::text, std::string(126, 'x'), mask).substr(0, 4), std::string("\x81\xfe\0\x7e", 4));
  EXPECT_EQ(client_frame(Opcode::text, std::string(65'536, 'x'), mask).substr(0, 10),
            std::string("\x81\xff\0\0\0\0\0\1\0\0", 10));
}

TEST(ClosePayload, IsTheCode) {
  EXPECT_EQ(close_payload(close_code::normal), "\x03\xe8");
  EXPECT_EQ(close_payload(close_code::none_given), "");
}

}  // namespace
}  // namespace agent::net
