// Events that go on to other readers. Thread-safety: one thread at a time.
#pragma once

#include <string_view>

#include "json/events.hpp"

namespace hygiene::json {

// `Derived` has a function template `forward(token)`, which calls `token(reader)` for each json::Events that
// gets the token.
template <class Derived>
class ForwardingEvents : public Events {
 public:
  void begin_object() final {
    forward([](Events& to) { to.begin_object(); });
  }
  void end_object() final {
    forward([](Events& to) { to.end_object(); });
  }
  void begin_array() final {
    forward([](Events& to) { to.begin_array(); });
  }
  void end_array() final {
    forward([](Events& to) { to.end_array(); });
  }
  void key(std::string_view name) final {
    forward([name](Events& to) { to.key(name); });
  }
  void string(std::string_view part, bool last) final {
    forward([part, last](Events& to) { to.string(part, last); });
  }
  void number() final {
    forward([](Events& to) { to.number(); });
  }
  void boolean(bool value) final {
    forward([value](Events& to) { to.boolean(value); });
  }
  void null() final {
    forward([](Events& to) { to.null(); });
  }

 private:
  template <class Token>
  void forward(Token token) {
    static_cast<Derived*>(this)->forward(token);
  }
};

}  // namespace hygiene::json
