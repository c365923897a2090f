#include "sinks/proof.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::sinks {
namespace {

Excerpt lines_from(std::size_t first, std::size_t count, std::string why = "error") {
  Excerpt excerpt{"", first, first + count - 1, 0, std::move(why)};
  for (std::size_t i = 0; i < count; ++i)
    excerpt.text += (i > 0 ? "\n" : "") + std::string("line ") + std::to_string(first + i);
  return excerpt;
}

Finding citing(std::initializer_list<std::size_t> lines) {
  Finding finding;
  for (const std::size_t line : lines) finding.evidence.push_back({"log/a", line, "", "quote " + std::to_string(line)});
  return finding;
}

/// "7 8> 9" for lines 7 to 9 of which 8 is cited.
std::string numbers(const Proof& proof) {
  std::string text;
  for (const ProofBlock& block : proof.blocks)
    for (const ProofLine& line : block.lines)
      text += (text.empty() ? "" : " ") + std::to_string(line.number) + (line.key ? ">" : "");
  return text;
}

TEST(ProofOf, ShowsThreeLinesAround) {
  EXPECT_EQ(numbers(proof_of(citing({20}), {{"log/a", 99, 0, {lines_from(10, 30)}}}, 15)), "17 18 19 20> 21 22 23");
}

TEST(ProofOf, StaysInsideTheExcerpt) {
  EXPECT_EQ(numbers(proof_of(citing({10}), {{"log/a", 99, 0, {lines_from(10, 2)}}}, 15)), "10> 11");
}

TEST(ProofOf, GivesContextUpBeforeCitations) {
  EXPECT_EQ(numbers(proof_of(citing({12, 20, 30}), {{"log/a", 99, 0, {lines_from(10, 30)}}}, 9)),
            "11 12> 13 19 20> 21 29 30> 31");
}

TEST(ProofOf, SaysHowManyCitationsItLeftOut) {
  const Proof proof = proof_of(citing({12, 20, 30}), {{"log/a", 99, 0, {lines_from(10, 30)}}}, 2);

  EXPECT_EQ(numbers(proof), "12> 20>");
  EXPECT_EQ(proof.left_out, 1U);
}

TEST(ProofOf, QuotesWhatIsNotInTheEvidence) {
  const Proof proof = proof_of(citing({5}), {}, 15);

  ASSERT_EQ(numbers(proof), "5>");
  EXPECT_EQ(proof.blocks[0].lines[0].text, "quote 5");
}

TEST(ProofOf, DropsBlankContextAtTheEdge) {
  const Excerpt excerpt{"\na\n\nb\n", 1, 5, 0, "error"};

  EXPECT_EQ(numbers(proof_of(citing({2}), {{"log/a", 5, 0, {excerpt}}}, 15)), "2> 3 4");
}

TEST(ProofOf, CountsWhatWasFolded) {
  Excerpt excerpt = lines_from(1, 3);
  excerpt.folded = 12;

  EXPECT_EQ(proof_of(citing({1, 3}), {{"log/a", 15, 0, {excerpt}}}, 15).blocks.at(0).folded, 12U);
}

TEST(LikeliestExcerpt, IsTheLastOneKeptForAnError) {
  EXPECT_EQ(numbers(likeliest_excerpt(
                {{"log/a", 99, 0, {lines_from(1, 2), lines_from(10, 2), lines_from(90, 9, "tail")}}}, 15)),
            "10 11");
}

TEST(LikeliestExcerpt, IsTheEndOfALogWithoutSigns) {
  EXPECT_EQ(numbers(likeliest_excerpt({{"log/a", 99, 0, {lines_from(1, 9, "head"), lines_from(90, 9, "tail")}}}, 3)),
            "96 97 98");
}

TEST(LikeliestExcerpt, OfNothingIsNothing) { EXPECT_TRUE(likeliest_excerpt({}, 15).blocks.empty()); }

}  // namespace
}  // namespace agent::sinks
