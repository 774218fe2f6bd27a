#include "counting/claims.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "counting/name_arena.hpp"

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

std::uint8_t digit_of(char c) {
  return kDigits[static_cast<unsigned char>(c)];
}

// 01234567-89ab-cdef-0123-456789abcdef, as every API server writes it: each digit has its place. Nothing: it
// is written in another way.
std::optional<std::uint64_t> usual_uid_bits(std::string_view uid) {
  if (uid.size() != 36 || uid[8] != '-' || uid[13] != '-' || uid[18] != '-' || uid[23] != '-')
    return std::nullopt;
  std::uint64_t first = 0, second = 0;
  std::uint8_t any = 0;
  const auto take = [&](std::size_t from_first, std::size_t from_second, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto a = digit_of(uid[from_first + i]), b = digit_of(uid[from_second + i]);
      first = first << 4 | a;
      second = second << 4 | b;
      any = static_cast<std::uint8_t>(any | a | b);
    }
  };
  // Sixteen digits each, by runs that neither has a dash in.
  take(0, 19, 4);
  take(4, 24, 4);
  take(9, 28, 4);
  take(14, 32, 4);
  return any > 0xf ? std::nullopt : std::optional(first ^ second);
}

// `scopes`: those of one policy.
void add_claims(const Selection& selection, std::span<const Scope> scopes, const policy::Request& request,
                Claims& claims) {
  const auto& policy = selection.policies().policies[scopes.front().policy];
  const bool update = request.operation == policy::Operation::update;
  const auto spared = policy::spared_from_sums(policy, request);
  const auto outcome = policy::outcome_of(policy.mode, spared);
  const bool within_growth =
      update && request.stored != nullptr && claims.bytes - request.stored->data_bytes <= policy.allow_growth;
  for (const auto& [limit, kind, allowed] : selection.limits(scopes.front().policy)) {
    if (update && !of_bytes(limit)) continue;
    const auto scope = std::ranges::find(scopes, kind, &Scope::kind);
    if (scope == scopes.end()) continue;  // no Helm revision
    claims.claims.emplace_back(*scope, limit, allowed, outcome, spared, within_growth);
    claims.reserves = claims.reserves || policy.mode == policy::Mode::enforce;
  }
}

}  // namespace

bool Claims::may_be_denied() const {
  return std::ranges::any_of(claims, [](const Claim& claim) { return claim.stops(); });
}

std::uint64_t uid_bits(std::string_view uid) {
  if (const auto bits = usual_uid_bits(uid)) return *bits;
  std::array<std::uint64_t, 2> halves{};
  std::size_t digits = 0;
  for (const char c : uid) {
    if (c == '-') continue;
    const auto digit = digit_of(c);
    if (digits == 32 || digit == kNoDigit) return keyed_hash({}, 0, uid);
    halves[digits / 16] = (halves[digits / 16] << 4) | digit;
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
  make_claims(selection, request, dry_run, claims);
  return claims;
}

void make_claims(const Selection& selection, const policy::Request& request, bool dry_run, Claims& claims) {
  const auto& object = *request.object;
  claims.claims.clear();
  claims.reserves = false;
  claims.before = 0;
  claims.bytes = object.data_bytes;
  const bool create = request.operation == policy::Operation::create;
  const bool update = request.operation == policy::Operation::update;
  if ((!create && !update) || selection.counting().empty()) return;
  if (update && request.stored != nullptr && claims.bytes <= request.stored->data_bytes) return;
  claims.namespace_name = object.namespace_name;
  claims.name = object.name;
  claims.type = object.type.empty() ? secret::kTypeOpaque : counted_type(object.type);
  selection.scopes_of(claims.subject(), claims.scopes);
  const std::span<const Scope> scopes(claims.scopes);
  for (std::size_t from = 0, to = 0; from < scopes.size(); from = to) {
    while (to < scopes.size() && scopes[to].policy == scopes[from].policy) ++to;
    add_claims(selection, scopes.subspan(from, to - from), request, claims);
  }
  claims.uid = uid_bits(object.uid);
  if (update && request.stored != nullptr) claims.before = revision_number(request.stored->resource_version);
  const bool known =
      !object.uid.empty() && (create || claims.before != 0) && claims.name.size() <= NameArena::kNameBytesMax;
  claims.reserves = claims.reserves && known && !dry_run;
}

}  // namespace hygiene::counting
