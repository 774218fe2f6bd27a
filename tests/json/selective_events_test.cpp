#include "json/selective_events.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "json/forwarding_events.hpp"
#include "json/push_reader.hpp"
#include "transcript.hpp"

using namespace hygiene;
using json::test::Transcript;

namespace {

// Skips the values of keys that begin with `s`, and hands those that begin with `h` over.
class Chooser final : public json::SelectiveEvents {
 public:
  std::string text;
  std::string skipped;
  Transcript other;

  void reset() {
    restart();
    text.clear();
    key_.clear();
  }

 private:
  void on_begin_object() override { open('{'); }
  void on_begin_array() override { open('['); }
  void on_end_object() override { text += '}'; }
  void on_end_array() override { text += ']'; }
  void on_key(std::string_view name) override { text += key_ = name; }
  void on_string(std::string_view, bool last) override { text += last ? "\"" : ""; }
  void on_number() override { text += '#'; }
  void on_boolean(bool value) override { text += value ? 'T' : 'F'; }
  void on_null() override { text += '0'; }
  void on_left(const json::Events* reader) override { text += reader == &other ? "(other)" : "(skipped)"; }
  void on_skipped_key(std::string_view name) override { (skipped += name) += ':'; }
  void on_skipped_string(std::string_view part) override { skipped += part; }

  void open(char sign) {
    if (key_.starts_with('s')) return skip();
    if (key_.starts_with('h')) return hand_over(other);
    text += sign;
  }

  std::string key_;
};

struct Both final : json::ForwardingEvents<Both> {
  Transcript first, second;
  template <class Token>
  void forward(Token token) {
    token(first);
    token(second);
  }
};

void read(json::Events& events, std::string_view text, std::size_t part_size) {
  json::PushReader reader(events);
  for (std::size_t i = 0; i < text.size(); i += part_size) {
    if (!reader.feed(text.substr(i, part_size))) return;
  }
  CHECK(reader.finish().has_value());
}

constexpr std::string_view kDocument =
    R"({"a":["x",1,true,null],"s":{"a":[{"b":"y"}],"c":2,"d":false},"h":[[{"e":"z","f":3}],true,null],"k":{}})";

}  // namespace

TEST_CASE("a reader gets its own tokens, and none of what it skips or hands over, wherever the text is cut") {
  for (std::size_t part_size = 1; part_size <= kDocument.size(); ++part_size) {
    INFO(part_size);
    Chooser chooser;
    read(chooser, kDocument, part_size);
    CHECK(chooser.text == "{a[\"#T0]s(skipped)h(other)k{}}");
    CHECK(chooser.skipped == "a:b:yc:d:");
    CHECK(chooser.other.text == R"([[{e:"z"f:#}]T0])");
  }
}

TEST_CASE("what the other reader refuses refuses the document") {
  Chooser chooser;
  chooser.other.refuse_key = "e";
  read(chooser, kDocument, 1);
  REQUIRE(chooser.refused());
  CHECK(chooser.refusal().message() == "that key is not wanted");
  CHECK(chooser.text == "{a[\"#T0]s(skipped)h");
}

TEST_CASE("a reader can begin again in the middle of what it skips or hands over") {
  for (const std::string_view begun : {R"({"s":[[)", R"({"h":[[)"}) {
    INFO(begun);
    Chooser chooser;
    json::PushReader cut(chooser);
    REQUIRE(cut.feed(begun).has_value());
    chooser.reset();
    read(chooser, R"({"a":1})", 1);
    CHECK(chooser.text == "{a#}");
  }
}

TEST_CASE("events that are forwarded reach each reader as they came") {
  Both both;
  Transcript alone;
  for (json::Events* events : {static_cast<json::Events*>(&both), static_cast<json::Events*>(&alone)}) {
    read(*events, kDocument, 3);
  }
  CHECK(both.first.text == alone.text);
  CHECK(both.second.text == alone.text);
}
