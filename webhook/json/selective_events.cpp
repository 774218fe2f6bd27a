#include "json/selective_events.hpp"

#include <utility>

namespace hygiene::json {

template <class Token>
void SelectiveEvents::forward(Token token) {
  if (reader_ == nullptr) return;
  token(*reader_);
  if (reader_->refused()) on_refusal(reader_->refusal());
}

void SelectiveEvents::begin_object() {
  if (depth_ > 0) {
    ++depth_;
  } else {
    on_begin_object();
  }
  if (depth_ > 0) forward([](Events& to) { to.begin_object(); });
}

void SelectiveEvents::begin_array() {
  if (depth_ > 0) {
    ++depth_;
  } else {
    on_begin_array();
  }
  if (depth_ > 0) forward([](Events& to) { to.begin_array(); });
}

void SelectiveEvents::end_object() {
  if (depth_ == 0) return on_end_object();
  forward([](Events& to) { to.end_object(); });
  leave();
}

void SelectiveEvents::end_array() {
  if (depth_ == 0) return on_end_array();
  forward([](Events& to) { to.end_array(); });
  leave();
}

void SelectiveEvents::key(std::string_view name) {
  if (depth_ == 0) return on_key(name);
  if (reader_ == nullptr) return on_skipped_key(name);
  forward([name](Events& to) { to.key(name); });
}

void SelectiveEvents::string(std::string_view part, bool last) {
  if (depth_ == 0) return on_string(part, last);
  if (reader_ == nullptr) return on_skipped_string(part);
  forward([part, last](Events& to) { to.string(part, last); });
}

void SelectiveEvents::number() {
  if (depth_ == 0) return on_number();
  forward([](Events& to) { to.number(); });
}

void SelectiveEvents::boolean(bool value) {
  if (depth_ == 0) return on_boolean(value);
  forward([value](Events& to) { to.boolean(value); });
}

void SelectiveEvents::null() {
  if (depth_ == 0) return on_null();
  forward([](Events& to) { to.null(); });
}

void SelectiveEvents::hand_over(Events& reader) {
  depth_ = 1;
  reader_ = &reader;
}

void SelectiveEvents::leave() {
  if (--depth_ > 0) return;
  const Events* reader = std::exchange(reader_, nullptr);
  if (!refused()) on_left(reader);
}

void SelectiveEvents::restart() {
  clear_refusal();
  depth_ = 0;
  reader_ = nullptr;
}

}  // namespace hygiene::json
