// The proxy's rewriting over arbitrary targets, beside a plain one: what is a collection gets its selectors,
// what is none stays as it is, and all else that an API server reads of the query is the same.
#include <string>

#include "fuzz/harness.hpp"
#include "fuzz/plain_rewriting.hpp"
#include "proxy/target_rewriter.hpp"

using namespace hygiene;
using test::require;

namespace {

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// The regular expressions of the plain one recurse for each character.
constexpr std::size_t kTargetBytesMax = 4096;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kTargetBytesMax) return 0;
  const std::string target(test::text_of(data, size));
  static const std::string kLabel = "!a,b in (c,d)";
  static const std::string kField = "type!=x";
  static const proxy::TargetRewriter rewriter({kLabel, kField});

  const auto before = test::read_plainly(target);
  const auto made = rewriter.rewrite("GET", target);
  require(rewriter.rewrite("POST", target).passage == proxy::Passage::untouched);
  if (!before.collection) {
    require(made.passage == proxy::Passage::untouched);
    return 0;
  }
  if (before.parameters > proxy::kParametersMax) {
    require(made.passage == proxy::Passage::refused);
    return 0;
  }
  if (before.asks_for_one_name()) {
    require(made.passage == proxy::Passage::untouched);
    return 0;
  }
  require(made.passage == proxy::Passage::rewritten);
  const auto after = test::read_plainly(made.text);
  require(after.collection);
  require(made.text.substr(0, made.text.find('?')) == target.substr(0, target.find('?')));
  require(after.others() == before.others());
  const std::string label = before.first("labelSelector").value_or("");
  require(after.first("labelSelector") == (is_blank(label) ? kLabel : kLabel + ',' + label));
  const std::string field = before.first("fieldSelector").value_or("");
  require(after.first("fieldSelector") == (field.empty() ? kField : kField + ',' + field));
  return 0;
}
