// The exceptions of policies as a part of a page, of the status page or an audit's. Thread-safety: pure
// functions.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "html/markup.hpp"
#include "policy/document.hpp"

namespace hygiene::runtime {

struct PolicyException {
  const std::string& policy;
  const policy::Exception& exception;
};

// A heading and a table, each exception with its state at `now`; nothing where there is none.
void write_exceptions(html::Markup& html, const std::vector<PolicyException>& exceptions,
                      std::chrono::system_clock::time_point now);

}  // namespace hygiene::runtime
