// Writes a JSON document as YAML, as `kubectl -o yaml` does of an object. Thread-safety: a pure function.
#pragma once

#include <ostream>
#include <string_view>

namespace hygiene::yaml {

// Texts that any version of YAML could take for a number, a boolean or null are quoted. Precondition: `json`
// is a document that json::parse_document() reads.
void write_yaml(std::string_view json, std::ostream& out);

}  // namespace hygiene::yaml
