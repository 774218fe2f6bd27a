#include "base/wiping_text.hpp"

#include <string>
#include <utility>

#include <catch2/catch.hpp>

using hygiene::base::WipingText;

TEST_CASE("a wiping text holds what was appended, across every growth") {
  WipingText text;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string part(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
    text.append(part);
    expected += part;
    if (text.view() != expected) FAIL("after part " << i);
  }
  CHECK(text.size() == expected.size());
  CHECK(text.data()[text.size()] == '\0');
}

TEST_CASE("an empty wiping text has a NUL to give and no byte") {
  WipingText text;
  CHECK(text.empty());
  CHECK(*text.data() == '\0');
  CHECK(text.view().empty());
  text.append("");
  text += "";
  CHECK(text.empty());
}

TEST_CASE("clearing zeroes every byte, also those beyond the last one left by an earlier text") {
  WipingText text("the value of a Secret");
  const char* memory = text.data();
  const std::size_t size = text.size();
  text.clear();
  CHECK(text.empty());
  CHECK(std::string(memory, size) == std::string(size, '\0'));
  text.append("ab");
  CHECK(text.data() == memory);
  CHECK(std::string(memory, size) == "ab" + std::string(size - 2, '\0'));
}

TEST_CASE("what a wiping text held is zeroed when another is moved into it, and the other is left empty") {
  WipingText text("first value");
  const char* memory = text.data();
  const std::size_t size = text.size();
  WipingText other("second");
  text = std::move(other);
  CHECK(text.view() == "second");
  CHECK(other.empty());  // NOLINT(bugprone-use-after-move): the promise
  // The swap gave the first one's memory to the second.
  CHECK(other.data() == memory);
  CHECK(std::string(memory, size) == std::string(size, '\0'));
  WipingText third(std::move(text));
  CHECK(third.view() == "second");
  CHECK(text.empty());  // NOLINT(bugprone-use-after-move): the promise
  text += "again";
  CHECK(text.view() == "again");
}

TEST_CASE("a wiping text that is moved into itself keeps its bytes") {
  WipingText text("kept");
  WipingText& same = text;
  text = std::move(same);
  CHECK(text.view() == "kept");
}

TEST_CASE("a part with NULs and of a larger size than any growth is kept whole") {
  const std::string large = std::string(100'000, 'x') + std::string("\0y", 2);
  WipingText text("a");
  text.append(large);
  CHECK(text.view() == "a" + large);
}
