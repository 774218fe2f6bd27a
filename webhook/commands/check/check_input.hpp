// Reads an input of JSON or YAML documents, as kubectl would, and tells a ManifestHandler what is in them.
// Thread-safety: one thread at a time.
#pragma once

#include <istream>

#include "commands/check/check_manifests.hpp"

namespace hygiene::commands {

// UTF-8, or UTF-16 with a byte order mark. JSON where `{` comes first, documents one after the other; YAML
// else, and from where JSON documents end (`---`). Every fault has its line, and its column where that is
// known. After a fault of YAML syntax reading goes on at the next document; after one of JSON syntax it ends,
// for nothing tells where the next begins. An input that holds nothing is told of as no object: the command
// that was to write it failed. Keeps 64 KiB of `in`, and of YAML the scalar that is read and what anchors
// keep (yaml::Structure::kExpandedBytesMax).
void read_manifests(std::istream& in, ManifestHandler& handler);

}  // namespace hygiene::commands
