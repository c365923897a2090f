#include "base/process.hpp"

#include "support/outer_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <csignal>
#include <cstring>
#include <string>
#include <thread>

namespace agent {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

/// The terminal a person sits at: what they see and type goes through `screen`.
class Desk {
 public:
  Desk() {
    std::array<int, 2> ends{};
    winsize size{33, 101, 0, 0};
    EXPECT_EQ(::openpty(ends.data(), ends.data() + 1, nullptr, nullptr, &size), 0);
    for (const int fd : ends) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    screen_ = Descriptor(ends[0]);
    terminal_ = Descriptor(ends[1]);
  }

  [[nodiscard]] int terminal() const { return terminal_.get(); }
  std::string see(std::string_view wanted) const { return read_until(screen_.get(), wanted); }
  void type(std::string_view keys) const {
    EXPECT_EQ(::write(screen_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  void resize(unsigned short rows, unsigned short columns) const {
    const winsize size{rows, columns, 0, 0};
    EXPECT_EQ(::ioctl(screen_.get(), TIOCSWINSZ, &size), 0);
  }
  [[nodiscard]] termios settings() const {
    termios settings{};
    EXPECT_EQ(::tcgetattr(terminal_.get(), &settings), 0);
    return settings;
  }
  [[nodiscard]] bool is_raw() const { return (settings().c_lflag & (ICANON | ECHO | ISIG)) == 0; }

  /// What is on the screen now, up to a mark of ours.
  [[nodiscard]] std::string rest() const {
    constexpr std::string_view mark = "[end]";
    EXPECT_GT(::write(terminal_.get(), mark.data(), mark.size()), 0);
    std::string text = see(mark);
    return text.substr(0, text.size() - mark.size());
  }

 private:
  Descriptor screen_, terminal_;
};

Outer at_desk(const Desk& desk, const std::string& script) {
  return {{"sh", "-c", script}, {desk.terminal(), desk.terminal(), desk.terminal(), desk.terminal()}};
}

bool same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_oflag == b.c_oflag && a.c_cflag == b.c_cflag && a.c_lflag == b.c_lflag;
}

constexpr auto loop = "while :; do sleep 0.01; done";

struct SeenCase {
  std::string name, script, seen;
};

class AtATerminal : public testing::TestWithParam<SeenCase> {};

TEST_P(AtATerminal, TheCommandSeesOne) {
  const Desk desk;

  const auto outcome = at_desk(desk, GetParam().script).wait();

  EXPECT_EQ(desk.rest(), GetParam().seen);
  EXPECT_EQ(outcome.observed, GetParam().seen);
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, AtATerminal,
    testing::Values(SeenCase{"three_terminals", "test -t 0 && test -t 1 && test -t 2 && echo yes", "yes\r\n"},
                    SeenCase{"its_size", "stty size", "33 101\r\n"},
                    SeenCase{"a_controlling_terminal", "echo me >/dev/tty", "me\r\n"},
                    SeenCase{"colours", R"(printf '\033[31mred\033[0m')", "\x1b[31mred\x1b[0m"},
                    SeenCase{"both_streams_in_order", "echo a; echo b >&2; echo c", "a\r\nb\r\nc\r\n"}),
    [](const auto& info) { return info.param.name; });

TEST(Terminal, ControlCReachesTheCommandAndOnlyIt) {
  const Desk desk;
  Outer outer = at_desk(desk, "echo ready; exec sleep 600");
  EXPECT_THAT(desk.see("ready"), HasSubstr("ready"));

  desk.type("\x03");

  EXPECT_EQ(outer.wait().end.signal, SIGINT);
}

TEST(Terminal, KeysReachTheCommand) {
  const Desk desk;
  Outer outer = at_desk(desk, "echo ready; read line; echo got $line");
  desk.see("ready\r\n");

  desk.type("hello\r");

  EXPECT_THAT(desk.see("got hello"), HasSubstr("got hello"));
  EXPECT_EQ(outer.wait().end.exit_code, 0);
}

TEST(Terminal, ControlZDoesNotStopTheCommand) {
  const Desk desk;
  Outer outer = at_desk(desk, "echo ready; read line; exit 4");
  desk.see("ready\r\n");

  desk.type("\x1a\r");

  EXPECT_EQ(outer.wait().end.exit_code, 4);
}

TEST(Terminal, SettingsAreAsBeforeAfterTheCommand) {
  const Desk desk;
  const termios before = desk.settings();
  Outer outer = at_desk(desk, "stty raw -echo; echo ready; read line");
  desk.see("ready");
  EXPECT_TRUE(desk.is_raw());

  desk.type("\n");

  outer.wait();
  EXPECT_TRUE(same(desk.settings(), before));
}

TEST(Terminal, SettingsAreAsBeforeAfterSigterm) {
  const Desk desk;
  const termios before = desk.settings();
  Outer outer = at_desk(desk, "echo ready; exec sleep 600");
  desk.see("ready");

  ::kill(outer.pid(), SIGTERM);

  EXPECT_EQ(outer.wait().end.signal, SIGTERM);
  EXPECT_TRUE(same(desk.settings(), before));
}

TEST(Terminal, ANewSizeReachesTheCommand) {
  const Desk desk;
  Outer outer = at_desk(desk, std::string("trap 'stty size; exit 0' WINCH; echo ready; ") + loop);
  desk.see("ready\r\n");

  desk.resize(50, 132);

  EXPECT_THAT(desk.see("\n"), HasSubstr("50 132"));
  outer.wait();
}

TEST(Terminal, MuchOutputArrivesWhole) {
  const Desk desk;
  Outer outer = at_desk(desk, "seq 1 30000; echo done");

  const std::string seen = desk.see("done\r\n");

  std::string expected;
  for (int i = 1; i <= 30'000; ++i) expected += std::to_string(i) + "\r\n";
  EXPECT_TRUE(seen == expected + "done\r\n");
  outer.wait();
}

/// The kernel holds the end of the output when the command ends; what outlives a command is followed for 2 s.
TEST(Terminal, OutputArrivesWholeWhereTheReaderPauses) {
  const Desk desk;
  Outer outer = at_desk(desk, "seq 1 30000; echo done");
  static_cast<void>(desk.see("\n13000\r\n"));

  std::this_thread::sleep_for(std::chrono::milliseconds(2500));

  EXPECT_TRUE(desk.see("done\r\n").ends_with("\r\n30000\r\ndone\r\n"));  // waits for ever where the end is lost
  outer.wait();
}

TEST(Terminal, ErrorsInAPipeStayApart) {
  const Desk desk;
  Pipe err;
  Outer outer({"sh", "-c", "test -t 1 && echo out; test -t 2 || echo err >&2"},
              {desk.terminal(), desk.terminal(), err.write.get(), desk.terminal()});
  err.write.close();

  EXPECT_EQ(read_all(err.read.get()), "err\n");
  outer.wait();
  EXPECT_EQ(desk.rest(), "out\r\n");
}

TEST(Terminal, WithOutputInAPipeTheKeyboardIsLeftToItsReader) {
  const Desk desk;
  Pipe out;
  Outer outer({"sh", "-c", "test -t 2 && echo ready; read line; echo $line >&2; test -t 1 || echo piped"},
              {desk.terminal(), out.write.get(), desk.terminal(), desk.terminal()});
  out.write.close();
  EXPECT_EQ(read_until(out.read.get(), "\n"), "ready\n");
  EXPECT_FALSE(desk.is_raw());

  desk.type("hello\r");

  EXPECT_EQ(read_all(out.read.get()), "piped\n");
  outer.wait();
  EXPECT_EQ(desk.rest(), "hello\r\nhello\r\n") << "the echo, and the command's answer";
}

TEST(Terminal, WithOutputInAPipeControlCReachesTheCommand) {
  const Desk desk;
  Pipe out;
  Outer outer({"sh", "-c", "echo ready; exec sleep 600"},
              {desk.terminal(), out.write.get(), desk.terminal(), desk.terminal()});
  EXPECT_EQ(read_until(out.read.get(), "\n"), "ready\n");

  desk.type("\x03");

  EXPECT_EQ(outer.wait().end.signal, SIGINT);
}

TEST(Terminal, WithOutputInFilesTheCommandGetsTheForeground) {
  const Desk desk;
  const Descriptor file(::memfd_create("log", MFD_CLOEXEC));
  Outer outer({"sh", "-c", "read line; echo got $line; echo asked >/dev/tty; exec sleep 600"},
              {desk.terminal(), file.get(), file.get(), desk.terminal()});

  desk.type("hello\r");
  EXPECT_THAT(desk.see("asked"), HasSubstr("asked"));
  desk.type("\x03");

  EXPECT_EQ(outer.wait().end.signal, SIGINT);
  ::lseek(file.get(), 0, SEEK_SET);
  EXPECT_EQ(read_all(file.get()), "got hello\n");
}

TEST(Terminal, OutputOfAnotherPipelinesEndIsNotChangedForTheReport) {
  const Desk desk;
  Outer outer({"sh", "-c", "echo a; echo b"}, {-1, desk.terminal(), desk.terminal(), desk.terminal()});

  EXPECT_EQ(outer.wait().observed, "a\nb\n");
  EXPECT_EQ(desk.rest(), "a\r\nb\r\n");
}

TEST(Terminal, AHangUpEndsTheCommand) {
  auto desk = std::make_unique<Desk>();
  Outer outer = at_desk(*desk, "echo ready; exec sleep 600");
  desk->see("ready");

  desk.reset();

  EXPECT_EQ(outer.wait().end.signal, SIGHUP);
}

}  // namespace
}  // namespace agent
