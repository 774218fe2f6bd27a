// A SharedEngine with its runner against an API server in memory, all in short times. What an intercepting
// function refers to is declared before the fixture, whose server lives on to its end.
#pragma once

#include <chrono>
#include <sstream>
#include <thread>

#include "run_until.hpp"
#include "runtime/counting/effect_runner.hpp"
#include "shared_engine_fixture.hpp"
#include "support/fake_secrets.hpp"
#include "support/temporary_folder.hpp"

namespace hygiene::runtime_test {

inline runtime::EffectPace quick_pace() {
  using std::chrono::milliseconds;
  runtime::EffectPace pace;
  pace.expiry = pace.engine = pace.report = pace.measure = milliseconds(2);
  pace.measure_after_failure = pace.after_failed_effect = pace.watch.pause_after_failure = milliseconds(2);
  pace.warnings = milliseconds(0);
  return pace;
}

inline cluster::ApiOptions quick_api() {
  cluster::ApiOptions options;
  options.retry.first_pause = std::chrono::milliseconds(1);
  options.retry.pause_max = std::chrono::milliseconds(5);
  options.retry.attempts_max = 1;
  return options;
}

class RunnerFixture {
 public:
  using Clock = runtime::SharedEngine::Clock;

  explicit RunnerFixture(counting::EngineOptions options = engine_options(),
                         runtime::EffectPace pace = quick_pace())
      : engine(std::move(options)),
        runner(runner_options(pace), engine, metrics, log, [this](bool synced, const std::string&) {
          ++ticks;
          if (synced) was_synced = true;
        }) {}

  // With these policies in force; true once all is listed.
  bool start(const std::shared_ptr<const policy::PolicySet>& policies) {
    run(policies);
    return eventually([this] { return engine.synced(); });
  }
  void run(const std::shared_ptr<const policy::PolicySet>& policies) {
    engine.select(policies);
    runner.start();
  }
  // Secrets that the first policy counts.
  std::uint64_t counted() {
    const auto usage = engine.usage(0);
    return usage.policies.empty() ? 0 : usage.policies[0].secrets;
  }
  std::uint64_t summed() { return engine.usage(0).policies.at(0).bytes; }
  bool counts(std::uint64_t secrets) {
    return eventually([&] { return counted() == secrets; });
  }

  std::shared_ptr<runtime::SharedEngine::PendingWrite> ask(const std::string& name,
                                                           Clock::duration within = std::chrono::hours(1)) {
    const auto object = facts(name);
    return engine.ask({policy::Operation::create, nullptr, &object, nullptr}, false, Clock::now() + within);
  }
  counting::Decision decided(const std::shared_ptr<runtime::SharedEngine::PendingWrite>& ask) {
    REQUIRE(ask);
    REQUIRE(eventually([&] { return engine.answer(*ask) != nullptr; }));
    return engine.answer(*ask)->decision;
  }
  counting::Decision decide(const std::string& name, Clock::duration within = std::chrono::hours(1)) {
    return decided(ask(name, within));
  }
  bool exposes(const std::string& line) {
    return metrics.expose().find("\nsecret_hygiene_" + line + '\n') != std::string::npos;
  }
  // Precondition: the runner was stopped.
  bool logged(const std::string& part) { return log_text.str().find(part) != std::string::npos; }

  void write_kubeconfig() {
    folder.write("config", "current-context: t\nclusters: [{name: c, cluster: {server: '" + server.url() +
                               "'}}]\ncontexts: [{name: t, context: {cluster: c}}]\n");
  }

  test::FakeSecrets api;
  test::ScriptedServer server{[this](const test::ScriptedRequest& request) { return api.handle(request); }};
  test::TemporaryFolder folder;
  std::ostringstream log_text;
  telemetry::Metrics metrics;
  telemetry::Log log{telemetry::Level::debug, telemetry::LogFormat::json, log_text};
  std::atomic<bool> was_synced = false;
  std::atomic<int> ticks = 0;
  runtime::SharedEngine engine;
  runtime::EffectRunner runner;

 private:
  runtime::EffectRunnerOptions runner_options(runtime::EffectPace pace) {
    write_kubeconfig();
    runtime::EffectRunnerOptions options;
    options.access.kubeconfig = (folder.path() / "config").string();
    options.watch_api = options.effect_api = quick_api();
    options.pace = pace;
    options.markers_namespace = "own";
    return options;
  }
};

inline bool has(const test::ScriptedRequest& request, const char* part) {
  return request.target.find(part) != std::string::npos;
}

}  // namespace hygiene::runtime_test
