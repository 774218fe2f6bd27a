// Fakes of an API server, served over HTTP, with a kubeconfig that leads there; and the run of a command
// against one. Thread-safety: as the fake's.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <sstream>
#include <string>

#include "support/kubeconfig_of.hpp"

namespace hygiene::test {

// `Fake` has handle(ScriptedRequest).
template <class Fake>
struct FakeServer {
  Fake fake;
  ScriptedServer server{[this](const ScriptedRequest& request) { return fake.handle(request); }};
  KubeconfigOf kubeconfig{server};
};

// A command with `Options`, and what it said.
template <class Fake, class Options>
struct CommandTest : FakeServer<Fake> {
  using Command = int (*)(const Options&, std::ostream&, std::ostream&);

  int run(Command command) {
    std::ostringstream to_out, to_err;
    const int status = command(options, to_out, to_err);
    out = to_out.str();
    err = to_err.str();
    return status;
  }
  bool said(const std::string& text) const { return out.find(text) != std::string::npos; }

  Options options;
  std::string out;
  std::string err;
};

// The same of a command on all stored Secrets that retries at once and writes without pauses.
template <class Fake, class Options, int (*kCommand)(const Options&, std::ostream&, std::ostream&)>
struct StoredCommandTest : CommandTest<Fake, Options> {
  using Answered = std::function<std::optional<ScriptedAnswer>()>;

  StoredCommandTest() {
    this->options.stored.access.kubeconfig = this->kubeconfig.path();
    this->options.stored.all_namespaces = true;
    this->options.stored.qps = 0;
    this->options.stored.outage_retry = {std::chrono::milliseconds(1), std::chrono::milliseconds(1),
                                         std::chrono::milliseconds(5)};
  }
  int run() { return CommandTest<Fake, Options>::run(kCommand); }
  int apply() {
    this->options.stored.apply = true;
    return run();
  }
  // Answers the first request of this method and part of the target; later ones pass.
  void once(const std::string& method, const std::string& part, Answered answered) {
    this->fake.intercept(
        [=, done = false](const ScriptedRequest& request) mutable -> std::optional<ScriptedAnswer> {
          if (done || request.method != method || request.target.find(part) == std::string::npos)
            return std::nullopt;
          done = true;
          return answered();
        });
  }
};

}  // namespace hygiene::test
