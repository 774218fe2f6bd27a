#include "secret/helm.hpp"

#include <charconv>

namespace hygiene::secret {

std::optional<HelmRevision> parse_helm_name(std::string_view name) {
  constexpr std::string_view kPrefix = "sh.helm.release.v1.";
  constexpr std::string_view kVersionMark = ".v";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  const std::size_t mark = name.rfind(kVersionMark);
  if (mark == std::string_view::npos || mark == 0) return std::nullopt;
  const std::string_view digits = name.substr(mark + kVersionMark.size());
  HelmRevision revision{name.substr(0, mark), 0};
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), revision.revision);
  if (ec != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return revision;
}

bool is_helm_release(const Facts& facts) {
  if (facts.type != kTypeHelmRelease || !parse_helm_name(facts.name)) return false;
  const std::string* owner = facts.labels.find("owner");
  return owner != nullptr && *owner == "helm";
}

}  // namespace hygiene::secret
