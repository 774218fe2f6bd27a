// Judges our own ConfigMap of policies when it is written, so that `kubectl apply` of a bad set fails with
// lint's errors. A ConfigMap is no Secret: its review is kept whole while it is read; but a webhook
// configuration may send Secrets here by mistake, so it is wiped too. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/wiping_text.hpp"
#include "runtime/serving/webhook.hpp"

namespace hygiene::runtime {

class PolicyReview {
 public:
  // A ConfigMap holds at most 1 MiB; an UPDATE carries it twice, and YAML gains little by JSON's escapes.
  static constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;

  void reset();
  void feed(std::string_view part);
  // The AdmissionReview response as JSON. Denied: no policy in the ConfigMap's *.yaml and *.yml keys, of
  // data or binaryData, any error in them, or `accept` refuses the set. Other keys are named in warnings,
  // and exceptions that have ended at `now` or end soon.
  // Allowed unseen: another kind or operation than a write of a ConfigMap. Errors: the body is too large or
  // not an AdmissionReview with a uid. Uses up what was fed.
  Result<std::string> finish(const AcceptPolicies& accept, std::chrono::sys_seconds now);

  std::size_t kept_bytes() const { return body_.size(); }

 private:
  base::WipingText body_;
  bool too_large_ = false;
};

}  // namespace hygiene::runtime
