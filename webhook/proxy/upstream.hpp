// The API server as one worker reaches it: a connection for each client's, with the CA that is in force now.
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
  static base::Result<std::unique_ptr<Upstream>> make(const cluster::ClientConfigOptions& options,
                                                      const net::PeerProbes& probes);

  // Where to dial now. The CA is read again once a minute, and after a refusal.
  const net::Destination& destination();
  // The API server's certificate was not trusted. True if there is a new CA, and dialling again may help.
  bool refused();
  // Host and port as a Host header names them.
  const std::string& authority() const { return authority_; }
  const std::string& base_path() const { return access_.base_path; }
  // For --inject-token: errors where there is none, as CredentialSource's; denied: the credential is no
  // token. `given_up` ends a wait for an exec plugin. Several may be under way.
  boost::asio::awaitable<base::Result<cluster::CredentialPtr>> credential(net::GivenUp given_up);
  // The API server did not know the credential (401): the next one is another, if there is another.
  void credential_refused();

 private:
  using Clock = std::chrono::steady_clock;
  Upstream(cluster::ClientConfigOptions options, const net::PeerProbes& probes)
      : options_(std::move(options)) {
    to_.probes = probes;
  }
  base::Result<void> load();

  cluster::ClientConfigOptions options_;
  cluster::ClientConfig access_;
  net::Destination to_;
  std::string authority_;
  Clock::time_point loaded_at_;
  std::optional<Clock::time_point> refused_at_;  // when credential_refused() last did something
};

}  // namespace hygiene::proxy
