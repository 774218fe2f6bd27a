// For a reader of some values of a document. At the first token of any other object or array it says that the
// whole of it is skipped, or handed over to another reader; the depth inside is counted here. Thread-safety:
// one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "json/events.hpp"

namespace hygiene::json {

class SelectiveEvents : public Events {
 public:
  void begin_object() final;
  void end_object() final;
  void begin_array() final;
  void end_array() final;
  void key(std::string_view name) final;
  void string(std::string_view part, bool last) final;
  void number() final;
  void boolean(bool value) final;
  void null() final;

 protected:
  // The tokens outside of what is skipped or handed over.
  virtual void on_begin_object() = 0;
  virtual void on_end_object() = 0;
  virtual void on_begin_array() = 0;
  virtual void on_end_array() = 0;
  virtual void on_key(std::string_view name) = 0;
  virtual void on_string(std::string_view part, bool last) = 0;
  virtual void on_number() {}
  virtual void on_boolean(bool) {}
  virtual void on_null() {}

  // Only in on_begin_object() and on_begin_array(): passes over the container that begins, or gives all of it
  // to `reader`.
  void skip() { depth_ = 1; }
  void hand_over(Events& reader);
  // The container has ended. `reader`: to which it was handed over, or null.
  virtual void on_left([[maybe_unused]] const Events* reader) {}
  // Text inside of what is skipped.
  virtual void on_skipped_key(std::string_view) {}
  virtual void on_skipped_string(std::string_view) {}
  // The reader to which a container was handed over has refused it. The document is refused with its error.
  virtual void on_refusal(const Error& error) { refuse(error.code(), error.message()); }

  // Ready for another document, also in the middle of one.
  void restart();

 private:
  template <class Token>
  void forward(Token token);
  void leave();

  std::uint32_t depth_ = 0;   // open containers of what is skipped or handed over
  Events* reader_ = nullptr;  // null: it is skipped
};

}  // namespace hygiene::json
