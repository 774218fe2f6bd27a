// What one set of policies would change against another one, over the Secrets stored. Lists are bounded and
// say how many there are. Thread-safety: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hygiene::housekeeping {

struct Change {
  std::string namespace_name;  // empty: the cluster
  std::string name;            // of the Secret or the release; empty: the namespace, or the cluster
  std::string why;  // "sizes: 900Ki of data exceeds bytesPerSecret 768Ki"; of labels "key=value,other=value"
};

struct Changes {
  static constexpr std::size_t kKept = 1'000;
  std::vector<Change> first;  // in the order of the list; at most kKept
  std::uint64_t count = 0;

  void add(Change change);
};

struct Comparison {
  // A Secret, or a namespace, a release or the cluster over a limit across Secrets: a new one is denied.
  Changes newly_denied;
  Changes no_longer_denied;
  Changes newly_labelled;  // with a label, or another value of it
  Changes no_longer_labelled;
};

}  // namespace hygiene::housekeeping
