#include "proxy/upstream.hpp"

#include <utility>

#include "net/tls_client_context.hpp"

namespace hygiene::proxy {
namespace {

namespace asio = boost::asio;

// As long as client-go keeps a token that it read.
constexpr std::chrono::minutes kGoodFor{1};
// Each client that is refused would have the files read.
constexpr std::chrono::seconds kReadAgainAfter{1};
// Each request that is refused would have the exec plugin run.
constexpr std::chrono::seconds kRenewedAgainAfter{10};

}  // namespace

Result<std::unique_ptr<Upstream>> Upstream::make(const cluster::ClientConfigOptions& options,
                                                 const net::PeerProbes& probes) {
  std::unique_ptr<Upstream> made(new Upstream(options, probes));
  if (auto loaded = made->load(); !loaded) return loaded.error();
  return made;
}

Result<void> Upstream::load() {
  auto access = cluster::find_client_config(options_);
  if (!access) return access.error();
  if (!access->tls) {
    return Error(Errc::unsupported,
                 access->origin +
                     ": the server is plain HTTP, and tokens must not be sent in the clear; "
                     "give an https:// server");
  }
  if (!access->impersonation.empty()) {
    return Error(Errc::unsupported,
                 access->origin +
                     ": a user is impersonated (as, or --as), and this proxy passes requests "
                     "on as whoever sends them; use another user");
  }
  // Never the client certificate of the kubeconfig: who asks is the caller, not this program.
  net::ClientTlsMaterial material;
  material.ca_pem = access->ca_pem;
  material.verify = access->verify;
  material.many_idle = true;
  auto context = net::TlsClientContext::make(material);
  if (!context) return Error(context.error().code(), access->origin + ": " + context.error().message());
  to_.host = access->host;
  to_.port = access->port;
  to_.server_name = access->server_name;
  to_.proxy = access->proxy;
  // What was made of the same CA goes on: each has a store of certificates.
  if (!to_.tls || access->ca_pem != access_.ca_pem || access->verify != access_.verify) {
    to_.tls = std::move(*context);
  }
  const bool v6 = to_.host.find(':') != std::string::npos;
  authority_ = v6 ? '[' + to_.host + ']' : to_.host;
  if (to_.port != 443) authority_ += ':' + std::to_string(to_.port);
  access_ = std::move(*access);
  loaded_at_ = Clock::now();
  return {};
}

const net::Destination& Upstream::destination() {
  // What cannot be read now stays as it was: the next connection tries again.
  if (Clock::now() - loaded_at_ >= kGoodFor) static_cast<void>(load());
  return to_;
}

bool Upstream::refused() {
  if (Clock::now() - loaded_at_ < kReadAgainAfter) return false;
  const auto before = to_.tls;
  const auto loaded = load();
  return loaded && to_.tls != before;
}

asio::awaitable<Result<cluster::CredentialPtr>> Upstream::credential(net::GivenUp given_up) {
  // load() may take another meanwhile.
  const std::shared_ptr<cluster::CredentialSource> source = access_.credentials;
  const std::string origin = access_.origin;
  auto credential = co_await source->get(std::move(given_up));
  if (!credential) co_return Error(Errc::denied, origin + ": " + credential.error().message());
  if ((*credential)->token.empty()) {
    co_return Error(Errc::denied, origin + ": contains no token; --inject-token needs one");
  }
  co_return *credential;
}

void Upstream::credential_refused() {
  const auto now = Clock::now();
  if (refused_at_ && now - *refused_at_ < kRenewedAgainAfter) return;
  refused_at_ = now;
  if (!access_.credentials->refused()) static_cast<void>(load());
}

}  // namespace hygiene::proxy
