// The tokens of a document, as a reader hands them out. Strings arrive in parts and are never put together
// here. Thread-safety: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace hygiene::json {

class Events {
 public:
  virtual ~Events() = default;

  virtual void begin_object() = 0;
  virtual void end_object() = 0;
  virtual void begin_array() = 0;
  virtual void end_array() = 0;
  // A whole key, unescaped; valid during the call only.
  virtual void key(std::string_view name) = 0;
  // One part of a string value, unescaped; `last` on its final part, which may be empty.
  virtual void string(std::string_view part, bool last) = 0;
  virtual void number() = 0;
  virtual void boolean(bool value) = 0;
  virtual void null() = 0;

  // Set by refuse(): the reader stops at once and reports it.
  bool refused() const { return refusal_.has_value(); }
  const Error& refusal() const { return *refusal_; }

 protected:
  Events() = default;
  Events(const Events&) = default;
  Events& operator=(const Events&) = default;

  // The first refusal counts. The message must not contain a value of the document.
  void refuse(Errc code, std::string message) {
    if (!refusal_) refusal_.emplace(code, std::move(message));
  }
  void clear_refusal() { refusal_.reset(); }

 private:
  std::optional<Error> refusal_;
};

}  // namespace hygiene::json
