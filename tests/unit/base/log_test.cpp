#include "base/log.hpp"

#include "base/settings.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <array>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

namespace agent {
namespace {

using Json = nlohmann::json;

std::string logged(LogOptions options, const std::function<void()>& act) {
  configure_log(std::move(options));
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

std::string logged_value(LogFormat format, std::string_view value) {
  return logged({.format = format, .request_id = "r"}, [value] { log(LogLevel::info, "event", {{"key", value}}); });
}

struct Value {
  std::string name, value, text;
};

void PrintTo(const Value& value, std::ostream* out) { *out << value.name; }

class LogValue : public testing::TestWithParam<Value> {};

TEST_P(LogValue, StaysOnOneLineOfText) {
  EXPECT_EQ(logged_value(LogFormat::text, GetParam().value), "info event key=" + GetParam().text + "\n");
}

TEST_P(LogValue, IsValidJson) {
  const std::string line = logged_value(LogFormat::json, GetParam().value);

  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Json json = Json::parse(line, nullptr, false);
  ASSERT_TRUE(json.is_object()) << line;
  EXPECT_TRUE(json.at("key").is_string());
}

INSTANTIATE_TEST_SUITE_P(
    Of, LogValue,
    testing::Values(Value{"a_word", "word", "word"}, Value{"nothing", "", "\"\""},
                    Value{"blanks", "two words", "\"two words\""}, Value{"quotes", "a \"b\"", "\"a \\\"b\\\"\""},
                    Value{"newlines", "a\nb", "a\\nb"}, Value{"escape_sequences", "\x1b[31mred\x1b]0;t\x07", "red"},
                    Value{"bad_utf8", "a\xff\xfe", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
                    Value{"a_cut_sequence", "\xE2\x80", "\xEF\xBF\xBD"}, Value{"a_nul", std::string("a\0b", 3), "ab"},
                    Value{"json", R"({"a": 1})", R"("{\"a\": 1}")"}, Value{"not_ascii", "é…", "é…"}),
    [](const auto& info) { return info.param.name; });

TEST(Log, HasInJsonWhenWhatHowBadAndWhichRun) {
  const std::string line = logged({.format = LogFormat::json, .request_id = "run 7"},
                                  [] { log(LogLevel::warning, "model.slow", {{"seconds", "3"}}); });

  const Json json = Json::parse(line);
  EXPECT_EQ(json.at("level"), "warning");
  EXPECT_EQ(json.at("event"), "model.slow");
  EXPECT_EQ(json.at("request_id"), "run 7");
  EXPECT_EQ(json.at("seconds"), "3");
  EXPECT_EQ(json.at("timestamp").get<std::string>().size(), std::string("2026-11-21T08:30:00.123Z").size());
}

TEST(Log, WritesANumberWithoutQuotes) {
  const std::string line = logged({.format = LogFormat::json, .request_id = "r"}, [] {
    log(LogLevel::info, "step", {{.key = "returncode", .value = "124", .is_number = true}});
  });

  EXPECT_EQ(Json::parse(line).at("returncode"), 124);
}

TEST(Log, MakesARequestIdOfItsOwn) {
  const auto line = [] { log(LogLevel::info, "event"); };
  const Json json = Json::parse(logged({.format = LogFormat::json, .request_id = ""}, line));

  EXPECT_EQ(json.at("request_id").get<std::string>().size(), 18U);
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const auto all = [] {
    for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) log(level, "e");
  };

  EXPECT_EQ(logged({.level = LogLevel::debug}, all), "debug e\ninfo e\nwarning e\nerror e\n");
  EXPECT_EQ(logged({.level = LogLevel::info}, all), "info e\nwarning e\nerror e\n");
  EXPECT_EQ(logged({.level = LogLevel::warning}, all), "warning e\nerror e\n");
  EXPECT_EQ(logged({.level = LogLevel::error}, all), "error e\n");
}

struct Hidden {
  std::string name, key, value;
};

class LogSecret : public testing::TestWithParam<Hidden> {};

TEST_P(LogSecret, IsHidden) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    const std::string line = logged(
        {.format = format}, [] { log(LogLevel::error, "event", {{GetParam().key, GetParam().value}, {"b", "rest"}}); });

    EXPECT_EQ(line.find("s3cr3tV4lue"), std::string::npos) << line;
    EXPECT_NE(line.find("rest"), std::string::npos) << line;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, LogSecret,
                         testing::Values(Hidden{"its_key", "password", "s3cr3tV4lue99x"},
                                         Hidden{"its_label", "header", "Authorization: Bearer s3cr3tV4lue99xYzAb12"},
                                         Hidden{"an_address", "url", "https://u:s3cr3tV4lue99x@host/path"}),
                         [](const auto& info) { return info.param.name; });

TEST(Log, CutsALongValue) { EXPECT_LT(logged_value(LogFormat::text, std::string(1'000'000, 'x')).size(), 9000U); }

TEST(Log, WritesWholeLinesFromManyThreads) {
  const std::string lines = logged({.format = LogFormat::json, .request_id = "r"}, [] {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([] {
        for (int j = 0; j < 100; ++j) log(LogLevel::info, "event", {{"key", "some value"}});
      });
  });

  std::istringstream rest(lines);
  int count = 0;
  for (std::string line; std::getline(rest, line); ++count) EXPECT_TRUE(Json::accept(line)) << line;
  EXPECT_EQ(count, 400);
}

TEST(Log, GoesOnWhenNobodyReadsIt) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  configure_log({});
  const int kept = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);

  log(LogLevel::error, "event");

  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  ::close(ends[1]);
  static_cast<void>(std::signal(SIGPIPE, before));
  SUCCEED();  // to be here is the test: the write neither ended nor blocked us
}

struct Word {
  std::string word;
  std::optional<LogLevel> level;
};

TEST(LogLevelNamed, KnowsWordsInAnyCase) {
  for (const auto& [word, level] : {Word{"debug", LogLevel::debug}, Word{"INFO", LogLevel::info},
                                    Word{"warn", LogLevel::warning}, Word{"Warning", LogLevel::warning},
                                    Word{"ERROR", LogLevel::error}, Word{"loud", std::nullopt}, Word{"", std::nullopt}})
    EXPECT_EQ(log_level_named(word), level) << word;
}

TEST(SettingsTable, HasTheLevelsOfTheLog) {
  for (const Setting& setting : settings_table()) {
    if (setting.key != "log.level") continue;
    std::istringstream words{std::string(setting.choices)};
    for (std::string word; words >> word;) EXPECT_TRUE(log_level_named(word)) << word;
  }
}

}  // namespace
}  // namespace agent
