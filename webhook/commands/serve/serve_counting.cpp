#include "commands/serve/serve_counting.hpp"

#include "commands/cli/random_name.hpp"
#include "policy/limits/limit.hpp"

namespace hygiene::commands {
namespace {

constexpr const char* kLedgerName = "secret-hygiene-ledger";

const policy::Policy* first_that_counts(const policy::PolicySet& policies) {
  for (const policy::Policy& policy : policies.policies) {
    if (policy.counts()) return &policy;
  }
  return nullptr;
}

}  // namespace

ServeCounting::ServeCounting(counting::EngineOptions engine, runtime::EffectRunnerOptions runner,
                             telemetry::Metrics& metrics, telemetry::Log& log,
                             runtime::EffectRunner::Synced synced)
    : engine_(std::move(engine)), runner_(std::move(runner), engine_, metrics, log, std::move(synced)) {}

Result<std::unique_ptr<ServeCounting>> ServeCounting::make(const ServeOptions& options,
                                                           telemetry::Metrics& metrics, telemetry::Log& log,
                                                           runtime::EffectRunner::Synced synced) {
  auto access = cluster::find_client_config(options.access);
  counting::EngineOptions engine;
  engine.strict = options.counting == Counting::strict;
  // Unique to this run of this process: two replicas' calls must never be taken for one.
  engine.replica = random_name();
  engine.ledger_namespace = access ? access->namespace_default : std::string();
  engine.ledger_name = kLedgerName;
  engine.namespace_ledgers = counting::kNamespaceLedgers;
  if (!options.ledger.empty()) {
    const std::size_t slash = options.ledger.find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == options.ledger.size() ||
        options.ledger.find('/', slash + 1) != std::string::npos)
      return Error(Errc::invalid,
                   "--ledger: write NAMESPACE/NAME of a ConfigMap, not \"" + options.ledger + '"');
    engine.ledger_namespace = options.ledger.substr(0, slash);
    engine.ledger_name = options.ledger.substr(slash + 1);
  }
  runtime::EffectRunnerOptions runner;
  runner.access = options.access;
  runner.ledger_namespace = engine.ledger_namespace;
  std::unique_ptr<ServeCounting> made(
      new ServeCounting(std::move(engine), std::move(runner), metrics, log, std::move(synced)));
  made->authenticated_ = !options.client_ca.empty() || !options.endpoint_token.empty();
  made->deny_unknown_ = options.when_counts_unknown == WhenUnknown::deny;
  if (!access) made->no_access_ = access.error();
  return made;
}

Result<void> ServeCounting::accept(const policy::PolicySet& policies) const {
  for (const policy::Policy& policy : policies.policies) {
    if (policy.selects_namespaces())
      return Error(Errc::unsupported, "policy \"" + policy.name +
                                          "\" selects by namespaceSelector, which this version of serve "
                                          "does not know yet: select by namespaces");
  }
  const policy::Policy* counts = first_that_counts(policies);
  if (counts == nullptr) return {};
  const std::string who = "policy \"" + counts->name + "\" sets a limit across Secrets, ";
  if (!authenticated_) {
    return Error(Errc::invalid, who +
                                    "which any pod could fill with forged reviews: give --client-ca or "
                                    "--endpoint-token (docs/security.md), or take the limit out");
  }
  if (no_access_) {
    return Error(no_access_->code(),
                 who + "for which the API server must be asked: " + no_access_->message());
  }
  return {};
}

}  // namespace hygiene::commands
