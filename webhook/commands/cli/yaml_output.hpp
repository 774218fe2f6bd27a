// A report's JSON document as YAML, as `kubectl -o yaml` writes one. Thread-safety: pure function.
#pragma once

#include <functional>
#include <ostream>

#include "commands/cli/flags.hpp"

namespace hygiene::commands {

// `write_json` writes one document of JSON. To `out` goes that, or with Output::yaml the same as YAML; then
// the whole document is in memory.
void write_document(Output output, std::ostream& out, const std::function<void(std::ostream&)>& write_json);

}  // namespace hygiene::commands
