// The members of an object on any of RapidJSON's writers, which stay out of headers. Thread-safety: the
// writer's.
#pragma once

#include <concepts>
#include <string_view>

namespace hygiene::json {

template <class Writer>
class Fields {
 public:
  // `writer` must outlive the fields.
  explicit Fields(Writer& writer) : writer_(writer) {}

  void key(std::string_view name) { writer_.Key(name.data(), static_cast<unsigned>(name.size())); }
  void field(std::string_view name, std::string_view value) {
    key(name);
    writer_.String(value.data(), static_cast<unsigned>(value.size()));
  }
  // Constrained, so that no pointer becomes a bool.
  template <std::unsigned_integral Value>
  void field(std::string_view name, Value value) {
    key(name);
    if constexpr (std::same_as<Value, bool>) {
      writer_.Bool(value);
    } else {
      writer_.Uint64(value);
    }
  }
  void null(std::string_view name) {
    key(name);
    writer_.Null();
  }

 private:
  Writer& writer_;
};

}  // namespace hygiene::json
