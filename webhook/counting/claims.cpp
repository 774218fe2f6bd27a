#include "counting/claims.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "secret/helm.hpp"

namespace hygiene::counting {
namespace {

using policy::LimitKind;

constexpr std::array kLimits{LimitKind::secrets_per_namespace, LimitKind::secrets_per_release,
                             LimitKind::bytes_per_namespace, LimitKind::secrets_per_cluster,
                             LimitKind::bytes_per_cluster};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void add_claims(const Selection& selection, std::uint32_t index, const policy::Request& request,
                Claims& claims) {
  const auto& policy = selection.policies().policies[index];
  const auto subject = claims.subject();
  const bool update = request.operation == policy::Operation::update;
  for (const auto limit : kLimits) {
    const auto allowed = policy.limit(limit);
    if (!allowed) continue;
    Claim claim;
    claim.limit = limit;
    claim.allowed = *allowed;
    if (update && !claim.of_bytes()) continue;
    const auto kind = scope_kind(limit);
    if (kind == ScopeKind::release && !secret::parse_helm_name(subject.name)) continue;
    claim.scope = {selection.scope_of(index, kind, subject), index, kind};
    claim.spared = policy::spared_from_sums(policy, request);
    claim.outcome = policy::outcome_of(policy.mode, claim.spared);
    claim.within_growth = update && request.stored != nullptr &&
                          claims.bytes - request.stored->data_bytes <= policy.allow_growth;
    claims.claims.push_back(claim);
    claims.reserves = claims.reserves || policy.mode == policy::Mode::enforce;
  }
}

}  // namespace

bool Claims::may_be_denied() const {
  return std::ranges::any_of(claims, [](const Claim& claim) { return claim.stops(); });
}

std::uint64_t uid_bits(std::string_view uid) {
  std::array<std::uint64_t, 2> halves{};
  std::size_t digits = 0;
  for (const char c : uid) {
    if (c == '-') continue;
    const int digit = hex_digit(c);
    if (digits == 32 || digit < 0) return keyed_hash({}, 0, uid);
    halves[digits / 16] = (halves[digits / 16] << 4) | static_cast<std::uint64_t>(digit);
    ++digits;
  }
  return digits == 32 ? halves[0] ^ halves[1] : keyed_hash({}, 0, uid);
}

std::uint64_t revision_number(std::string_view resource_version) {
  std::uint64_t number = 0;
  const auto* end = resource_version.data() + resource_version.size();
  const auto [stopped, error] = std::from_chars(resource_version.data(), end, number);
  return error == std::errc() && stopped == end ? number : 0;
}

Claims make_claims(const Selection& selection, const policy::Request& request, bool dry_run) {
  Claims claims;
  const bool create = request.operation == policy::Operation::create;
  const bool update = request.operation == policy::Operation::update;
  if ((!create && !update) || selection.counting().empty()) return claims;
  const auto& object = *request.object;
  claims.bytes = object.data_bytes;
  if (update && request.stored != nullptr && claims.bytes <= request.stored->data_bytes) return claims;
  claims.namespace_name = object.namespace_name;
  claims.name = object.name;
  claims.type = object.type.empty() ? secret::kTypeOpaque : counted_type(object.type);
  for (const auto index : selection.counting()) {
    if (selection.selects(index, claims.subject())) add_claims(selection, index, request, claims);
  }
  claims.uid = uid_bits(object.uid);
  if (update && request.stored != nullptr) claims.before = revision_number(request.stored->resource_version);
  const bool known = !object.uid.empty() && (create || claims.before != 0);
  claims.reserves = claims.reserves && known && !dry_run;
  return claims;
}

}  // namespace hygiene::counting
