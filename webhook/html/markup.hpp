// HTML, SVG within it, and XML, element by element: every text and every attribute's value is escaped, and
// what is opened is closed. So no name that a cluster holds can add markup of its own. Thread-safety: one
// thread at a time.
#pragma once

#include <concepts>
#include <initializer_list>
#include <ostream>
#include <string_view>

namespace hygiene::html {

class Markup {
 public:
  struct Attribute {
    std::string_view name;
    std::string_view value;
  };
  using Attributes = std::initializer_list<Attribute>;

  explicit Markup(std::ostream& out) : out_(out) {}

  // Names of elements and attributes are the program's own, never data.
  template <std::invocable Inside>
  void element(std::string_view name, Attributes attributes, Inside inside) {
    open(name, attributes);
    inside();
    close(name);
  }
  void element(std::string_view name, Attributes attributes, std::string_view inside) {
    element(name, attributes, [&] { text(inside); });
  }
  // An element that holds nothing, such as <col> or <rect>.
  void single(std::string_view name, Attributes attributes);
  // Any bytes: line ends and tabs become spaces; other control characters, what is not UTF-8, U+FFFE and
  // U+FFFF become U+FFFD.
  void text(std::string_view text);

 private:
  void begin(std::string_view name, Attributes attributes);
  void open(std::string_view name, Attributes attributes);
  void close(std::string_view name);

  std::ostream& out_;
};

}  // namespace hygiene::html
