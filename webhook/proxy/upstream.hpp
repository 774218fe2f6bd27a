// How one worker reaches the API server: one connection for each client's, with the CA in force.
// Thread-safety: the worker's thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "cluster/client_config.hpp"
#include "net/dial.hpp"

namespace hygiene::proxy {

class Upstream {
 public:
  // Errors: as cluster::find_client_config; unsupported: a server in plain HTTP, to which no token may be
  // sent.
  static Result<std::unique_ptr<Upstream>> make(const cluster::ClientConfigOptions& options,
                                                const net::PeerProbes& probes);

  // Where to dial. Reads the CA again once a minute, and after a refusal.
  const net::Destination& destination();
  // Call it when the API server's certificate was not trusted. True: there is a new CA, and dialling again
  // may help.
  bool refused();
  // Host and port, as in a Host header.
  const std::string& authority() const { return authority_; }
  const std::string& base_path() const { return access_.base_path; }
  // The token for --inject-token. Errors: those of CredentialSource; denied: the credential is no token.
  // `given_up` ends a wait for an exec plugin. Several calls may be under way.
  boost::asio::awaitable<Result<cluster::CredentialPtr>> credential(net::GivenUp given_up);
  // Call it when the API server answered 401: the next credential is another one, if there is one.
  void credential_refused();

 private:
  using Clock = std::chrono::steady_clock;
  Upstream(cluster::ClientConfigOptions options, const net::PeerProbes& probes)
      : options_(std::move(options)) {
    to_.probes = probes;
  }
  Result<void> load();

  cluster::ClientConfigOptions options_;
  cluster::ClientConfig access_;
  net::Destination to_;
  std::string authority_;
  Clock::time_point loaded_at_;
  std::optional<Clock::time_point> refused_at_;  // when credential_refused() last took effect
};

}  // namespace hygiene::proxy
