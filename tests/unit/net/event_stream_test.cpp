#include "net/event_stream.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace agent::net {
namespace {

std::string shown(const Event& event) {
  std::string text = "[" + event.id + "|" + event.event + "|" + event.data;
  if (event.retry) text += "|" + std::to_string(event.retry->count());
  return text + "]";
}

/// What a stream says, fed in pieces of `step`, with what it would be taken up again by.
std::string read_events(std::string_view bytes, std::size_t step, std::size_t limit = 4096) {
  EventStream stream(limit);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    stream.feed(bytes.substr(at, step));
    for (;;) {
      const auto event = stream.next();
      if (!event) return text + " error: " + event.error().what;
      if (!*event) break;
      text += shown(**event);
    }
  }
  if (!stream.last_event_id().empty()) text += " id " + stream.last_event_id();
  if (stream.retry()) text += " retry " + std::to_string(stream.retry()->count());
  return text;
}

struct EventCase {
  std::string name, bytes, expected;
};

class Events : public testing::TestWithParam<EventCase> {};

TEST_P(Events, AreReadInPiecesOfAnySize) {
  for (const std::size_t step : {1U, 2U, 3U, 7U, 100'000U}) {
    EXPECT_EQ(read_events(GetParam().bytes, step), GetParam().expected) << step;
  }
}

const std::string too_large = " error: an event of the server is larger than 4096 bytes, or its id than 65536";

INSTANTIATE_TEST_SUITE_P(
    Streams, Events,
    testing::Values(
        EventCase{"nothing", "", ""}, EventCase{"data_alone", "data: a\n\n", "[|message|a]"},
        EventCase{"all_fields", "id: 7\nevent: endpoint\ndata: /x\nretry: 20\n\n", "[7|endpoint|/x|20] id 7 retry 20"},
        EventCase{"two_events", "data: a\n\ndata: b\n\n", "[|message|a][|message|b]"},
        EventCase{"several_data_lines", "data: a\ndata\ndata:b\n\n", "[|message|a\n\nb]"},
        EventCase{"only_the_first_blank_dropped", "data:  a\n\n", "[|message| a]"},
        EventCase{"no_blank_after_the_colon", "data:a:b\n\n", "[|message|a:b]"},
        EventCase{"empty_data", "data:\n\n", "[|message|]"},
        EventCase{"two_empty_data_lines", "data\ndata\n\n", "[|message|\n]"},
        EventCase{"carriage_returns", "data: a\rid: 1\r\rdata: b\r\r", "[1|message|a][1|message|b] id 1"},
        EventCase{"both_line_ends", "data: a\r\nid: 1\r\n\r\ndata: b\r\n\r\n", "[1|message|a][1|message|b] id 1"},
        EventCase{"mixed_line_ends", "data: a\r\ndata: b\rdata: c\n\r\n", "[|message|a\nb\nc]"},
        EventCase{"return_then_empty_line", "data: a\n\r\ndata: b\r\n\n", "[|message|a][|message|b]"},
        EventCase{"byte_order_mark",
                  "\xEF\xBB\xBF"
                  "data: a\n\n",
                  "[|message|a]"},
        EventCase{"byte_order_mark_and_comment", "\xEF\xBB\xBF:data\ndata: a\n\n", "[|message|a]"},
        EventCase{"byte_order_mark_later",
                  "data: a\n\n\xEF\xBB\xBF"
                  "data: b\n\n",
                  "[|message|a]"},
        EventCase{"comments", ":\n: keep-alive\n\ndata: a\n:data: b\n\n", "[|message|a]"},
        EventCase{"comment_larger_than_any_event",
                  ":" + std::string(10'000, 'x') + "\ndata: a\n\n:" + std::string(10'000, 'x') + "\ndata: b\n\n",
                  "[|message|a][|message|b]"},
        EventCase{"unknown_field", "date: a\nData: b\n data: c\n\n", ""},
        EventCase{"cut_off_event", "data: a\n\nid: 2\ndata: b\n", "[|message|a]"},
        EventCase{"event_without_data", "event: x\n\ndata: a\n\n", "[|message|a]"},
        EventCase{"id_without_data", "id: 3\n\n", " id 3"},
        EventCase{"id_kept", "id: 3\ndata: a\n\ndata: b\n\n", "[3|message|a][3|message|b] id 3"},
        EventCase{"id_taken_back", "id: 3\ndata: a\n\nid\ndata: b\n\n", "[3|message|a][|message|b]"},
        EventCase{"id_with_nul", std::string("id: 3\nid: 4\0\ndata: a\n\n", 22), "[3|message|a] id 3"},
        EventCase{"retry_alone", "retry: 500\n\n", " retry 500"},
        EventCase{"retry_not_of_digits", "retry: 5s\nretry: -1\nretry:\nretry: 1.5\ndata: a\n\n", "[|message|a]"},
        EventCase{"retry_of_an_age", "retry: 99999999999999999999999\n\n", " retry 86400000"},
        EventCase{"retry_of_one_event", "retry: 5\ndata: a\n\ndata: b\n\n", "[|message|a|5][|message|b] retry 5"},
        EventCase{"bytes_that_are_not_text", "data: \xff\xfe\n\n", "[|message|\xff\xfe]"},
        EventCase{"data_of_the_limit", "data: " + std::string(4090, 'x') + "\n\n",
                  "[|message|" + std::string(4090, 'x') + "]"},
        EventCase{"line_above_the_limit", "data: a\n\ndata: " + std::string(4091, 'x') + "\n\n",
                  "[|message|a]" + too_large},
        EventCase{"endless_unknown_field", std::string(5000, 'x') + "\n", too_large},
        EventCase{"lines_above_the_limit",
                  [] {
                    std::string text;
                    for (int i = 0; i < 1000; ++i) text += "data: line\n";
                    return text + "\n";
                  }(),
                  too_large}),
    [](const auto& row) { return row.param.name; });

TEST(EventStream, RefusesAnIdThatNoHeaderTakes) {
  const std::string stream = "id: " + std::string(65'537, 'x') + "\ndata: a\n\n";

  EXPECT_EQ(read_events(stream, 16'384, 1'000'000),
            " error: an event of the server is larger than 1000000 bytes, or its id than 65536");
}

TEST(EventStream, KeepsItsError) {
  EventStream stream(4);
  stream.feed("data: abc\n\n");
  EXPECT_FALSE(stream.next());

  stream.feed("\n\nx\n\n");

  EXPECT_FALSE(stream.next());
}

TEST(EventStream, HoldsEventsThatWereNotTakenYet) {
  EventStream stream;
  for (const char c : std::string_view("data: a\r\n\r\nid: 1\r\ndata: b\r\n\r\n")) stream.feed({&c, 1});

  const auto first = stream.next();
  const std::string id_after_first = stream.last_event_id();
  const auto second = stream.next(), third = stream.next();

  EXPECT_EQ(shown(**first) + id_after_first + shown(**second) + stream.last_event_id(), "[|message|a][1|message|b]1");
  EXPECT_FALSE(*third);
}

}  // namespace
}  // namespace agent::net
