// What of a Secret is ours, and the Secret as its users wrote it: without our labels and annotations.
// Policies select by that and limits measure it, so that an answer does not depend on whether we have
// labelled the Secret yet. Who owns a label; nothing else decides it:
// - the annotation secret-hygiene.io/unmanaged-labels lists its key: its user;
// - its key is under secret-hygiene.io/: we;
// - secret-hygiene.io/owned-labels, of the object or of the one stored before, records its key with its
//   value: we. A controller that replaces a Secret may keep labels and drop annotations;
// - the Secret is of Helm's history and a policy in force gives the key: we. Helm copies labels to later
//   revisions, but not annotations.
// Thread-safety: immutable once built.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.hpp"
#include "secret/facts.hpp"

namespace hygiene::policy {

bool is_own_key(std::string_view key);
// The keys that policies put on Secrets, sorted, each once. A policy in mode Audit claims nothing: it must
// not change a Secret. They are of `policies`.
std::vector<std::string_view> keys_in_force(const PolicySet& policies);

class Ownership {
 public:
  // `stored`: what an UPDATE replaces; null: nothing. `policies` and `object` must outlive it.
  Ownership(const PolicySet& policies, const secret::Facts& object, const secret::Facts* stored = nullptr);
  Ownership(const Ownership&) = delete;
  Ownership& operator=(const Ownership&) = delete;

  // The Secret without what is ours.
  const secret::Facts& users_part() const { return without_ours_ ? *without_ours_ : object_; }
  // The whole Secret.
  const secret::Facts& object() const { return object_; }
  // Whether a label of the object is ours. Logarithmic.
  bool is_ours(std::string_view key, std::string_view value) const;
  // Whether somebody else put a label of ours there: a user, or a copy of another Secret. Helm's copies are
  // none.
  bool is_foreign(std::string_view key, std::string_view value) const;
  // The keys that its user claims.
  bool is_unmanaged(std::string_view key) const;

 private:
  bool is_recorded(std::string_view key, std::string_view value) const;
  void take_ours_away();

  const secret::Facts& object_;
  std::vector<secret::Label> recorded_;         // by key; of the object
  std::vector<secret::Label> recorded_before_;  // by key; of what is stored
  std::vector<std::string> unmanaged_;          // sorted
  bool helm_ = false;
  std::vector<std::string_view> helm_keys_;    // sorted; of Helm's history only
  std::optional<secret::Facts> without_ours_;  // where it differs from the object
};

}  // namespace hygiene::policy
