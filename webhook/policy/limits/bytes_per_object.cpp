// bytesPerObject: Every string of the object: values decoded, keys of maps, annotations, labels, names and
// type. What etcd stores and a controller caches, but for numbers and syntax. It sees what bytesPerSecret
// does not: 5,900 keys of 253 characters, or a type of 1.5 MB. A Secret that is over the limit can still
// be labelled, annotated and given owners: only its data must not grow, in keys and values. The API server
// and annotationBytes bound the rest.
#include "policy/limits/all_limits.hpp"

namespace hygiene::policy::limits {
namespace {

std::uint64_t growth(const secret::Facts& facts) {
  return facts.key_name_bytes + facts.data_bytes;
}

}  // namespace

LimitRule bytes_per_object() {
  return {.name = "bytesPerObject",
          .noun = "text in the object",
          .measure = [](const secret::Facts& facts) { return facts.object_bytes; },
          .growth = growth,
          .of_keys = true};
}

}  // namespace hygiene::policy::limits
