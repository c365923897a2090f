#include "base/read_ahead.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace agent {
namespace {

constexpr std::size_t worth_a_thread = 1U << 20;  // Bytes; starting one costs about 0.1 ms.
constexpr std::size_t piece_bytes = 512U << 10;   // Handed over at once: two of them are in flight.

class ReadAhead final : public ByteStream {
 public:
  explicit ReadAhead(std::unique_ptr<ByteStream> inner) : inner_(std::move(inner)) {}

  ~ReadAhead() override {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      given_up_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  Result<std::string_view> read() override {
    if (bytes_ < worth_a_thread) return read_here();
    if (!thread_.joinable()) thread_ = std::thread([this] { fill(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || end_.has_value(); });
    if (ready_.empty()) return *end_;
    taken_ = std::exchange(ready_, {});
    lock.unlock();
    changed_.notify_all();
    return std::string_view(taken_);
  }

 private:
  Result<std::string_view> read_here() {
    Result<std::string_view> piece = inner_->read();
    if (piece) bytes_ += piece->size();
    return piece;
  }

  /// The thread: pieces until the inner stream's end, its error, or until nobody wants them.
  void fill() {
    while (true) {
      std::string piece;
      std::optional<Result<std::string_view>> end;
      while (piece.size() < piece_bytes && !end) {
        const Result<std::string_view> some = inner_->read();
        if (!some || some->empty())
          end = some;
        else
          piece += *some;
      }
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ready_.empty() || given_up_; });
      if (given_up_) return;
      ready_ = std::move(piece);
      end_ = end;
      lock.unlock();
      changed_.notify_all();
      if (end) return;
    }
  }

  std::unique_ptr<ByteStream> inner_;
  std::size_t bytes_ = 0;
  std::string taken_;  // What the caller looks at.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string ready_;                            // Guarded, as are the next two.
  std::optional<Result<std::string_view>> end_;  // Behind what is ready.
  bool given_up_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<ByteStream> read_ahead(std::unique_ptr<ByteStream> inner) {
  return std::make_unique<ReadAhead>(std::move(inner));
}

}  // namespace agent
