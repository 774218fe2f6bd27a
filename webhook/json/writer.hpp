// Writes one JSON text, value by value. Any bytes make valid JSON: strings are escaped, and what is not UTF-8
// becomes U+FFFD. The text is wiped from memory with its writer, since some texts hold keys and Secrets.
// Thread-safety: one thread at a time.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include <rapidjson/fwd.h>

#include "base/wiping_text.hpp"

namespace hygiene::json {

class Writer {
 public:
  // `indent`: spaces for each level, with every member on a line of its own. 0: one line without spaces.
  explicit Writer(unsigned indent = 0) : indent_(indent) { text_.reserve(kUsualBytes); }

  // `inside` writes what the object or array holds. With a name: as a member of the object at hand.
  template <std::invocable Inside>
  void object(Inside inside) {
    begin_object();
    inside();
    end_object();
  }
  template <std::invocable Inside>
  void object(std::string_view name, Inside inside) {
    key(name);
    object(inside);
  }
  template <std::invocable Inside>
  void array(Inside inside) {
    begin_array();
    inside();
    end_array();
  }
  template <std::invocable Inside>
  void array(std::string_view name, Inside inside) {
    key(name);
    array(inside);
  }
  // The members that say what a Kubernetes object is.
  void type_meta(std::string_view api_version, std::string_view kind) {
    field("apiVersion", api_version);
    field("kind", kind);
  }
  // An array of `all`, each as value() writes it.
  template <class List>
    requires(!std::invocable<List>)
  void array(std::string_view name, const List& all) {
    array(name, [&] {
      for (const auto& each : all) value(each);
    });
  }
  // An array with an object for each of `all`, whose members `write` writes.
  template <class List, class Write>
  void objects(std::string_view name, const List& all, Write write) {
    array(name, [&] {
      for (const auto& each : all) object([&] { write(each); });
    });
  }

  // A string, a boolean, a number, or an optional one of these, which is null where there is none.
  template <class Value>
  void value(const Value& value) {
    if constexpr (std::same_as<Value, bool>) {
      raw(value ? "true" : "false");
    } else if constexpr (std::integral<Value>) {
      raw(std::to_string(value));
    } else {
      string(std::string_view(value));
    }
  }
  template <class Value>
  void value(const std::optional<Value>& optional) {
    optional ? value(*optional) : null();
  }
  void value(double number);                  // as a string where it is not finite: JSON has no number for it
  void value(const rapidjson::Value& value);  // with all that it holds
  void null() { raw("null"); }
  void base64(std::string_view bytes);  // as a string
  void raw(std::string_view json);      // one value as JSON, taken over as it is

  // A member of the object at hand.
  template <class Value>
  void field(std::string_view name, const Value& value) {
    key(name);
    this->value(value);
  }
  void null(std::string_view name) {
    key(name);
    null();
  }
  void base64(std::string_view name, std::string_view bytes) {
    key(name);
    base64(bytes);
  }
  void raw(std::string_view name, std::string_view json) {
    key(name);
    raw(json);
  }
  void key(std::string_view name);

  // For a text that is written bit by bit. Each begin needs its end.
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  // Goes to the next line: white space between two values, for people who read a text of one line.
  void break_line() { text_ += '\n'; }

  // What was written so far, until the next call.
  std::string_view view() const { return text_.view(); }
  // What was written since the last take().
  std::string take();

 private:
  // Of most texts: an answer to a review, a line of the log.
  static constexpr std::size_t kUsualBytes = 1000;

  void separate();
  void start_line();
  void begin(char bracket);
  void end(char bracket);
  void string(std::string_view text);
  void quote(std::string_view text);

  base::WipingText text_;
  unsigned indent_;
  unsigned depth_ = 0;
  bool empty_ = true;       // nothing is in the innermost object or array yet
  bool after_key_ = false;  // a value must follow
};

}  // namespace hygiene::json
