#include "counting/counted_write.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "counting/memory/name_table.hpp"

namespace hygiene::counting {
namespace {

// By byte: its value as a hexadecimal digit, or kNoDigit.
constexpr std::uint8_t kNoDigit = 0xff;
constexpr auto kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) digits['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) digits['a' + i] = digits['A' + i] = static_cast<std::uint8_t>(10 + i);
  return digits;
}();

// `scopes`: in which the Secret counts, by any policy.
void add_claims(const Selection& selection, std::uint32_t index, const Scopes& scopes,
                const policy::Request& request, CountedWrite& claims) {
  if (!selection.namespaces().selects(index, claims.namespace_name)) return;
  const auto& policy = selection.policies().policies[index];
  const bool update = request.operation == policy::Operation::update;
  const auto spared = policy::spared_whatever_the_sizes(policy, request);
  const policy::Mode mode = policy::mode_on(policy, request.operation);
  const auto outcome = policy::outcome_of(mode, spared);
  const bool within_growth =
      update && request.stored != nullptr && claims.bytes - request.stored->data_bytes <= policy.allow_growth;
  for (const auto& [limit, kind, allowed] : selection.limits(index)) {
    if (update && !of_bytes(limit)) continue;
    const auto scope = std::ranges::find_if(
        scopes, [&](const Scope& each) { return each.policy == index && each.kind == kind; });
    if (scope == scopes.end()) continue;  // not selected, or no Helm revision
    claims.claims.emplace_back(*scope, limit, allowed, outcome, spared, within_growth);
    claims.reserves = claims.reserves || policy.mode == policy::Mode::enforce;
  }
}

}  // namespace

bool CountedWrite::may_be_denied() const {
  return std::ranges::any_of(claims, [](const Claim& claim) { return claim.can_deny(); });
}

std::uint64_t uid_bits(std::string_view uid) {
  std::uint64_t first = 0, second = 0;
  std::size_t digits = 0;
  for (const char c : uid) {
    if (c == '-') continue;
    const auto digit = kDigits[static_cast<unsigned char>(c)];
    if (digits == 32 || digit == kNoDigit) return keyed_hash({}, 0, uid);
    if (digits++ < 16) {
      first = first << 4 | digit;
    } else {
      second = second << 4 | digit;
    }
  }
  return digits == 32 ? first ^ second : keyed_hash({}, 0, uid);
}

std::uint64_t revision_number(std::string_view resource_version) {
  std::uint64_t number = 0;
  const auto* end = resource_version.data() + resource_version.size();
  const auto [stopped, error] = std::from_chars(resource_version.data(), end, number);
  return error == std::errc() && stopped == end ? number : 0;
}

CountedWrite make_claims(const Selection& selection, const policy::Request& request, bool dry_run) {
  CountedWrite claims;
  const auto& object = *request.object;
  claims.bytes = object.data_bytes;
  const bool create = request.operation == policy::Operation::create;
  const bool update = request.operation == policy::Operation::update;
  if ((!create && !update) || selection.counting().empty()) return claims;
  if (update && request.stored != nullptr && claims.bytes <= request.stored->data_bytes) return claims;
  claims.namespace_name = object.namespace_name;
  claims.name = object.name;
  claims.type = selection.told_apart(object.type.empty() ? secret::kTypeOpaque : counted_type(object.type));
  const auto scopes = selection.scopes_of(claims.subject());
  for (const auto index : selection.counting()) add_claims(selection, index, scopes, request, claims);
  claims.uid = uid_bits(object.uid);
  if (update && request.stored != nullptr) claims.before = revision_number(request.stored->resource_version);
  const bool known =
      !object.uid.empty() && (create || claims.before != 0) && claims.name.size() <= kNameBytesMax;
  claims.reserves = claims.reserves && known && !dry_run;
  return claims;
}

}  // namespace hygiene::counting
