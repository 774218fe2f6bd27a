// Events of a watch, one after the other: the same however the bytes are cut, and what RapidJSON finds in a
// single one.
#include <span>
#include <string>
#include <vector>

#include <rapidjson/document.h>

#include "cluster/stream_readers.hpp"
#include "fuzz/harness.hpp"
#include "json/document.hpp"
#include "json/push_reader.hpp"

using namespace hygiene;
using test::require;

namespace {

struct Event {
  std::string type;
  std::string resource_version;
  std::string reason;
  std::string message;
  bool operator==(const Event&) const = default;
};

struct Reading {
  std::vector<Event> events;
  bool refused = false;
  bool operator==(const Reading&) const = default;
};

class Reader {
 public:
  void take(std::string_view piece) {
    while (!piece.empty() && !reading.refused) {
      const auto used = push_.feed(piece);
      reading.refused = !used;
      if (reading.refused) return;
      piece.remove_prefix(*used);
      if (push_.done()) end_event();
    }
  }
  Reading reading;

 private:
  void end_event() {
    reading.events.push_back({event_.type, event_.resource_version, event_.reason, event_.message});
    push_.reset();
    event_.next_event();
  }

  cluster::WatchReader event_;
  json::PushReader push_{event_};
};

Reading read(std::span<const std::string_view> pieces) {
  Reader reader;
  for (const std::string_view piece : pieces) reader.take(piece);
  return reader.reading;
}

void compare_with_tree(std::string_view text, const Event& event) {
  // Keys are joined by slashes; the API has none with a slash where these fields lie.
  if (text.find_first_of("/\\") != std::string_view::npos) return;
  rapidjson::Document tree;
  if (!json::parse_document(tree, text)) return;
  require(event.type == json::text_at(tree, {"type"}));
  require(event.resource_version == json::text_at(tree, {"object", "metadata", "resourceVersion"}));
  require(event.reason == json::text_at(tree, {"object", "reason"}));
  require(event.message == json::text_at(tree, {"object", "message"}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::CutText text = test::cut_text(data, size);
  const Reading whole = read({&text.whole, 1});
  require(whole == read(text.parts));
  if (whole.events.size() == 1 && !whole.refused) compare_with_tree(text.whole, whole.events.front());
  return 0;
}
