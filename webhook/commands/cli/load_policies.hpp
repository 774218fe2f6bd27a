// The policies that a command was given, with every error told to its user. Thread-safety: one thread at a
// time.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "policy/document.hpp"

namespace hygiene::commands {

struct StoredOptions;

// The set at `path`, a directory or a file. Null after a sentence for each error on `err`, the last of which
// says that nothing was `done` ("judged").
std::shared_ptr<const policy::PolicySet> load_policies(const std::string& path, const char* done,
                                                       std::ostream& err);

// The default policies that the program brings along.
std::shared_ptr<const policy::PolicySet> default_policies();

// As load_policies(); where `path` is empty, the default policies that the program brings along, and `err` is
// told so.
std::shared_ptr<const policy::PolicySet> load_policies_or_default(const std::string& path, const char* done,
                                                                  std::ostream& err);

// As above, of the path or the ConfigMap that the flags name. A ConfigMap is read as whom they name; that
// needs `get` of it.
std::shared_ptr<const policy::PolicySet> load_policies_or_default(const StoredOptions& stored,
                                                                  const char* done, std::ostream& err);

// Tells `err` that `command` does not judge limits across Secrets.
void say_that_counts_are_not_judged(std::string_view command, std::ostream& err);

}  // namespace hygiene::commands
