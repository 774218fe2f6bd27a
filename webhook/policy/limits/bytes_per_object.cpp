// bytesPerObject: Every string of the object: values decoded, keys of maps, annotations, labels, names and
// type. What etcd stores and a controller caches, but for numbers and syntax. It sees what bytesPerSecret
// does not: 5,900 keys of 253 characters, or a type of 1.5 MB. What we put on the Secret ourselves is not
// counted: a write must not break a limit because we labelled it. A Secret that is over the limit can still
// be labelled, annotated and given owners: only its data must not grow, in keys and values. The API server
// and annotationBytes bound the rest.
#include "base/invariant.hpp"
#include "policy/limits/all_limits.hpp"
#include "policy/owned_labels_record.hpp"

namespace hygiene::policy::limits {
namespace {

std::uint64_t measure(const secret::Facts& facts) {
  std::uint64_t ours = facts.own_annotation_bytes;
  if (facts.owned_labels_annotation) {
    const auto recorded = parse_owned_labels(*facts.owned_labels_annotation);
    for (const auto& [key, value] : facts.labels) {
      if (records(recorded, key, value)) ours += key.size() + value.size();
    }
  }
  return base::checked_difference(facts.object_bytes, ours);
}

std::uint64_t growth(const secret::Facts& facts) {
  return facts.key_name_bytes + facts.data_bytes;
}

}  // namespace

LimitRule bytes_per_object() {
  return {
      .kind = LimitKind::bytes_per_object,
      .scope = ScopeKind::secret,
      .name = "bytesPerObject",
      .unit = Unit::bytes,
      .noun = "text in the object",
      .measure = measure,
      .growth = growth,
      .minimum = 1,
      .of_keys = true,
  };
}

}  // namespace hygiene::policy::limits
