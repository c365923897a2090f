#include "base/read_ahead.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace agent {
namespace {

/// Gives `pieces` pieces of `size` bytes, each of another letter, then the end or an error.
class Pieces final : public ByteStream {
 public:
  Pieces(std::size_t pieces, std::size_t size, bool fails) : left_(pieces), size_(size), fails_(fails) {}

  Result<std::string_view> read() override {
    if (left_ == 0 && fails_) return fail(ErrorKind::unreadable, "damaged");
    if (left_ == 0) return std::string_view();
    piece_.assign(size_, static_cast<char>('a' + left_-- % 26));
    return std::string_view(piece_);
  }

 private:
  std::size_t left_, size_;
  bool fails_;
  std::string piece_;
};

std::pair<std::string, Result<std::string_view>> all_of(ByteStream& stream) {
  std::string text;
  while (true) {
    Result<std::string_view> piece = stream.read();
    if (!piece || piece->empty()) return {std::move(text), std::move(piece)};
    text += *piece;
  }
}

TEST(ReadAhead, GivesTheSameBytesInTheSameOrder) {
  for (const std::size_t pieces : {0U, 1U, 40U, 500U}) {
    Pieces plain(pieces, 40'000, false);
    const auto ahead = read_ahead(std::make_unique<Pieces>(pieces, 40'000, false));

    EXPECT_EQ(all_of(*ahead).first, all_of(plain).first) << pieces;
    EXPECT_TRUE(ahead->read()->empty()) << "the end stays";
  }
}

TEST(ReadAhead, GivesWhatWasReadBeforeAnErrorThenTheError) {
  for (const std::size_t pieces : {3U, 300U}) {
    const auto ahead = read_ahead(std::make_unique<Pieces>(pieces, 40'000, true));

    const auto [text, end] = all_of(*ahead);

    EXPECT_EQ(text.size(), pieces * 40'000);
    ASSERT_FALSE(end.has_value());
    EXPECT_EQ(end.error().what, "damaged");
    EXPECT_FALSE(ahead->read().has_value()) << "the error stays";
  }
}

TEST(ReadAhead, CanBeGivenUpInTheMiddle) {
  const auto ahead = read_ahead(std::make_unique<Pieces>(100'000, 40'000, false));
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(ahead->read().has_value());
}

}  // namespace
}  // namespace agent
