// Helm's history: the Secrets in which revisions of releases are kept, by Helm and by what stores for it.
// Sources: Helm 3 and 4: `sh.helm.release.v1.NAME.vN`, type helm.sh/release.v1, labels owner=helm and name.
// helm/helm#12277, a revision in several Secrets: `.vN`, `.vN.2`, `.vN.3`, labels chunk and chunks.
// helm-operator-plugins, driver "chunked": an index named like a revision, type
// operatorframework.io/index.v1, and chunks of another name, type operatorframework.io/chunk.v1, whose label
// key names the index. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "secret/facts.hpp"

namespace hygiene::secret {

inline constexpr std::string_view kTypeHelmRelease = "helm.sh/release.v1";
inline constexpr std::string_view kTypeHelmIndex = "operatorframework.io/index.v1";
inline constexpr std::string_view kTypeHelmChunk = "operatorframework.io/chunk.v1";

struct HelmRevision {
  std::string_view release;  // may itself hold dots
  std::uint64_t revision = 0;
  std::uint64_t part = 1;  // of several Secrets; the first has Helm's own name
};

// The release, revision and part that `name` gives, or nothing.
std::optional<HelmRevision> parse_helm_name(std::string_view name);

// The release whose revisions a Secret of this name counts in: a further part is no revision of its own.
// Nothing: in none.
std::optional<std::string_view> release_of(std::string_view name);

// True for the types under which history is kept.
bool is_helm_type(std::string_view type);

// The revision that a Secret keeps or is a part of, where its type, name and labels all say so. It points
// into `facts`.
std::optional<HelmRevision> helm_revision(const Facts& facts);

// True where it keeps one of several parts of a revision.
bool is_helm_part(const Facts& facts);

}  // namespace hygiene::secret
