// make_restorable().
#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include "housekeeping/backup.hpp"
#include "json/document.hpp"
#include "json/push_reader.hpp"
#include "secret/reader.hpp"

namespace hygiene::housekeeping {
namespace {

using base::Errc;
using base::Error;
using base::Result;

// A stream of RapidJSON's into memory that is wiped.
class WipingStream {
 public:
  using Ch = char;
  explicit WipingStream(base::WipingText& text) : text_(text) {}
  void Put(char c) { text_.append({&c, 1}); }
  void Flush() {}

 private:
  base::WipingText& text_;
};

using Writer = rapidjson::Writer<WipingStream>;

// The members of `object` with these names, in this order.
template <std::size_t N>
void copy(Writer& writer, const rapidjson::Value& object, const char* const (&names)[N]) {
  for (const char* name : names) {
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd()) continue;
    writer.Key(name);
    found->value.Accept(writer);
  }
}

Error no_secret() {
  return {Errc::syntax, "the API server's answer is no Secret"};
}

}  // namespace

Result<Restorable> make_restorable(base::WipingText whole) {
  Restorable made;
  secret::Reader events(made.facts, {.keep_created = true});
  json::PushReader reader(events);
  if (const auto read = reader.feed(whole.view()); !read) return read.error();
  if (const auto read = reader.finish(); !read) return read.error();
  // In place: strings stay where they are, and are wiped with `whole`.
  rapidjson::Document document;
  const auto parsed = json::parse_document_in_place(document, whole);
  if (!parsed || !document.IsObject()) return no_secret();
  const auto metadata = document.FindMember("metadata");
  if (metadata == document.MemberEnd() || !metadata->value.IsObject()) return no_secret();
  WipingStream stream(made.text);
  Writer writer(stream);
  writer.StartObject();
  writer.Key("apiVersion");
  writer.String("v1");
  writer.Key("kind");
  writer.String("Secret");
  writer.Key("metadata");
  writer.StartObject();
  copy(writer, metadata->value, {"name", "namespace", "labels", "annotations"});
  writer.EndObject();
  copy(writer, document, {"type", "immutable", "data"});
  writer.EndObject();
  stream.Put('\n');
  return made;
}

}  // namespace hygiene::housekeeping
