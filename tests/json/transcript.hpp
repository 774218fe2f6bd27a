// Events as text. Thread-safety: one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "json/events.hpp"

namespace hygiene::json::test {

// Writes every token down, so that a test compares one string.
class Transcript final : public Events {
 public:
  std::string text;
  std::string refuse_key;

  void begin_object() override { text += '{'; }
  void end_object() override { text += '}'; }
  void begin_array() override { text += '['; }
  void end_array() override { text += ']'; }
  void key(std::string_view name) override {
    text += std::string(name) + ':';
    if (name == refuse_key && !refuse_key.empty()) refuse(Errc::invalid, "that key is not wanted");
  }
  void string(std::string_view part, bool last) override {
    if (!open_) text += '"';
    open_ = !last;
    text += part;
    if (last) text += '"';
  }
  void number() override { text += '#'; }
  void boolean(bool value) override { text += value ? 'T' : 'F'; }
  void null() override { text += '0'; }

 private:
  bool open_ = false;
};

}  // namespace hygiene::json::test
