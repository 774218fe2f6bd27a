// bytesPerObject: Every string of the object: values decoded, keys of maps, annotations, labels, names and
// type. What etcd stores and a controller caches, but for numbers and syntax. It sees what bytesPerSecret
// does not: 5,900 keys of 253 characters, or a type of 1.5 MB.
#include "policy/limits/rules.hpp"

namespace hygiene::policy::limits {

LimitRule bytes_per_object() {
  return {
      .kind = LimitKind::bytes_per_object,
      .name = "bytesPerObject",
      .unit = Unit::bytes,
      .noun = "text in the object",
      .measure = [](const secret::Facts& facts) -> std::uint64_t { return facts.object_bytes; },
      .minimum = 1,
  };
}

}  // namespace hygiene::policy::limits
