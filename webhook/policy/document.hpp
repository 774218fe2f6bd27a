// Policies as written: what a SecretPolicy document says, checked and typed.
// Thread-safety: immutable once loaded; share by shared_ptr<const PolicySet>.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"
#include "policy/request.hpp"
#include "secret/label_selector.hpp"

namespace hygiene::policy {

enum class Mode { enforce, warn, audit };
std::string_view to_string(Mode mode);  // Enforce, Warn, Audit: as in a document

// Every limit, in the order in which messages name them.
enum class LimitKind {
  bytes_per_secret,
  bytes_per_object,
  annotation_bytes,
  bytes_per_key,
  keys_per_secret,
  secrets_per_namespace,
  secrets_per_release,
  bytes_per_namespace,
  secrets_per_cluster,
  bytes_per_cluster,
};
inline constexpr std::size_t kLimitKinds = 10;

// A `match` or `exclude`. An absent field is an empty vector or optional.
struct Selector {
  std::vector<base::Glob> types;
  std::vector<base::Glob> names;
  std::vector<base::Glob> namespaces;
  std::optional<secret::LabelSelector> labels;
  std::optional<secret::LabelSelector> namespace_labels;
  std::optional<std::uint64_t> size_over;   // holds where data_bytes > it
  std::optional<std::uint64_t> size_up_to;  // holds where data_bytes <= it

  bool by_size() const { return size_over || size_up_to; }
};

struct ExemptRequests {
  std::vector<base::Glob> users;
  std::vector<base::Glob> groups;
};

// An exemption of Secrets that ends. Judged by exception.hpp.
struct Exception {
  Selector secrets;                // by names and namespaces
  std::chrono::sys_seconds until;  // in force before it
  std::string reason;
};

struct Policy {
  std::string name;
  std::string description;
  Mode mode = Mode::warn;         // meaningful for labels too: Audit only reports them
  bool enforce_on_create = true;  // in mode Enforce: whether a CREATE is denied, or warned of only
  bool enforce_on_update = true;  // the same of an UPDATE
  Selector match;                 // every field given must hold
  Selector exclude;               // any field that holds takes the Secret out; a range of sizes is one
  std::vector<secret::Label> labels;
  ExemptRequests exempt;
  std::vector<Exception> exceptions;
  std::array<std::optional<std::uint64_t>, kLimitKinds> limits;  // by LimitKind
  std::uint64_t allow_growth = 0;                                // bytes; of sums across Secrets
  std::optional<unsigned> warn_at;  // percent, 1 to 100; of counts and sums across Secrets
  std::string message;

  std::optional<std::uint64_t> limit(LimitKind kind) const { return limits[static_cast<std::size_t>(kind)]; }
  // True if the policy is in mode Enforce and denies an `operation` that breaks one of its limits.
  bool enforces(Operation operation) const;
  // True if it has a limit across Secrets, which needs counting.
  bool counts() const;
  // True if one of these limits the sum of their sizes.
  bool sums_bytes() const;
  // True if it applies by the labels of namespaces. A selector without requirements does not: it holds
  // whatever they are.
  bool selects_namespaces() const;
};

struct PolicySet {
  std::vector<Policy> policies;  // by name
  std::string hash;              // 16 hex digits of the SHA-256 of the files; policies are no secret

  bool counts() const;
  // The keys of the labels of namespaces that policies select by, sorted, each once. Empty: nobody needs to
  // know any namespace.
  std::vector<std::string> namespace_label_keys() const;
};

}  // namespace hygiene::policy
