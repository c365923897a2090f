#include "sinks/code_place.hpp"

#include <gtest/gtest.h>

namespace agent::sinks {
namespace {

std::string spoken(const std::optional<CodePlace>& place) {
  if (!place) return "";
  std::string text = place->path;
  if (place->line > 0) text += ":" + std::to_string(place->line);
  if (place->column > 0) text += ":" + std::to_string(place->column);
  return text;
}

struct PlaceCase {
  std::string name;
  std::vector<std::string> lines;  // The headline, then what is cited.
  std::string expected;            // "": none
};
void PrintTo(const PlaceCase& row, std::ostream* out) { *out << row.name; }

class CodePlaceOf : public testing::TestWithParam<PlaceCase> {};

TEST_P(CodePlaceOf, IsWhatTheLinesName) {
  Finding finding{.headline = GetParam().lines.front()};
  for (std::size_t i = 1; i < GetParam().lines.size(); ++i)
    finding.evidence.push_back({"log/a", i, "", GetParam().lines[i]});

  EXPECT_EQ(spoken(code_place(finding, "/home/runner/work/shop/shop")), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Compilers, CodePlaceOf,
    testing::Values(
        PlaceCase{"gcc", {"src/a.cpp:12:5: error: 'x' was not declared in this scope"}, "src/a.cpp:12:5"},
        PlaceCase{"gcc_linker", {"/usr/bin/ld: src/a.cpp:12: undefined reference to 'f()'"}, "src/a.cpp:12"},
        PlaceCase{"rustc",
                  {"E0425: cannot find value `x`", "error[E0425]: cannot find", "  --> src/main.rs:4:5"},
                  "src/main.rs:4:5"},
        PlaceCase{"rust_panic", {"thread 'main' panicked at src/lib.rs:7:9:"}, "src/lib.rs:7:9"},
        PlaceCase{"go", {"./cmd/main.go:3:2: undefined: x"}, "cmd/main.go:3:2"},
        PlaceCase{"go_vet", {"vet: pkg/a.go:10:2: x declared and not used"}, "pkg/a.go:10:2"},
        PlaceCase{"javac", {"src/main/java/Foo.java:12: error: ';' expected"}, "src/main/java/Foo.java:12"},
        PlaceCase{"maven",
                  {"[ERROR] /home/runner/work/shop/shop/src/main/java/Foo.java:[12,5] cannot find symbol"},
                  "src/main/java/Foo.java:12:5"},
        PlaceCase{"tsc", {"src/a.ts(3,5): error TS2322: Type 'x'"}, "src/a.ts:3:5"},
        PlaceCase{
            "msbuild", {"Shop\\Cart.cs(12,5): error CS1002: ; expected [D:\\a\\Shop.csproj]"}, "Shop/Cart.cs:12:5"},
        PlaceCase{
            "eslint_unix", {"src/a.js:1:10: 'x' is defined but never used [Error/no-unused-vars]"}, "src/a.js:1:10"},
        PlaceCase{"make", {"Makefile:12: *** missing separator.  Stop."}, "Makefile:12"},
        PlaceCase{"cmake", {"CMake Error at CMakeLists.txt:7 (find_package):"}, "CMakeLists.txt:7"},
        PlaceCase{"swift", {"Sources/App/a.swift:4:1: error: x"}, "Sources/App/a.swift:4:1"},
        PlaceCase{"bash", {"./scripts/build.sh: line 12: foo: command not found"}, "scripts/build.sh:12"},
        PlaceCase{"php", {"PHP Parse error: syntax error in src/a.php on line 12"}, "src/a.php:12"},
        PlaceCase{"perl", {"syntax error at lib/a.pm line 12, near \"x\""}, "lib/a.pm:12"},
        PlaceCase{"dotnet_frame", {"   at Shop.Cart.Add() in src/Cart.cs:line 12"}, "src/Cart.cs:12"},
        PlaceCase{
            "kotlin", {"e: file:///home/runner/work/shop/shop/src/a.kt:3:5 Unresolved reference"}, "src/a.kt:3:5"},
        PlaceCase{"header_of_the_system_first",
                  {"In file included from /usr/include/stdio.h:27,", "                 from src/b.c:1:"},
                  "src/b.c:1"},
        PlaceCase{
            "column_of_the_cited_line", {"src/a.c:1: error", "src/b.c:1:9: x", "src/a.c:1:2: error"}, "src/a.c:1:2"},
        PlaceCase{"meson", {"meson.build:2:9: ERROR: x"}, "meson.build:2:9"},
        PlaceCase{"headline_before_evidence", {"src/a.c:1:2: error", "src/b.c:3:4: note"}, "src/a.c:1:2"},
        PlaceCase{"utf8_name", {"src/größe.c:3:1: error: x"}, "src/größe.c:3:1"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Tests, CodePlaceOf,
    testing::Values(
        PlaceCase{"pytest", {"1 test failed", "tests/test_shop.py:41: AssertionError"}, "tests/test_shop.py:41"},
        PlaceCase{
            "pytest_summary", {"FAILED tests/test_shop.py::test_checkout - assert 503 == 200"}, "tests/test_shop.py"},
        PlaceCase{"pytest_line_before_summary",
                  {"1 test failed: tests/a.py::test_x", "tests/a.py:4: in test_x"},
                  "tests/a.py:4"},
        PlaceCase{"jest",
                  {"FAIL src/cart.test.js", "      at Object.<anonymous> (src/cart.test.js:12:5)"},
                  "src/cart.test.js:12:5"},
        PlaceCase{"jest_without_frame", {"FAIL src/cart.test.js"}, "src/cart.test.js"},
        PlaceCase{"jest_library_frames",
                  {"1 test failed", "    at f (node_modules/expect/build/index.js:1:2)",
                   "    at g (/home/runner/work/shop/shop/node_modules/x/a.js:3:4)", "    at h (src/a.ts:5:6)"},
                  "src/a.ts:5:6"},
        PlaceCase{"rspec", {"rspec ./spec/cart_spec.rb:12 # Cart adds"}, "spec/cart_spec.rb:12"},
        PlaceCase{
            "rspec_frame", {"1 example failed", "     # ./spec/cart_spec.rb:14:in `block'"}, "spec/cart_spec.rb:14"},
        PlaceCase{
            "phpunit", {"1 test failed", "/home/runner/work/shop/shop/tests/CartTest.php:12"}, "tests/CartTest.php:12"},
        PlaceCase{"go_test", {"--- FAIL: TestAdd", "    cart_test.go:12: got 1, want 2"}, "cart_test.go:12"},
        PlaceCase{"junit",
                  {"1 test failed", "\tat org.junit.Assert.fail(Assert.java:89)",
                   "\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)",
                   "\tat com.acme.CartTest.adds(CartTest.java:12)", "\tat com.acme.B.c(B.java:1)"},
                  "CartTest.java:12"},
        PlaceCase{"path_before_java_frame",
                  {"x", "\tat com.acme.B.c(B.java:1)", "src/test/java/B.java:1: x"},
                  "src/test/java/B.java:1"},
        PlaceCase{"python_last_frame_of_ours",
                  {"KeyError: 'x'", "  File \"/home/runner/work/shop/shop/app.py\", line 3, in <module>",
                   "  File \"lib/b c.py\", line 9, in f",
                   "  File \"/usr/lib/python3.11/json/__init__.py\", line 346, in loads",
                   "  File \"/home/runner/work/shop/shop/.venv/lib/python3.11/site-packages/x.py\", line 5, in g"},
                  "lib/b c.py:9"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    NotOfTheCheckout, CodePlaceOf,
    testing::Values(PlaceCase{"nothing", {"exit code 1"}, ""}, PlaceCase{"system_file", {"/usr/lib/x.py:3: error"}, ""},
                    PlaceCase{"above", {"../../etc/a.c:1:1: error"}, ""},
                    PlaceCase{"above_within", {"a/../../b.c:1:1"}, ""},
                    PlaceCase{"within", {"a/../b.c:1:1"}, "b.c:1:1"},
                    PlaceCase{"above_from_the_checkout", {"/home/runner/work/shop/shop/../x.c:1:1"}, ""},
                    PlaceCase{"neighbour_of_the_checkout", {"/home/runner/work/shop/shop2/x.c:1:1"}, ""},
                    PlaceCase{"windows_drive", {"C:\\Windows\\a.cpp(12,5): error"}, ""},
                    PlaceCase{"unc", {"\\\\server\\share\\a.cpp(12,5): error"}, ""},
                    PlaceCase{"host", {"dial tcp registry.example.com:443: refused"}, ""},
                    PlaceCase{"address", {"GET https://h.example/a.js:12 failed"}, ""},
                    PlaceCase{"host_with_port", {"10.0.0.1:8080 node.js at localhost:3000"}, ""},
                    PlaceCase{"klog", {"E1121 10:00:00.0 265 memcache.go:265] couldn't get"}, ""},
                    PlaceCase{"python_itself", {"certificate verify failed (_ssl.c:992)"}, ""},
                    PlaceCase{"task_of_gradle", {":compileJava/builds/x/src/A.java:5: error"}, ""},
                    PlaceCase{"home", {"~/a.c:1:1 $HOME/b.c:1:1"}, ""},
                    PlaceCase{"node_itself", {"node:internal/modules/a:10:5"}, ""},
                    PlaceCase{"huge_line", {"src/a.c:99999999999999999999:1"}, ""},
                    PlaceCase{"line_zero", {"src/a.c:0:1"}, ""}, PlaceCase{"hidden_file_alone", {".py:3"}, ""},
                    PlaceCase{"control", {"src/a\x01.c:3:1"}, ""},
                    PlaceCase{"direction", {"src/\xE2\x80\xAE/a.c:3:1"}, ""}, PlaceCase{"time", {"12:30:45 done"}, ""},
                    PlaceCase{"long", {std::string(400, 'a') + ".c:3:1"}, ""},
                    PlaceCase{"far_in_the_line", {std::string(5000, ' ') + "a.c:3:1"}, ""}),
    [](const auto& info) { return info.param.name; });

TEST(CodePlaceOfWindows, CountsBelowTheCheckout) {
  const Finding finding{.headline = "D:\\a\\shop\\shop\\src\\x.cpp(12,5): error C2065: 'y'"};

  EXPECT_EQ(spoken(code_place(finding, "D:\\a\\shop\\shop\\")), "src/x.cpp:12:5");
  EXPECT_EQ(spoken(code_place(finding, "")), "");
}

}  // namespace
}  // namespace agent::sinks
