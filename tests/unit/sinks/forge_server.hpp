#pragma once

#include "sinks/forge_http.hpp"
#include "support/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace agent::sinks {

/// What a forge answers in a test.
struct Reply {
  int status = 200;
  std::string body = {};
  test::Headers headers = {};
  enum class Fault { none, cut_before, cut_within } fault = Fault::none;
};

/// A forge on loopback that answers as it is told, by "METHOD /path?query".
class ForgeServer {
 public:
  using Answers = std::function<Reply(const std::string& asked, const test::SeenRequest& request)>;

  explicit ForgeServer(Answers answers)
      : server_([answers = std::move(answers)](const test::SeenRequest& request, test::Talk& talk) {
          const Reply reply = answers(request.method + " " + request.target, request);
          if (reply.fault == Reply::Fault::cut_before) return talk.cut();
          if (reply.fault == Reply::Fault::none) return talk.answer(reply.status, reply.body, reply.headers);
          talk.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + reply.body);
          talk.cut();
        }) {}

  [[nodiscard]] ForgeAccess access(const std::string& token = "sesame-0123456789") const {
    ForgeAccess access{.api_url = server_.url(""), .token = token, .owner = "o", .repository = "r"};
    access.token_setting = "THE_TOKEN";
    access.http.first_retry_wait = std::chrono::milliseconds(1);
    access.timeout = std::chrono::milliseconds(5000);
    return access;
  }

  /// "POST /repos/o/r/issues", in the order they came.
  [[nodiscard]] std::vector<std::string> asked() const {
    std::vector<std::string> all;
    for (const auto& request : server_.seen()) all.push_back(request.method + " " + request.target);
    return all;
  }
  [[nodiscard]] std::vector<test::SeenRequest> seen() const { return server_.seen(); }
  [[nodiscard]] std::string url() const { return server_.url(""); }

 private:
  test::HttpServer server_;
};

/// An issue as both APIs tell of it.
inline std::string issue_json(int number, const std::string& labels = "", const std::string& more = "") {
  const std::string n = std::to_string(number);
  return R"({"number":)" + n + R"(,"html_url":"https://forge/o/r/issues/)" + n +
         R"(","title":"t","body":"b","state":"open","user":{"login":"bot"},"labels":[)" + labels + "]" + more + "}";
}

inline std::string label_json(int id, const std::string& name) {
  return R"({"id":)" + std::to_string(id) + R"(,"name":")" + name + R"("})";
}

/// One failure that an answer is: of listing issues, or of making one.
struct Refused {
  std::string name;
  Reply reply;
  ErrorKind kind;
  std::string what, fix = "";
  std::size_t requests = 1;  ///< At least that many, when a wait or a repetition is expected.
};

inline void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

inline void expect_refused(const Refused& row, const Error& error) {
  EXPECT_EQ(traits(error.kind).name, traits(row.kind).name);
  EXPECT_THAT(error.what, testing::HasSubstr(row.what));
  EXPECT_THAT(error.fix, testing::HasSubstr(row.fix));
  EXPECT_THAT(describe(error), testing::Not(testing::HasSubstr("sesame")));
  EXPECT_LT(error.what.size(), 600U);
}

}  // namespace agent::sinks
