#include "commands/serve/serve_counting.hpp"

#include <algorithm>

#include "commands/cli/config_map_name.hpp"
#include "commands/cli/random_name.hpp"
#include "policy/limits/limit.hpp"
#include "policy/matcher.hpp"

namespace hygiene::commands {
namespace {

constexpr const char* kLedgerName = "secret-hygiene-ledger";
// The namespace of the ledgers is called as our own and this. Nothing else is in it, so that who may write
// them cannot write the certificate of /validate.
constexpr const char* kLedgerNamespaceSuffix = "-ledger";

constexpr const char* kCounts = "sets a limit across Secrets, ";
constexpr const char* kSelects = "selects by the labels of namespaces (namespaceSelector), ";

// The first for which `holds` is true; null: none.
const policy::Policy* first(const policy::PolicySet& policies, bool (policy::Policy::*holds)() const) {
  const auto found = std::ranges::find_if(
      policies.policies, [holds](const policy::Policy& policy) { return (policy.*holds)(); });
  return found == policies.policies.end() ? nullptr : &*found;
}

std::string policy_that(const policy::Policy& policy, const char* does) {
  return "policy \"" + policy.name + "\" " + does;
}

}  // namespace

ServeCounting::ServeCounting(counting::EngineOptions engine, runtime::EffectRunnerOptions runner,
                             telemetry::Metrics& metrics, telemetry::Log& log,
                             runtime::EffectRunner::Synced synced)
    : log_(log),
      engine_(std::move(engine)),
      runner_(std::move(runner), engine_, metrics, log, std::move(synced)) {}

Result<std::unique_ptr<ServeCounting>> ServeCounting::make(const ServeOptions& options,
                                                           telemetry::Metrics& metrics, telemetry::Log& log,
                                                           runtime::EffectRunner::Synced synced) {
  if (options.counting == Counting::strict && !options.when_counts_unknown) {
    return Error(Errc::invalid,
                 "--counting=strict needs --when-counts-unknown: deny keeps every limit, and stops writes "
                 "while counts are unknown; allow lets them pass, and a limit may be exceeded");
  }
  auto access = cluster::find_client_config(options.access);
  counting::EngineOptions engine;
  engine.strict = options.counting == Counting::strict;
  // Unique to this run of this process: two replicas' calls must never be taken for one.
  engine.replica = random_name();
  if (access) {
    engine.earlier_ledger_namespace = access->namespace_default;
    engine.ledger_namespace = access->namespace_default + kLedgerNamespaceSuffix;
  }
  engine.ledger_name = kLedgerName;
  engine.namespace_ledgers = counting::kNamespaceLedgers;
  std::string named_namespace;
  if (!options.ledger.empty()) {
    const auto ledger = config_map_of("--ledger", options.ledger);
    if (!ledger) return ledger.error();
    engine.ledger_namespace = engine.earlier_ledger_namespace = ledger->namespace_name;
    engine.ledger_name = ledger->name;
    if (engine.strict) named_namespace = ledger->namespace_name;
  }
  runtime::EffectRunnerOptions runner;
  runner.access = options.access;
  runner.markers_namespace = engine.ledger_namespace;
  std::unique_ptr<ServeCounting> made(
      new ServeCounting(std::move(engine), std::move(runner), metrics, log, std::move(synced)));
  made->ledger_namespace_ = std::move(named_namespace);
  made->authenticated_ = !options.client_ca.empty() || !options.endpoint_token.empty();
  made->deny_unknown_ = options.when_counts_unknown == WhenUnknown::deny;
  if (!access) made->no_access_ = access.error();
  return made;
}

Result<void> ServeCounting::accept(const policy::PolicySet& policies) const {
  const policy::Policy* counts = first(policies, &policy::Policy::counts);
  const policy::Policy* selects = first(policies, &policy::Policy::selects_namespaces);
  if (counts != nullptr && !authenticated_) {
    return Error(Errc::invalid, policy_that(*counts, kCounts) +
                                    "which any pod could fill with forged reviews: give --client-ca or "
                                    "--endpoint-token (docs/security.md), or remove the limit");
  }
  if (no_access_ && (counts != nullptr || selects != nullptr)) {
    return Error(no_access_->code(),
                 (counts != nullptr ? policy_that(*counts, kCounts) : policy_that(*selects, kSelects)) +
                     "for which the API server must be asked: " + no_access_->message());
  }
  return {};
}

void ServeCounting::select(std::shared_ptr<const policy::PolicySet> policies) {
  for (const policy::Policy& policy : policies->policies) {
    if (ledger_namespace_.empty() || !policy.counts() || !policy::takes_namespace(policy, ledger_namespace_))
      continue;
    log_.warning("a policy counts the namespace of --ledger: exclude it there, or keep the ledgers elsewhere",
                 {{"policy", policy.name}, {"namespace", ledger_namespace_}});
  }
  engine_.select(std::move(policies));
}

}  // namespace hygiene::commands
