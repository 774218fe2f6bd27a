#include "secret/helm.hpp"

#include <charconv>

namespace hygiene::secret {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (ec != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<HelmRevision> parse_helm_name(std::string_view name) {
  constexpr std::string_view kPrefix = "sh.helm.release.v1.";
  constexpr std::string_view kVersionMark = ".v";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  const std::size_t mark = name.rfind(kVersionMark);
  if (mark == std::string_view::npos || mark == 0) return std::nullopt;
  const std::string_view version = name.substr(mark + kVersionMark.size());
  const std::size_t dot = version.find('.');
  const auto revision = parse_number(version.substr(0, dot));
  if (!revision) return std::nullopt;
  HelmRevision parsed{name.substr(0, mark), *revision, 1};
  if (dot == std::string_view::npos) return parsed;
  const auto part = parse_number(version.substr(dot + 1));
  if (!part || *part < 2) return std::nullopt;
  parsed.part = *part;
  return parsed;
}

std::optional<std::string_view> release_of(std::string_view name) {
  const auto revision = parse_helm_name(name);
  if (!revision || revision->part > 1) return std::nullopt;
  return revision->release;
}

bool is_helm_type(std::string_view type) {
  return type == kTypeHelmRelease || type == kTypeHelmIndex || type == kTypeHelmChunk;
}

std::optional<HelmRevision> helm_revision(const Facts& facts) {
  if (facts.type == kTypeHelmIndex) return parse_helm_name(facts.name);
  if (facts.type == kTypeHelmChunk) {
    const std::string* index = facts.labels.find("key");
    return index != nullptr ? parse_helm_name(*index) : std::nullopt;
  }
  if (facts.type != kTypeHelmRelease) return std::nullopt;
  const std::string* owner = facts.labels.find("owner");
  return owner != nullptr && *owner == "helm" ? parse_helm_name(facts.name) : std::nullopt;
}

bool is_helm_part(const Facts& facts) {
  const auto revision = helm_revision(facts);
  if (!revision) return false;
  return revision->part > 1 || facts.type != kTypeHelmRelease || facts.labels.find("chunks") != nullptr;
}

}  // namespace hygiene::secret
