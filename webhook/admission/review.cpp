#include "admission/review.hpp"

#include "base/clear_and_shrink.hpp"
#include "base/invariant.hpp"

namespace hygiene::admission {

bool Review::is_secret_write() const {
  const bool writes = operation == policy::Operation::create || operation == policy::Operation::update;
  const bool secret = group.empty() && version == "v1" && kind == "Secret" && subresource.empty();
  return writes && secret && has_object;
}

policy::Request Review::request(std::optional<std::chrono::sys_seconds> now) const {
  base::invariant(is_secret_write(), "only a write of a Secret is judged");
  object.assert_sums();
  if (has_stored) stored.assert_sums();
  return {operation, &requester, &object, has_stored ? &stored : nullptr, now};
}

void Review::clear() {
  for (std::string* text : {&uid, &group, &version, &kind, &subresource, &name, &namespace_name}) {
    base::clear_and_shrink(*text);
  }
  operation = policy::Operation::unknown;
  base::clear_and_shrink(requester.username);
  base::clear_and_shrink(requester.groups);
  dry_run = has_object = has_stored = false;
  object.clear();
  stored.clear();
}

}  // namespace hygiene::admission
