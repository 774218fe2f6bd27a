// A directory to which Secrets are written before they are deleted, each as a file that `kubectl create -f`
// takes. The one place of this program where a value goes, and only because its user asks for it.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "secret/facts.hpp"

namespace hygiene::housekeeping {

// A Secret as it is read from the API server, and as it can be created again.
struct Restorable {
  secret::Facts facts;    // of what was read
  base::WipingText text;  // kind, type, data, immutable; name, namespace, labels and annotations
};

// Leaves out what the API server sets (uid, resourceVersion, times, managedFields), and owners and
// finalizers, which may be gone by the time of the restoring. `whole` is read in place. Errors: syntax, and
// those of secret::Reader.
Result<Restorable> make_restorable(base::WipingText whole);

class Backup {
 public:
  // Makes DIR if it is missing, for its owner only. Errors: io; invalid (others may write there).
  static Result<Backup> open(const std::string& directory);

  // DIR/NAMESPACE/NAME.json, mode 0600; NAME.2.json and so on where a file is there already: none is ever
  // replaced. It is whole on the disk when this returns. Errors: io, after which there is no such file.
  Result<void> write(const secret::Facts& facts, const base::WipingText& text);

 private:
  Backup(std::string path, base::Descriptor directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  base::Descriptor directory_;
};

}  // namespace hygiene::housekeeping
