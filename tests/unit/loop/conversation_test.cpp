#include "loop/conversation.hpp"

#include "loop/shown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace agent::loop {
namespace {

using llm::Message;
using llm::Role;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

llm::ModelRequest opening() {
  llm::ModelRequest request;
  request.messages = {{.role = Role::system, .text = std::string(400, 's')},
                      {.role = Role::user, .text = std::string(400, 'u')}};
  return request;
}

/// A turn with one call, whose result has 4,000 code points.
void add_turn(Conversation& conversation, int number) {
  const std::string id = "call_" + std::to_string(number), source = "tool/" + std::to_string(number);
  conversation.add_turn({.role = Role::assistant, .tool_calls = {{id, "pods_log", {{"name", id}}}}});
  std::string log;
  while (log.size() < 3'900) log += "info: step " + std::to_string(log.size()) + " is well\n";
  log += "error: cannot open 'ledger.db'";
  conversation.add_answer(
      {.role = Role::tool, .text = log, .tool_call_id = id},
      {.call = "pods_log {\"name\":\"" + id + "\"}",
       .key = id,
       .source = source,
       .lines = 900,
       .bytes = 44'444,
       .shown = {{.text = log, .first_line = 101, .last_line = 100 + count_lines(log), .folded = 0, .why = "all"}}});
}

TEST(Conversation, CountsFourCodePointsAToken) {
  const Conversation conversation(opening(), 10'000);

  EXPECT_EQ(conversation.tokens(), 208U);  // and four for each message
  EXPECT_EQ(conversation.room().count, 8'000 - 208U);
}

TEST(Conversation, CountsWhatIsAddedAsIfItHadBeenThereFromTheStart) {
  Conversation grown(opening(), 10'000);
  add_turn(grown, 1);
  grown.add_user("now");
  grown.add_user("or never");
  grown.offer({{"submit_report", "submits", {{"type", "object"}}}}, llm::ToolChoice::required);

  const Conversation whole(grown.request(), 10'000);

  EXPECT_EQ(grown.tokens(), whole.tokens());
}

TEST(Conversation, CountsWhatTheDialectCarries) {
  Conversation conversation(opening(), 10'000);

  conversation.add_turn({.role = Role::assistant, .carried = {{"thinking", std::string(4'000, 't')}}});

  EXPECT_GT(conversation.tokens(), 1'200U);
}

TEST(Conversation, KeepsTheBeginningOfWhatAModelSaysWithoutEnd) {
  Conversation conversation(opening(), 128'000);

  conversation.add_turn({.role = Role::assistant,
                         .text = "é" + std::string(1'000'000, 't'),
                         .tool_calls = {{"id", "look", {{"words", std::string(1'000'000, 'w')}}}},
                         .carried = {{"thinking", std::string(1'000'000, 'c')}}});

  const Message& said = conversation.request().messages.back();
  EXPECT_EQ(said.text, "é" + std::string(32'766, 't') + "…");
  EXPECT_EQ(said.tool_calls.at(0).arguments.dump(), R"({"omitted":"the arguments were too long"})");
  EXPECT_TRUE(said.carried.is_null());
  EXPECT_EQ(conversation.tokens(), Conversation(conversation.request(), 128'000).tokens());
}

TEST(Conversation, LearnsFromWhatTheProviderCounted) {
  Conversation conversation(opening(), 10'000);
  Usage usage;
  usage.input_tokens = 312;

  conversation.measure(usage);

  EXPECT_EQ(conversation.tokens(), 312U);
}

TEST(Conversation, DoesNotBelieveACountThatCannotBe) {
  Conversation conversation(opening(), 10'000);
  Usage usage;
  usage.input_tokens = 3;

  conversation.measure(usage);

  EXPECT_EQ(conversation.tokens(), 166U);
}

TEST(Conversation, JoinsAUsersMessageToOneBeforeIt) {
  Conversation conversation(opening(), 10'000);

  conversation.add_user("submit now");

  ASSERT_THAT(conversation.request().messages, SizeIs(2));
  EXPECT_THAT(conversation.request().messages.back().text, testing::EndsWith("u\nsubmit now"));
}

TEST(Compaction, LeavesWhatFits) {
  Conversation conversation(opening(), 10'000);
  for (int turn = 1; turn <= 7; ++turn) add_turn(conversation, turn);
  const llm::ModelRequest before = conversation.request();

  EXPECT_THAT(conversation.compact(2), IsEmpty());

  for (std::size_t i = 0; i < before.messages.size(); ++i)
    EXPECT_EQ(conversation.request().messages[i].text, before.messages[i].text);
}

TEST(Compaction, ShortensTheOldestResultsDownToThreeFifths) {
  Conversation conversation(opening(), 10'000);
  for (int turn = 1; turn <= 8; ++turn) add_turn(conversation, turn);

  EXPECT_THAT(conversation.compact(2), ElementsAre("call_1", "call_2", "call_3"));

  EXPECT_LE(conversation.tokens(), 6'000U);
  const auto& messages = conversation.request().messages;
  EXPECT_EQ(messages[1].text, opening().messages[1].text);
  EXPECT_THAT(messages[3].text,
              StartsWith("Shortened. pods_log {\"name\":\"call_1\"} gave 900 lines, 44444 bytes, kept "
                         "as tool/1: evidence_read shows them."));
  EXPECT_THAT(messages[3].text, HasSubstr(" | error: cannot open 'ledger.db'\n"));
  EXPECT_LE(estimated_tokens(messages[3].text), 210U);
  EXPECT_THAT(messages[9].text, StartsWith("info: step"));
  EXPECT_EQ(conversation.tokens(), Conversation(conversation.request(), 10'000).tokens());
}

TEST(Compaction, KeepsLinesThatTheModelHasCited) {
  Conversation conversation(opening(), 10'000);
  for (int turn = 1; turn <= 8; ++turn) add_turn(conversation, turn);
  conversation.cite("tool/1", 103);

  conversation.compact(2);

  EXPECT_THAT(conversation.request().messages[3].text, HasSubstr("\n103 | info: step"));
}

struct NamedCase {
  std::string name, text;
};

class NamedLines : public testing::TestWithParam<NamedCase> {};

TEST_P(NamedLines, AreKept) {
  Conversation conversation(opening(), 10'000);
  for (int turn = 1; turn <= 8; ++turn) add_turn(conversation, turn);
  conversation.add_turn({.role = Role::assistant, .text = GetParam().text});

  conversation.compact(2);

  EXPECT_THAT(conversation.request().messages[3].text, HasSubstr("\n103 | info: step"));
}

INSTANTIATE_TEST_SUITE_P(Texts, NamedLines,
                         testing::Values(NamedCase{"in_words", "As tool/1 line 103 says, it ended."},
                                         NamedCase{"with_a_colon", "See tool/1:103."},
                                         NamedCase{"with_a_comma", "(tool/1, line 103)"},
                                         NamedCase{"as_an_anchor", "tool/2:7 and tool/1#L103"}),
                         [](const auto& info) { return info.param.name; });

TEST(Compaction, SparesTheLastTurns) {
  Conversation conversation(opening(), 2'000);
  for (int turn = 1; turn <= 3; ++turn) add_turn(conversation, turn);

  EXPECT_THAT(conversation.compact(2), ElementsAre("call_1"));

  EXPECT_THAT(conversation.request().messages[5].text, StartsWith("info: step"));
  EXPECT_THAT(conversation.request().messages[7].text, StartsWith("info: step"));
}

TEST(Compaction, SparesNothingWhenItMust) {
  Conversation conversation(opening(), 2'000);
  for (int turn = 1; turn <= 3; ++turn) add_turn(conversation, turn);

  EXPECT_THAT(conversation.compact(0), SizeIs(3));
}

TEST(Compaction, KeepsCallsAndTheirAnswersTogether) {
  Conversation conversation(opening(), 2'000);
  for (int turn = 1; turn <= 5; ++turn) add_turn(conversation, turn);

  conversation.compact(0);

  const auto& messages = conversation.request().messages;
  ASSERT_THAT(messages, SizeIs(12));
  for (std::size_t i = 2; i < messages.size(); i += 2) {
    EXPECT_EQ(messages[i].tool_calls.at(0).id, messages[i + 1].tool_call_id);
  }
}

TEST(Compaction, ShortensWhatTheModelSaidLongAgo) {
  Conversation conversation(opening(), 10'000);
  for (int turn = 1; turn <= 4; ++turn)
    conversation.add_turn({.role = Role::assistant,
                           .text = std::string(8'000, 't'),
                           .tool_calls = {{"id", "look", {{"words", std::string(8'000, 'w')}}}}});

  conversation.compact(2);

  const auto& messages = conversation.request().messages;
  EXPECT_EQ(messages[2].text, std::string(400, 't') + "…");
  EXPECT_EQ(messages[2].tool_calls.at(0).arguments.at("shortened").get<std::string>().size(), 203U);
  EXPECT_EQ(messages[4].text.size(), 8'000U);
  EXPECT_EQ(conversation.tokens(), Conversation(conversation.request(), 10'000).tokens());
}

TEST(Compaction, ShortensEachResultOnce) {
  Conversation conversation(opening(), 2'000);
  for (int turn = 1; turn <= 5; ++turn) add_turn(conversation, turn);
  conversation.compact(0);
  const std::string first = conversation.request().messages[3].text;

  conversation.compact(0);

  EXPECT_EQ(conversation.request().messages[3].text, first);
}

TEST(Compaction, OfAWindowThatIsSmallerThanToldGoesFurther) {
  Conversation conversation(opening(), 128'000);
  for (int turn = 1; turn <= 8; ++turn) add_turn(conversation, turn);
  ASSERT_THAT(conversation.compact(2), IsEmpty());

  conversation.halve_window();

  EXPECT_THAT(conversation.compact(2), Not(IsEmpty()));
  EXPECT_LT(conversation.tokens(), 4'500U);
}

}  // namespace
}  // namespace agent::loop
