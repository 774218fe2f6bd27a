// Adds the selectors to a request for a collection of Secrets. Reads a target as an API server does: Go's
// net/url, then go-restful's routes. Thread-safety: immutable.
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
  untouched,  // send it byte for byte
  rewritten,  // send it with the target given
  refused,    // an API server might overlook the selectors: answer 400
};

struct Target {
  Passage passage = Passage::untouched;
  std::string text;    // where rewritten
  bool watch = false;  // a watch of what was rewritten
};

// Go's url.ParseQuery drops all parameters, the selectors included, beyond 10,000 of them.
inline constexpr std::size_t kParametersMax = 1000;

class TargetRewriter {
 public:
  explicit TargetRewriter(const Selectors& selectors);

  // `target`: path and query as the client sent them. Rewritten is every GET of a collection of core/v1
  // Secrets, in all namespaces or in one, but for a single name (fieldSelector=metadata.name=X). The
  // selectors become the first parameters of the query, since of several with one key an API server takes the
  // first. A comma, which means AND, joins them to the client's own, which come last, so that nothing in
  // those can swallow ours. All else of the query stays as it was.
  Target rewrite(std::string_view method, std::string_view target) const;

 private:
  std::string label_;  // encoded for a query; empty: none
  std::string field_;
};

}  // namespace hygiene::proxy
