// An AdmissionReview request (admission.k8s.io/v1) without the values of its Secrets.
// Source of shapes and key order: a recording of kube-apiserver 1.36.3, tests/samples.
// Thread-safety: a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "policy/request.hpp"
#include "secret/facts.hpp"

namespace hygiene::admission {

struct Review {
  std::string uid;  // empty: none was read
  policy::Operation operation = policy::Operation::unknown;
  std::string group, version, kind;  // of request.kind
  std::string subresource;
  std::string name;  // absent on a CREATE with generateName at /mutate
  std::string namespace_name;
  policy::Requester requester;
  bool dry_run = false;
  bool has_object = false;
  bool has_stored = false;
  secret::Facts object;
  secret::Facts stored;

  // A CREATE or UPDATE of a core/v1 Secret itself: what we judge. All else is allowed and counted as
  // unexpected.
  bool is_secret_write() const;
  // What the policies judge, as of `now`; none: no exception is in force. Precondition: is_secret_write().
  policy::Request request(std::optional<std::chrono::sys_seconds> now = {}) const;
  void clear();
};

}  // namespace hygiene::admission
