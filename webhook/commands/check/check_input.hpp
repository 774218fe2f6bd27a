// Reads an input of JSON or YAML documents, as kubectl would, and tells a ManifestHandler what is in them.
// Thread-safety: one thread at a time.
#pragma once

#include <istream>

#include "commands/check/check_manifests.hpp"

namespace hygiene::commands {

// JSON where `{` comes first, documents one after the other; YAML else, and from where JSON documents end
// (`---`). Every fault has its line, and its column where that is known. After a fault of YAML syntax reading
// goes on at the next document; after one of JSON syntax it ends, for nothing tells where the next begins. An
// input that holds nothing is a fault too: the command that was to write it failed. Keeps 64 KiB of `in`, and
// of YAML the scalar that is read.
void read_manifests(std::istream& in, ManifestHandler& handler);

}  // namespace hygiene::commands
