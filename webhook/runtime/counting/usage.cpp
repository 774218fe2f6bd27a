#include "runtime/counting/usage.hpp"

#include <algorithm>

#include "policy/limits/limit.hpp"
#include "secret/helm.hpp"

namespace hygiene::runtime {
namespace {

using counting::ScopeKind;
using counting::Subject;
using policy::LimitRule;

std::string name_of(ScopeKind kind, const Subject& subject) {
  if (kind == ScopeKind::cluster) return {};
  std::string in(subject.namespace_name);
  if (kind == ScopeKind::name_space) return in;
  return in + '/' + std::string(secret::release_of(subject.name).value_or(subject.name));
}

bool fuller(const ScopeUsage& a, const ScopeUsage& b) {
  return a.ratio() != b.ratio() ? a.ratio() > b.ratio() : a.scope < b.scope;
}

// Namespaces of a ledger that are named. Four fill it.
constexpr std::size_t kSharesShown = 4;

// Records of a step: the engine is locked meanwhile, and requests must not wait for a pass over a million.
constexpr std::uint32_t kRecordsAtOnce = 4096;

}  // namespace

UsageMeter::UsageMeter(const counting::Engine& engine, std::shared_ptr<const counting::Selection> selection,
                       std::size_t most)
    : engine_(engine), selection_(std::move(selection)), most_(most) {
  for (const auto index : selection_->counting()) {
    const policy::Policy& policy = selection_->policies().policies[index];
    telemetry::PolicyUsage& made = usage_.policies.emplace_back();
    made.policy = policy.name;
    const auto all = engine.view().inventory().tally(selection_->cluster(index));
    made.secrets = all.count;
    made.bytes = all.bytes;
    for (const LimitRule& rule : policy::limit_rules()) {
      if (rule.across_secrets() && policy.limit(rule.kind)) made.ratios.emplace_back(rule.name, 0.0);
    }
  }
}

bool UsageMeter::step() {
  if (next_secret_) {
    next_secret_ = engine_.view().inventory().visit_some(
        *next_secret_, kRecordsAtOnce,
        [this](const counting::StoredSecret& secret) { take(secret.subject); });
    return false;
  }
  // Scopes in which nothing is stored yet.
  if (shard_ < engine_.shards()) {
    const auto& reservations = engine_.shard(shard_).reservations();
    const auto next = reservations.visit_some(
        next_reservation_, kRecordsAtOnce,
        [this](const counting::Reservations::Item& item) { take(item.reservation.subject()); });
    next_reservation_ = next.value_or(0);
    if (!next) {
      ++shard_;
      usage_.entries += reservations.size();
    }
    return false;
  }
  trim();
  usage_.secrets = engine_.view().inventory().size();
  return true;
}

void UsageMeter::take(const Subject& subject) {
  for (const counting::Scope& scope : selection_->scopes_of(subject)) {
    const bool counts = selection_->namespaces().selects(scope.policy, subject.namespace_name);
    if (counts && seen_.insert(scope.id).second) take(scope, subject);
  }
}

void UsageMeter::take(const counting::Scope& scope, const Subject& subject) {
  const policy::Policy& policy = selection_->policies().policies[scope.policy];
  const counting::Tally stored = engine_.view().inventory().tally(scope.id);
  const auto& shard = engine_.shard(engine_.shard_of(scope.kind, subject.namespace_name));
  const counting::Tally reserved = shard.reservations().reserved(scope.id);
  for (const LimitRule& rule : policy::limit_rules()) {
    const auto allowed = policy.limit(rule.kind);
    if (!allowed || rule.scope != scope.kind) continue;
    const bool bytes = rule.unit == policy::Unit::bytes;
    add({policy.name, std::string(rule.name), name_of(scope.kind, subject),
         bytes ? stored.bytes : stored.count, bytes ? reserved.bytes : reserved.count, *allowed});
  }
}

void UsageMeter::add(ScopeUsage made) {
  for (telemetry::PolicyUsage& policy : usage_.policies) {
    if (policy.policy != made.policy) continue;
    for (auto& [limit, ratio] : policy.ratios) {
      if (limit == made.limit) ratio = std::max(ratio, made.ratio());
    }
  }
  usage_.fullest.push_back(std::move(made));
  if (usage_.fullest.size() >= 2 * most_ + 1) trim();
}

void UsageMeter::trim() {
  std::sort(usage_.fullest.begin(), usage_.fullest.end(), fuller);
  if (usage_.fullest.size() > most_) usage_.fullest.resize(most_);
}

double ScopeUsage::ratio() const {
  const auto held = static_cast<double>(used + reserved);
  return allowed == 0 ? held : held / static_cast<double>(allowed);
}

std::string ledger_label(counting::ShardIndex shard) {
  if (shard == counting::kEarlierLedger) return "earlier";
  return shard == counting::kFirstShard ? "cluster" : std::to_string(shard - 1);
}

std::vector<LedgerUsage> ledger_usage(const counting::Engine& engine, counting::Time now) {
  std::vector<LedgerUsage> all;
  for (counting::ShardIndex index = 0; engine.is_strict() && index < engine.shards(); ++index) {
    if (!engine.is_needed(index)) continue;
    const auto& ledger = engine.shard(index).ledger();
    all.push_back({ledger_label(index), engine.shard(index).reservations().size(), ledger.bytes(),
                   ledger.quarantine_left(now), ledger.largest_shares(kSharesShown)});
  }
  return all;
}

void write_fields(json::Writer& json, const Usage& usage) {
  json.field("secrets", usage.secrets);
  json.field("entries", usage.entries);
  json.objects("scopes", usage.fullest, [&json](const ScopeUsage& scope) {
    json.field("policy", scope.policy);
    json.field("limit", scope.limit);
    json.field("scope", scope.scope);
    json.field("used", scope.used);
    json.field("reserved", scope.reserved);
    json.field("allowed", scope.allowed);
  });
  json.objects("ledgers", usage.ledgers, [&json](const LedgerUsage& ledger) {
    json.field("ledger", ledger.ledger);
    json.field("entries", ledger.entries);
    json.field("bytes", ledger.bytes);
    json.field("coolingSeconds", std::chrono::duration<double>(ledger.cooling).count());
    json.objects("namespaces", ledger.namespaces, [&json](const counting::LedgerShare& share) {
      json.field("namespace", share.namespace_name);
      json.field("bytes", share.bytes);
      json.field("share", share.ratio);
    });
  });
}

std::string to_json(const Usage& usage, bool synced) {
  json::Writer json(2);
  json.object([&] {
    json.field("synced", synced);
    write_fields(json, usage);
  });
  return json.take() + '\n';
}

}  // namespace hygiene::runtime
