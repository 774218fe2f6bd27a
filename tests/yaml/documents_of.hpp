// What yaml::Reader makes of a text, as JSON in one string a document. Thread-safety: one thread at a time.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "yaml/reader.hpp"

namespace hygiene::test {

// Renders tokens as JSON: `n` is a number, for its digits are not handed out.
class Rendering final : public json::Events {
 public:
  std::string text;
  std::string refuse_key;  // the key at which to refuse

  void begin_object() override { open('{'); }
  void end_object() override { close('}'); }
  void begin_array() override { open('['); }
  void end_array() override { close(']'); }
  void key(std::string_view name) override {
    separate();
    text.append("\"").append(name).append("\":");
    after_value_ = false;
    if (!refuse_key.empty() && name == refuse_key) refuse(Errc::limit, "refused here");
  }
  void string(std::string_view part, bool last) override {
    REQUIRE(last);
    put("\"" + std::string(part) + "\"");
  }
  void number() override { put("n"); }
  void boolean(bool value) override { put(value ? "true" : "false"); }
  void null() override { put("null"); }
  void reset() {
    clear_refusal();
    text.clear();
    after_value_ = false;
  }

 private:
  void separate() {
    if (after_value_) text += ',';
  }
  void put(const std::string& token) {
    separate();
    text += token;
    after_value_ = true;
  }
  void open(char c) {
    separate();
    text += c;
    after_value_ = false;
  }
  void close(char c) {
    text += c;
    after_value_ = true;
  }
  bool after_value_ = false;
};

inline std::string at(const Error& error) {
  return std::to_string(error.where().line) + ":" + std::to_string(error.where().column) + ": " +
         error.message();
}

using Documents = std::vector<std::string>;

// Every document of `yaml`: its tokens, "unread …" for what was passed over, "error …" where it could not be
// read.
inline Documents read_all(const std::string& yaml, json::ReaderLimits limits = {},
                          const std::string& refuse_key = {},
                          yaml::Aliases aliases = yaml::Aliases::refused) {
  std::istringstream in(yaml);
  json::ByteSource source(in);
  Rendering rendering;
  rendering.refuse_key = refuse_key;
  Documents documents;
  std::string unread;
  const auto judge = [&unread](yaml::Oddity oddity, const Error& e) {
    using enum yaml::Oddity;
    if (oddity == duplicate_key) return false;
    if (oddity != anchor && oddity != other_tag) unread += " unread " + at(e);
    return true;
  };
  yaml::Reader reader(source, rendering, judge, limits, aliases);
  for (;;) {
    rendering.reset();
    unread.clear();
    const auto more = reader.next();
    if (!more) {
      documents.push_back("error " + at(more.error()));
    } else if (*more) {
      documents.push_back(rendering.text + unread);
    } else {
      return documents;
    }
  }
}

inline Documents read_expanded(const std::string& yaml) {
  return read_all(yaml, {}, {}, yaml::Aliases::replaced);
}

}  // namespace hygiene::test
