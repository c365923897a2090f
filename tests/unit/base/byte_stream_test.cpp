#include "base/byte_stream.hpp"

#include "base/descriptor.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace agent {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string gzip(const std::string& text) {
  z_stream state{};
  EXPECT_EQ(deflateInit2(&state, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&state, text.size()) + 32, '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  packed.resize(state.total_out);
  deflateEnd(&state);
  return packed;
}

std::string zstd(const std::string& text, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  std::string packed(ZSTD_compressBound(text.size()) + 64, '\0');
  // Streaming, with a flush: one call with ZSTD_e_end would shrink the window to the content.
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
  EXPECT_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(context);
  packed.resize(out.pos);
  return packed;
}

std::string long_text() {
  std::string text;
  for (int line = 0; text.size() < 3'000'000; ++line) text += "line " + std::to_string(line * 7919) + "\n";
  return text;
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read, write;
};

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    ASSERT_GT(size, 0);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

/// All that could be read, and the error after it.
struct Outcome {
  std::string text;
  Error error;
  bool failed = false;
};

Outcome drain(Result<std::unique_ptr<ByteStream>> stream) {
  Outcome outcome;
  while (stream) {
    const auto piece = (*stream)->read();
    if (piece && piece->empty()) return outcome;
    if (!piece) return {std::move(outcome.text), piece.error(), true};
    outcome.text += *piece;
  }
  return {"", stream.error(), true};
}

class InAFolder : public testing::Test {
 protected:
  InAFolder() { std::filesystem::create_directories(folder_); }
  ~InAFolder() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("agent-stream-" + std::to_string(::getpid()));
};

/// Made when its row runs: each test is a process of its own, which would otherwise make the bytes of all rows.
using Bytes = std::function<std::string()>;

struct Readable {
  std::string name;
  Bytes bytes, expected;
};

class OpenLog : public InAFolder, public testing::WithParamInterface<Readable> {};

TEST_P(OpenLog, ReadsAFile) {
  const auto outcome = drain(open_log(file("build.log", GetParam().bytes())));

  EXPECT_EQ(outcome.text, GetParam().expected());
  EXPECT_FALSE(outcome.failed) << describe(outcome.error);
}

TEST_P(OpenLog, ReadsAPipeThatGivesOneByteAtATime) {
  const std::string bytes = GetParam().bytes();
  Pipe pipe;
  const auto head = bytes.substr(0, 4000);  // byte by byte; the rest at once
  std::jthread writer([&] {
    for (const char byte : head) write_all(pipe.write.get(), {&byte, 1});
    write_all(pipe.write.get(), std::string_view(bytes).substr(head.size()));
    pipe.write.close();
  });

  const auto outcome = drain(open_log_fd(pipe.read.get(), "a pipe"));

  EXPECT_EQ(outcome.text, GetParam().expected());
  EXPECT_FALSE(outcome.failed) << describe(outcome.error);
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, OpenLog,
    testing::Values(
        Readable{"nothing", [] { return ""; }, [] { return ""; }},
        Readable{"one_byte_that_could_be_gzip", [] { return "\x1f"; }, [] { return "\x1f"; }},
        Readable{"text_that_starts_as_a_zip_does", [] { return "PK"; }, [] { return "PK"; }},
        Readable{"plain_text", [] { return "a\nb\n"; }, [] { return "a\nb\n"; }},
        Readable{"any_bytes", [] { return std::string("\0\xff\x1f\x8b\n\r", 6); },
                 [] { return std::string("\0\xff\x1f\x8b\n\r", 6); }},
        Readable{"much_plain_text", [] { return long_text(); }, [] { return long_text(); }},
        Readable{"gzip", [] { return gzip("a\nb\n"); }, [] { return "a\nb\n"; }},
        Readable{"gzip_of_nothing", [] { return gzip(""); }, [] { return ""; }},
        Readable{"much_gzip", [] { return gzip(long_text()); }, [] { return long_text(); }},
        Readable{"two_gzip_members", [] { return gzip("one\n") + gzip("two\n"); }, [] { return "one\ntwo\n"; }},
        Readable{"gzip_padded_with_zeros", [] { return gzip("one\n") + std::string(512, '\0'); },
                 [] { return "one\n"; }},
        Readable{"gzip_and_other_bytes", [] { return gzip("one\n") + "trailing"; }, [] { return "one\n"; }},
        Readable{"gzip_and_half_a_magic", [] { return gzip("one\n") + "\x1f"; }, [] { return "one\n"; }},
        Readable{"zstd", [] { return zstd("a\nb\n"); }, [] { return "a\nb\n"; }},
        Readable{"zstd_of_nothing", [] { return zstd(""); }, [] { return ""; }},
        Readable{"much_zstd", [] { return zstd(long_text()); }, [] { return long_text(); }},
        Readable{"two_zstd_frames", [] { return zstd("one\n") + zstd("two\n"); }, [] { return "one\ntwo\n"; }},
        Readable{"zstd_after_a_skippable_frame",
                 [] { return std::string("\x50\x2a\x4d\x18\x02\0\0\0xx", 10) + zstd("one\n"); },
                 [] { return "one\n"; }},
        Readable{"zstd_that_fills_the_output_exactly", [] { return zstd(std::string(256 * 1024, 'x')); },
                 [] { return std::string(256 * 1024, 'x'); }},
        Readable{"gzip_that_fills_the_output_exactly", [] { return gzip(std::string(256 * 1024, 'x')); },
                 [] { return std::string(256 * 1024, 'x'); }}),
    [](const auto& info) { return info.param.name; });

struct Broken {
  std::string name;
  Bytes bytes, before;
  std::string what;
};

class OpenBrokenLog : public InAFolder, public testing::WithParamInterface<Broken> {};

TEST_P(OpenBrokenLog, GivesWhatCouldBeReadThenTheError) {
  const auto outcome = drain(open_log(file("build.log", GetParam().bytes())));

  EXPECT_THAT(outcome.text, StartsWith(GetParam().before()));
  ASSERT_TRUE(outcome.failed);
  EXPECT_EQ(outcome.error.kind, ErrorKind::unreadable);
  EXPECT_THAT(outcome.error.what, HasSubstr(GetParam().what));
  EXPECT_THAT(outcome.error.what, HasSubstr("build.log'"));
  EXPECT_FALSE(outcome.error.fix.empty());
}

std::string cut(std::string bytes, std::size_t from_end) { return bytes.substr(0, bytes.size() - from_end); }

std::string flip(std::string bytes, std::size_t from_end) {
  bytes[bytes.size() - from_end] = static_cast<char>(~bytes[bytes.size() - from_end]);
  return bytes;
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, OpenBrokenLog,
    testing::Values(
        Broken{"gzip_cut_in_its_header", [] { return cut(gzip("a\n"), 15); }, [] { return ""; },
               "ends in the middle of its gzip data"},
        Broken{"gzip_cut_in_its_checksum", [] { return cut(gzip("a\n"), 3); }, [] { return "a\n"; },
               "ends in the middle of its gzip data"},
        Broken{"much_gzip_cut", [] { return cut(gzip(long_text()), 100); },
               [] { return long_text().substr(0, 2'900'000); }, "ends in the middle"},
        Broken{"gzip_with_a_wrong_checksum", [] { return flip(gzip("a\n"), 6); }, [] { return "a\n"; }, "damaged"},
        Broken{"damaged_second_gzip_member", [] { return gzip("one\n") + flip(gzip("two\n"), 6); },
               [] { return "one\ntwo\n"; }, "damaged"},
        Broken{"second_gzip_member_cut", [] { return gzip("one\n") + cut(gzip("two\n"), 9); }, [] { return "one\n"; },
               "ends in the middle"},
        Broken{"zstd_cut", [] { return cut(zstd("a\n"), 3); }, [] { return "a\n"; },
               "ends in the middle of its zstd data"},
        Broken{"zstd_with_a_wrong_checksum", [] { return flip(zstd("a\n"), 1); }, [] { return ""; }, "damaged"},
        Broken{"zstd_and_other_bytes", [] { return zstd("one\n") + "trailing"; }, [] { return "one\n"; }, "damaged"},
        Broken{"zstd_with_a_window_of_256_mib", [] { return zstd(long_text(), 28); }, [] { return ""; },
               "more than 128 MiB"},
        Broken{"xz", [] { return std::string("\xfd\x37zXZ\0\0\0", 8); }, [] { return ""; }, "archive"},
        Broken{"zip",
               [] {
                 return "PK\x03\x04"
                        "abc";
               },
               [] { return ""; }, "archive"},
        Broken{"bzip2", [] { return "BZh91AY&SYabc"; }, [] { return ""; }, "archive"}),
    [](const auto& info) { return info.param.name; });

TEST_F(InAFolder, ABrokenLogsErrorNamesTheOffset) {
  const auto packed = cut(gzip("a\n"), 3);

  const auto outcome = drain(open_log(file("build.log", packed)));

  EXPECT_EQ(outcome.error.where, "byte " + std::to_string(packed.size()) + " of the gzip data");
}

TEST_F(InAFolder, AMissingFilesErrorNamesTheNearestOne) {
  const auto wanted = file("build.log", "");

  const auto outcome = drain(open_log(folder_ / "biuld.log"));

  EXPECT_EQ(outcome.error.kind, ErrorKind::target_not_found);
  EXPECT_EQ(outcome.error.what, "there is no file '" + (folder_ / "biuld.log").string() + "'");
  EXPECT_EQ(outcome.error.fix, "did you mean '" + wanted + "'?");
}

TEST_F(InAFolder, AMissingFileInAMissingFolderIsNotFound) {
  EXPECT_EQ(drain(open_log(folder_ / "none" / "build.log")).error.kind, ErrorKind::target_not_found);
}

TEST_F(InAFolder, AFolderIsUnreadable) {
  const auto outcome = drain(open_log(folder_));

  EXPECT_EQ(outcome.error.kind, ErrorKind::unreadable);
  EXPECT_THAT(outcome.error.what, HasSubstr("is a folder"));
}

TEST_F(InAFolder, AFileWithoutRightsIsUnreadable) {
  const auto path = file("build.log", "a\n");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  constexpr uid_t nobody = 65534;
  const uid_t user = ::geteuid();
  if (user == 0) ASSERT_EQ(::seteuid(nobody), 0);  // root may read everything

  const auto outcome = drain(open_log(path));

  ASSERT_EQ(::seteuid(user), 0);
  EXPECT_EQ(outcome.error.kind, ErrorKind::unreadable);
  EXPECT_EQ(outcome.error.where, "open: Permission denied");
}

TEST_F(InAFolder, AFileThatGrowsIsReadToItsEndAtThatTime) {
  const auto path = file("build.log", "one\n");
  auto stream = open_log(path);
  ASSERT_TRUE(stream);
  EXPECT_EQ(*(*stream)->read(), "one\n");

  EXPECT_EQ(*(*stream)->read(), "");
  std::ofstream(path, std::ios::app) << "two\n";

  EXPECT_EQ(*(*stream)->read(), "");
}

TEST_F(InAFolder, AFifoIsReadOnceItsWriterCame) {
  const auto path = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::jthread writer([&] { std::ofstream(path) << "late\n"; });

  EXPECT_EQ(drain(open_log(path)).text, "late\n");
}

TEST_F(InAFolder, AStopEndsTheWaitForAFifosWriter) {
  const auto path = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::stop_source stop;
  auto outcome = std::async(std::launch::async, [&] { return drain(open_log(path, stop.get_token())); });

  stop.request_stop();

  EXPECT_EQ(outcome.get().error.kind, ErrorKind::interrupted);
}

TEST(OpenLogFd, ReadsFilesOfProc) { EXPECT_THAT(drain(open_log("/proc/self/status")).text, HasSubstr("Name:")); }

TEST(OpenLogFd, LeavesTheDescriptorToTheCaller) {
  Pipe pipe;
  pipe.write.close();

  EXPECT_EQ(drain(open_log_fd(pipe.read.get(), "a pipe")).text, "");

  EXPECT_GE(::fcntl(pipe.read.get(), F_GETFD), 0);
}

TEST(OpenLogFd, AClosedDescriptorIsUnreadable) {
  EXPECT_EQ(drain(open_log_fd(-1, "standard input")).error.kind, ErrorKind::unreadable);
}

TEST(OpenLogFd, TheFirstLineOfAPipeIsNotHeldBack) {
  Pipe pipe;
  write_all(pipe.write.get(), "a");

  auto stream = open_log_fd(pipe.read.get(), "a pipe");

  ASSERT_TRUE(stream);
  EXPECT_EQ(*(*stream)->read(), "a");
}

}  // namespace
}  // namespace agent
