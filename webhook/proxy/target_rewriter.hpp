// The query of a request for a collection of Secrets, with the selectors that its client does not give. Reads
// a target as an API server does: Go's net/url, then go-restful's routes. Thread-safety: immutable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hygiene::proxy {

// As `kubectl get -l` and `--field-selector` take them. Empty: none.
struct Selectors {
  std::string label;
  std::string field;
};

enum class Passage {
  untouched,  // goes on byte for byte
  rewritten,  // goes on with the target given
  refused,    // an API server might not see the selectors: answer 400
};

struct Target {
  Passage passage = Passage::untouched;
  std::string text;    // where rewritten
  bool watch = false;  // a watch of what was rewritten
};

// Go's url.ParseQuery takes no parameter at all where there are more than 10,000, the selectors among them.
inline constexpr std::size_t kParametersMax = 1000;

class TargetRewriter {
 public:
  explicit TargetRewriter(const Selectors& selectors);

  // `target` is a request's, path and query as they came. Rewritten is every GET of a collection of core/v1
  // Secrets, of all namespaces or of one, but for the one that asks for a single name
  // (fieldSelector=metadata.name=X). The selectors become the first parameters of the query: of several with
  // one key an API server takes the first. They are joined by comma, which means AND, to those that were
  // there; what was there comes last, so that nothing in it can take ours into a value of its own. All else
  // of the query stays as it was.
  Target rewrite(std::string_view method, std::string_view target) const;

 private:
  std::string label_;  // ready for a query; empty: none
  std::string field_;
};

}  // namespace hygiene::proxy
