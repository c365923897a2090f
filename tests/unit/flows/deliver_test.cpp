#include "flows/deliver.hpp"

#include "store/sqlite_store.hpp"
#include "support/still_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>
#include <utility>

namespace agent::flows {
namespace {

using sinks::Delivery;
using sinks::Parcel;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// What a place took, and how it fares next.
struct Board {
  std::vector<std::string> parcels, issue_urls;
  std::optional<Error> refusal;
  bool perhaps = false;
};

class BoardSink : public sinks::Tracker {
 public:
  BoardSink(Board& board, bool knows) : board_(board), knows_(knows) {}
  std::string name() const override { return "board"; }
  bool knows_parcels() const override { return knows_; }
  bool perhaps_delivered() const override { return board_.perhaps; }
  Result<Delivery> deliver(const Parcel& parcel, const std::stop_token&) override {
    if (board_.refusal) return std::unexpected(*board_.refusal);
    board_.parcels.push_back(parcel.id);
    board_.issue_urls.push_back(parcel.issue_url);
    return Delivery{"Issue created: https://forge/1", "https://forge/1"};
  }
  Result<std::optional<sinks::TrackedIssue>> find(const std::string&, const std::stop_token&) override {
    return std::nullopt;
  }

 private:
  Board& board_;
  bool knows_;
};

Destination tracker(const std::string& key, Board& board) {
  auto sink = std::make_unique<BoardSink>(board, true);
  Destination place{.key = key};
  place.tracker = sink.get();
  place.sink = std::move(sink);
  return place;
}

Destination chat(const std::string& key, Board& board) {
  return {.key = key, .sink = std::make_unique<BoardSink>(board, false)};
}

template <class... Places>
std::vector<Destination> all_of(Places... places) {
  std::vector<Destination> all;
  (all.push_back(std::move(places)), ...);
  return all;
}

Error refusal(ErrorKind kind) { return {kind, "no luck", "POST https://forge", "try later"}; }

Parcel parcel(const std::string& id = "00aa") {
  return {.report = {.target = "log a", .fingerprint = "00112233445566ff"}, .id = id};
}

class Deliver : public testing::Test {
 protected:
  test::StillClock clock_;
  std::unique_ptr<store::Store> store_ = store::open_sqlite_store(":memory:", clock_).value();
  Outbox outbox_{store_.get(), {}};

  Deliveries send(const std::vector<Destination>& places, const Parcel& what = parcel()) {
    return deliver(what, places, outbox_, clock_.now(), {});
  }

  Result<Resent> again(std::map<std::string, Board*> boards, bool perhaps = false) {
    const Resend resend{.open =
                            [boards](const std::string& key) {
                              return key == "chat" ? chat(key, *boards.at(key)) : tracker(key, *boards.at(key));
                            },
                        .perhaps_delivered = perhaps};
    return deliver_again(*store_, resend, {});
  }
};

TEST_F(Deliver, TellsTheOthersWhereTheFailureIsFiled) {
  Board forge, talk;

  const Deliveries sent = send(all_of(tracker("forge", forge), chat("chat", talk)));

  EXPECT_THAT(sent.done, SizeIs(2));
  EXPECT_EQ(sent.issue_url, "https://forge/1");
  EXPECT_THAT(talk.issue_urls, ElementsAre("https://forge/1"));
  EXPECT_EQ(store_->seen("00112233445566ff").value()->issue_url, "https://forge/1");
  EXPECT_THAT(store_->waiting().value(), IsEmpty());
}

TEST_F(Deliver, KeepsWhatAPlaceDoesNotTakeAndGoesOn) {
  Board forge{.refusal = refusal(ErrorKind::unreachable)}, talk;

  const Deliveries sent = send(all_of(tracker("forge", forge), chat("chat", talk)));

  ASSERT_THAT(sent.undelivered, SizeIs(1));
  EXPECT_EQ(sent.undelivered[0].key, "forge");
  EXPECT_EQ(sent.undelivered[0].kept, Undelivered::Kept::in_outbox);
  EXPECT_EQ(sent.undelivered[0].error.what, "no luck");
  EXPECT_THAT(talk.parcels, ElementsAre("00aa"));
  const auto waiting = store_->waiting().value();
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].sink, "forge");
  EXPECT_EQ(waiting[0].parcel, "00aa");
  EXPECT_EQ(waiting[0].why, "no luck");
  EXPECT_THAT(waiting[0].report.json, HasSubstr("00112233445566ff"));
}

TEST_F(Deliver, KeepsWhatAPlaceThatCanNotBeOpenedShouldGet) {
  Destination closed{.key = "forge", .unavailable = Error{ErrorKind::unauthorised, "no token", {}, {}}};

  const Deliveries sent = send(all_of(std::move(closed)));

  EXPECT_EQ(sent.undelivered.at(0).error.what, "no token");
  EXPECT_THAT(store_->waiting().value(), SizeIs(1));
}

TEST_F(Deliver, UsesTheSpareOutboxWhereTheFirstIsFull) {
  const auto full = store::open_sqlite_store("/proc/no/such/store.db", clock_).value();
  outbox_ = {full.get(), [this] { return store_.get(); }};
  Board forge{.refusal = refusal(ErrorKind::unreachable)};

  const Deliveries sent = send(all_of(tracker("forge", forge)));

  EXPECT_EQ(sent.undelivered.at(0).kept, Undelivered::Kept::in_spare);
  EXPECT_THAT(store_->waiting().value(), SizeIs(1));
}

TEST_F(Deliver, SaysWhenNothingKeepsIt) {
  outbox_ = {nullptr, {}};
  Board forge{.refusal = refusal(ErrorKind::unreachable)};

  const Deliveries sent = send(all_of(tracker("forge", forge)));

  EXPECT_EQ(sent.undelivered.at(0).kept, Undelivered::Kept::nowhere);
  EXPECT_EQ(sent.undelivered.at(0).not_kept_because, "there is no store");
}

TEST_F(Deliver, SendsWhatWaitsOnceWithTheSameId) {
  Board forge{.refusal = refusal(ErrorKind::unreachable)};
  (void)send(all_of(tracker("forge", forge)));
  forge.refusal.reset();

  const auto first = again({{"forge", &forge}});
  const auto second = again({{"forge", &forge}});

  EXPECT_THAT(first->done, SizeIs(1));
  EXPECT_THAT(second->done, IsEmpty());
  EXPECT_THAT(forge.parcels, ElementsAre("00aa"));
  EXPECT_EQ(store_->seen("00112233445566ff").value()->issue_url, "https://forge/1");
}

TEST_F(Deliver, TellsWhereTheIssueIsToWhatWaitedWithIt) {
  Board forge{.refusal = refusal(ErrorKind::unreachable)}, talk{.refusal = refusal(ErrorKind::unreachable)};
  (void)send(all_of(tracker("forge", forge), chat("chat", talk)));
  forge.refusal.reset();
  talk.refusal.reset();

  ASSERT_TRUE(again({{"forge", &forge}, {"chat", &talk}}));

  EXPECT_THAT(talk.issue_urls, ElementsAre("https://forge/1"));
}

TEST_F(Deliver, WaitsOnWhileThePlaceIsDown) {
  Board forge{.refusal = refusal(ErrorKind::unreachable)};
  for (const char* id : {"01", "02", "03"}) (void)send(all_of(tracker("forge", forge)), parcel(id));

  const auto sent = again({{"forge", &forge}});

  EXPECT_THAT(sent->undelivered, SizeIs(1));
  EXPECT_EQ(sent->not_tried, 2U);
  EXPECT_THAT(store_->waiting().value(), SizeIs(3));
  EXPECT_EQ(store_->waiting().value()[2].tries, 2);
}

TEST_F(Deliver, TriesTheNextOneWhereOneIsRefused) {
  Board forge{.refusal = refusal(ErrorKind::delivery_failed)};
  for (const char* id : {"01", "02", "03", "04"}) (void)send(all_of(tracker("forge", forge)), parcel(id));

  const auto sent = again({{"forge", &forge}});

  EXPECT_THAT(sent->undelivered, SizeIs(3));
  EXPECT_THAT(store_->waiting().value(), SizeIs(4));
}

TEST_F(Deliver, TriesTheNextOneWhereOneCanNotBeRead) {
  ASSERT_TRUE(store_->queue({.sink = "forge", .report = {.json = "no report"}, .parcel = "01"}));
  Board forge{.refusal = refusal(ErrorKind::unreachable)};
  (void)send(all_of(tracker("forge", forge)), parcel("02"));
  forge.refusal.reset();

  const auto sent = again({{"forge", &forge}});

  EXPECT_THAT(sent->undelivered, SizeIs(1));
  EXPECT_THAT(forge.parcels, ElementsAre("02"));
}

TEST_F(Deliver, LeavesWhatOthersSend) {
  Board forge{.refusal = refusal(ErrorKind::unreachable)};
  (void)send(all_of(tracker("forge", forge)));
  ASSERT_TRUE(store_->claim(1).value());
  forge.refusal.reset();

  const auto sent = again({{"forge", &forge}});

  EXPECT_EQ(sent->claimed, 1U);
  EXPECT_THAT(forge.parcels, IsEmpty());
}

TEST_F(Deliver, SendsWhatPerhapsCameAgainOnlyWhenAsked) {
  Board talk{.refusal = refusal(ErrorKind::unreachable), .perhaps = true};
  EXPECT_TRUE(send(all_of(chat("chat", talk))).undelivered.at(0).perhaps_delivered);
  talk = {};

  const auto unasked = again({{"chat", &talk}});
  EXPECT_THAT(talk.parcels, IsEmpty());
  ASSERT_THAT(unasked->undelivered, SizeIs(1));
  EXPECT_THAT(unasked->undelivered[0].error.what, HasSubstr("perhaps delivered"));

  const auto asked = again({{"chat", &talk}}, true);
  EXPECT_THAT(asked->done, SizeIs(1));
  EXPECT_THAT(talk.parcels, ElementsAre("00aa"));
}

TEST_F(Deliver, SendsWhatPerhapsCameAgainToAPlaceThatKnowsIt) {
  Board forge{.refusal = refusal(ErrorKind::unreachable), .perhaps = true};
  (void)send(all_of(tracker("forge", forge)));
  forge = {};

  EXPECT_THAT(again({{"forge", &forge}})->done, SizeIs(1));
}

TEST_F(Deliver, StopsWhenAsked) {
  Board forge{.refusal = refusal(ErrorKind::unreachable)};
  (void)send(all_of(tracker("forge", forge)));
  forge.refusal.reset();
  std::stop_source stop;
  stop.request_stop();

  const auto sent =
      deliver_again(*store_, {.open = [&](const std::string& key) { return tracker(key, forge); }}, stop.get_token());

  EXPECT_THAT(sent->done, IsEmpty());
  EXPECT_THAT(store_->waiting().value(), SizeIs(1));
}

TEST(NewParcelId, IsAnotherEachTime) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(new_parcel_id());

  EXPECT_THAT(ids, SizeIs(1000));
  EXPECT_THAT(ids, testing::Each(SizeIs(16)));
}

}  // namespace
}  // namespace agent::flows
