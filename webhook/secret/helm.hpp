// Helm's naming of the Secrets it keeps a release's revisions in.
// Source: Helm 3 and 4, `sh.helm.release.v1.NAME.vN`, type helm.sh/release.v1, labels owner=helm and name.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "secret/facts.hpp"

namespace hygiene::secret {

struct HelmRevision {
  std::string_view release;  // may itself hold dots
  std::uint64_t revision = 0;
};

// The release and revision that `name` gives, or nothing.
std::optional<HelmRevision> parse_helm_name(std::string_view name);

// True where type, name and owner label all say that Helm wrote it.
bool is_helm_release(const Facts& facts);

}  // namespace hygiene::secret
