// Finds what Argo CD's Vault plugin replaces in a manifest: <path:secret/data/db#password>, anywhere in a
// text. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <string_view>

#include "json/events.hpp"

namespace hygiene::commands {

// Looks at the texts of one object, which come in parts.
class Placeholders final : public json::Events {
 public:
  void reset() { *this = {}; }
  bool found() const { return found_; }

  void begin_object() override {}
  void end_object() override {}
  void begin_array() override {}
  void end_array() override {}
  void key(std::string_view) override {}
  void string(std::string_view part, bool last) override;
  void number() override {}
  void boolean(bool) override {}
  void null() override {}

 private:
  void match(char c);

  std::size_t matched_ = 0;  // characters of "<path:", and the `#` behind them
  bool found_ = false;
};

}  // namespace hygiene::commands
