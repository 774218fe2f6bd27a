// A SharedEngine whose effects a test performs itself, and the writes that ask it. Thread-safety: internally
// locked where the runner is; the rest one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "policy/loader.hpp"
#include "runtime/counting/shared_engine.hpp"

namespace hygiene::runtime_test {

inline std::shared_ptr<const policy::PolicySet> load(const std::string& text) {
  auto outcome = policy::load_policies({{"test.yaml", text}});
  if (outcome.policies == nullptr) throw std::runtime_error(to_string(outcome.errors.at(0)));
  return outcome.policies;
}

inline std::string policy_document(const std::string& name, const std::string& spec) {
  return "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: " + name +
         "}\nspec: " + spec + "\n---\n";
}

// Of Secrets of type t, in one namespace.
inline std::shared_ptr<const policy::PolicySet> limit_of(int secrets, const std::string& more = "") {
  return load(
      policy_document("limits", "{mode: Enforce, match: {types: [t]}, limits: {secretsPerNamespace: " +
                                    std::to_string(secrets) + "}" + more + "}"));
}

inline secret::Facts facts(const std::string& name, const std::string& type = "t",
                           const std::string& in = "team") {
  secret::Facts object;
  object.namespace_name = in;
  object.name = name;
  object.type = type;
  object.uid = "uid-of-" + name;
  object.data_bytes = 100;
  return object;
}

inline counting::EngineOptions engine_options(bool strict = false) {
  counting::EngineOptions options;
  options.strict = strict;
  options.replica = "r";
  options.ledger_namespace = "own";
  options.ledger_name = "counts";
  return options;
}

class SharedEngineFixture {
 public:
  using Clock = runtime::SharedEngine::Clock;
  using Ask = std::shared_ptr<runtime::SharedEngine::PendingWrite>;

  explicit SharedEngineFixture(std::shared_ptr<const policy::PolicySet> policies = nullptr,
                               const counting::EngineOptions& options = engine_options())
      : engine(options) {
    engine.set_runner({[this](std::vector<counting::Effect> done) {
                         if (meanwhile) std::exchange(meanwhile, nullptr)();
                         const std::lock_guard lock(mutex_);
                         std::ranges::move(done, std::back_inserter(effects_));
                       },
                       [this](std::vector<runtime::WatchState> wanted) {
                         const std::lock_guard lock(mutex_);
                         watches_ = std::move(wanted);
                         ++selections_;
                       }});
    if (policies) engine.select(std::move(policies));
  }

  // Called once, while somebody asks and has not been answered.
  std::function<void()> meanwhile;

  std::vector<runtime::WatchState> watches() {
    const std::lock_guard lock(mutex_);
    return watches_;
  }
  // How often the runner was told its watches.
  int selections() {
    const std::lock_guard lock(mutex_);
    return selections_;
  }
  // Those of one kind since the last call; the others are forgotten.
  template <class Kind>
  std::vector<Kind> effects() {
    const std::lock_guard lock(mutex_);
    std::vector<Kind> found;
    for (const auto& effect : std::exchange(effects_, {})) {
      if (const auto* kind = std::get_if<Kind>(&effect)) found.push_back(*kind);
    }
    return found;
  }

  // The first watch's list, with these Secrets.
  void list(const std::vector<std::string>& names, std::uint64_t revision = 10) {
    engine.with_watch(watches().at(0), [&](auto& inner, auto index, auto now) {
      const auto list = inner.begin_list(index);
      std::uint32_t created = 100;
      for (const auto& name : names) show(inner, list, name, created++);
      inner.list_ends(list, revision, now);
    });
  }
  // Answers a list that the engine wants, with the same.
  void confirm(const counting::ListScope& wanted, const std::vector<std::string>& names,
               std::uint64_t revision) {
    engine.with([&](auto& inner, auto now) {
      std::uint32_t created = 100;
      for (const auto& name : names) show(inner, wanted.list, name, created++);
      inner.list_ends(wanted.list, revision, now);
    });
  }
  void removed(const std::string& name, std::uint64_t revision) {
    engine.with_watch(watches().at(0), [&](auto& inner, auto index, auto now) {
      inner.removes(index, {"team", name, "t"}, counting::uid_bits("uid-of-" + name), revision, now);
    });
  }

  Ask ask(const secret::Facts& object, bool dry_run = false,
          Clock::time_point deadline = Clock::now() + std::chrono::hours(1)) {
    return engine.ask({policy::Operation::create, nullptr, &object, nullptr}, dry_run, deadline);
  }
  Ask ask(const std::string& name) { return ask(facts(name)); }
  Ask ask_at(const std::string& name, std::chrono::sys_seconds now) {
    const secret::Facts object = facts(name);
    return engine.ask({.object = &object, .now = now}, false, Clock::now() + std::chrono::hours(1));
  }
  counting::Decision decision(const Ask& ask) {
    const auto answer = engine.answer(*ask);
    REQUIRE(answer);
    return answer->decision;
  }

  runtime::SharedEngine engine;

 private:
  static void show(counting::Engine& engine, counting::ListId list, const std::string& name,
                   std::uint32_t created) {
    engine.list_shows(list, {"team", name, "t"}, {counting::uid_bits("uid-of-" + name), 5, 100, created});
  }

  std::mutex mutex_;
  std::vector<counting::Effect> effects_;
  std::vector<runtime::WatchState> watches_;
  int selections_ = 0;
};

}  // namespace hygiene::runtime_test
