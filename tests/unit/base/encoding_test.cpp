#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace agent {
namespace {

using namespace std::string_literals;

struct Base64Case {
  std::string name, bytes, text, url_text;
};

class Base64 : public testing::TestWithParam<Base64Case> {};

TEST_P(Base64, IsWrittenAsRfc4648Says) {
  EXPECT_EQ(base64(GetParam().bytes), GetParam().text);
  EXPECT_EQ(base64_url(GetParam().bytes), GetParam().url_text);
}

TEST_P(Base64, IsReadInEachForm) {
  EXPECT_EQ(decode_base64(GetParam().text), GetParam().bytes);
  EXPECT_EQ(decode_base64_url(GetParam().text), GetParam().bytes);
  EXPECT_EQ(decode_base64_url(GetParam().url_text), GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(Bytes, Base64,
                         testing::Values(Base64Case{"nothing", "", "", ""}, Base64Case{"one_byte", "f", "Zg==", "Zg"},
                                         Base64Case{"two_bytes", "fo", "Zm8=", "Zm8"},
                                         Base64Case{"three_bytes", "foo", "Zm9v", "Zm9v"},
                                         Base64Case{"six_bytes", "foobar", "Zm9vYmFy", "Zm9vYmFy"},
                                         Base64Case{"last_digits", "\xfb\xef\xff\xff", "++///w==", "--___w"},
                                         Base64Case{"zeros", "\0\0\0\0"s, "AAAAAA==", "AAAAAA"}),
                         [](const auto& info) { return info.param.name; });

TEST(Base64, SkipsBlanksAsKubectlDoes) { EXPECT_EQ(decode_base64(" Zm9v\r\n\tYmFy\n"), "foobar"); }

struct WrongCase {
  std::string name, text;
};

class WrongBase64 : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongBase64, IsRefused) { EXPECT_EQ(decode_base64(GetParam().text), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Texts, WrongBase64,
                         testing::Values(WrongCase{"other_character", "Zm9!"}, WrongCase{"no_padding", "Zg"},
                                         WrongCase{"padding_too_long", "Zg===="},
                                         WrongCase{"padding_inside", "Zg==Zg=="},
                                         WrongCase{"one_digit_too_many", "Zm9vY"}, WrongCase{"url_alphabet", "--__"}),
                         [](const auto& info) { return info.param.name; });

TEST(Base64Url, RefusesWhatIsNone) {
  EXPECT_EQ(decode_base64_url("Zm9vY"), std::nullopt);
  EXPECT_EQ(decode_base64_url("Zm9v YmFy"), std::nullopt);
  EXPECT_EQ(decode_base64_url("Zm=9"), std::nullopt);
}

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?d=e%\xc3\xa9"), "a%20b%2Fc%3Fd%3De%25%C3%A9");
}

TEST(PercentDecode, KeepsWhatIsNoEscape) {
  EXPECT_EQ(percent_decode("a%20b%2fc%C3%A9+"), "a b/c\xc3\xa9+");
  EXPECT_EQ(percent_decode("100%, %4, %zz, %"), "100%, %4, %zz, %");
}

}  // namespace
}  // namespace agent
