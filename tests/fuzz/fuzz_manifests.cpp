// What `check` reads: manifests in YAML and JSON, Lists, reviews. The same input is told of in the same way
// twice, and one line further down if an empty line stands before it. A Secret in JSON is never passed over.
#include <sstream>
#include <string>
#include <vector>

#include <rapidjson/document.h>

#include "commands/check/check_input.hpp"
#include "fuzz/harness.hpp"
#include "json/document.hpp"

using namespace hygiene;
using test::require;

namespace {

struct Told {
  std::string what;
  std::size_t line = 0;
  std::size_t column = 0;
  bool operator==(const Told&) const = default;
};

class Transcript final : public commands::ManifestHandler {
 public:
  std::vector<Told> told;

  void secret(const secret::Facts& facts, const base::Position& where) override {
    facts.assert_sums();
    add("secret " + facts.namespace_name + '/' + facts.name + ' ' + facts.type + ' ' +
            std::to_string(facts.data_bytes) + ' ' + std::to_string(facts.object_bytes),
        where);
  }
  void review(const admission::Review& review, const base::Position& where) override {
    add("review " + review.uid, where);
  }
  void unfinished(commands::Unfinished why, const base::Position& where) override {
    add(why == commands::Unfinished::encrypted ? "encrypted" : "placeholder", where);
  }
  void name_space(const secret::Facts& facts) override { told.push_back({"namespace " + facts.name}); }
  void other() override { told.push_back({"other"}); }
  void no_object(const Error& error) override { add_error("no object", error); }
  void fault(const Error& error) override { add_error("fault", error); }

 private:
  void add_error(const char* kind, const Error& error) {
    require(test::is_sentence(error.message()));
    add(kind, error.where());  // without the sentence, which may name a line
  }
  void add(std::string what, const base::Position& where) {
    require(where.line > 0);
    told.push_back({std::move(what), where.line, where.column});
  }
};

std::vector<Told> read(const std::string& text) {
  std::istringstream in(text);
  Transcript transcript;
  commands::read_manifests(in, transcript);
  return std::move(transcript.told);
}

bool has_byte_order_mark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") || text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE");
}

bool is_secret(std::string_view text) {
  rapidjson::Document document;
  return json::parse_document(document, text) && json::text_at(document, {"kind"}) == "Secret" &&
         json::text_at(document, {"apiVersion"}) == "v1";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(test::text_of(data, size));
  std::vector<Told> told = read(text);
  require(told == read(text));
  if (is_secret(text)) require(told.size() == 1 && told.front().what != "other");
  if (has_byte_order_mark(text)) return 0;
  for (Told& each : told) {
    if (each.line > 0) ++each.line;
  }
  require(told == read('\n' + text));
  return 0;
}
