// The part of `serve` that judges limits across Secrets: what its flags say, and whether it can be served at
// all. Thread-safety: the control thread's; what it holds has its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "commands/serve/serve.hpp"
#include "policy/document.hpp"
#include "runtime/counting/effect_runner.hpp"
#include "runtime/counting/shared_engine.hpp"

namespace hygiene::commands {

class ServeCounting {
 public:
  // Errors: a flag's value. Whether there is an API server to ask is accept()'s matter.
  static Result<std::unique_ptr<ServeCounting>> make(const ServeOptions& options, telemetry::Metrics& metrics,
                                                     telemetry::Log& log,
                                                     runtime::EffectRunner::Synced synced);

  // Refuses policies that count where anybody could forge a review, and those that count or select by the
  // labels of namespaces where no API server is known.
  Result<void> accept(const policy::PolicySet& policies) const;
  // Counts by these from now on. Warns of one that counts the namespace that --ledger names.
  void select(std::shared_ptr<const policy::PolicySet> policies);
  runtime::SharedEngine& engine() { return engine_; }
  bool deny_unknown() const { return deny_unknown_; }
  void start() { runner_.start(); }
  void stop() { runner_.stop(); }

 private:
  ServeCounting(counting::EngineOptions engine, runtime::EffectRunnerOptions runner,
                telemetry::Metrics& metrics, telemetry::Log& log, runtime::EffectRunner::Synced synced);

  telemetry::Log& log_;
  bool authenticated_ = false;    // who sends reviews
  std::string ledger_namespace_;  // that --ledger names in strict mode; empty: that of the installation
  bool deny_unknown_ = false;
  std::optional<Error> no_access_;
  runtime::SharedEngine engine_;
  runtime::EffectRunner runner_;
};

}  // namespace hygiene::commands
