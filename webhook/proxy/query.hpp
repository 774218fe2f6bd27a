// Paths and queries of URLs as Go's net/url reads them. Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hygiene::proxy {

// url.PathUnescape. Nothing where an escape is not % and two hex digits: Go refuses the whole request then.
std::optional<std::string> unescape_path(std::string_view text);
// url.QueryUnescape: the same, and a plus is a space.
std::optional<std::string> unescape_query(std::string_view text);

struct Parameter {
  std::string_view raw;  // between two ampersands
  bool read = false;     // false: Go leaves it out, for a semicolon, a bad escape, or because it is empty
  std::string key;       // decoded; these three only where read
  std::string value;     // decoded
  std::string_view raw_value;  // of raw, after the first equals sign
};

// In order.
std::vector<Parameter> parameters_of(std::string_view query);
// The first that was read with this key, whose case counts; null if there is none.
const Parameter* first_of(const std::vector<Parameter>& parameters, std::string_view key);

}  // namespace hygiene::proxy
