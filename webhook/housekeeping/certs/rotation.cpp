#include "housekeeping/certs/rotation.hpp"

#include <thread>
#include <utility>

#include "cluster/run_to_end.hpp"
#include "net/host_port.hpp"
#include "x509/certificate.hpp"
#include "x509/issuance.hpp"

namespace hygiene::housekeeping {
namespace {

using SystemClock = std::chrono::system_clock;
using SteadyClock = std::chrono::steady_clock;

// An API server, or a node, whose clock is behind by no more takes a new certificate at once.
constexpr std::chrono::hours kBackdated{1};
// CAs that bundles may hold at once. Each rotation that no replica follows leaves one more.
constexpr std::size_t kAuthoritiesMax = 8;
// A replica answers a handshake in milliseconds.
constexpr std::chrono::milliseconds kProbeTimeout{5'000};

Error lost_race(const Error& error) {
  if (error.code() != Errc::conflict) return error;
  return Error(
      Errc::conflict,
      "another run changed the certificates meanwhile, so this one stopped; nothing is broken: every "
      "certificate in use is trusted. Run it again to finish");
}

SystemClock::time_point renewal(const x509::CertificateFacts& facts) {
  return facts.not_before + (facts.not_after - facts.not_before) * 2 / 3;
}

// One run of init_certificate() or rotate_certificate().
class Rotation {
 public:
  Rotation(cluster::BlockingApi& api, const CertificatePlace& place, const RotationRules& rules,
           RotationObserver& observer)
      : api_(api), place_(place), rules_(rules), observer_(observer), store_(api, place) {}

  Result<void> init() {
    for (const auto& resource : store_.configurations()) {
      if (auto state = store_.read_configuration(resource); !state) return state.error();
    }
    auto pair = store_.read_secret();
    if (!pair) return pair.error();
    if (*pair && !(*pair)->certificate_pem.empty()) {
      if (auto good = check_readable(**pair); !good) return good.error();
      const x509::CertificateFacts facts = x509::facts_of_pem((*pair)->certificate_pem)->front();
      observer_.done(misfit(facts) + "the Secret " + place_.secret +
                     " already holds a certificate, which is kept" +
                     (due(facts) ? "; it is due for renewal: run `certs rotate`" : ""));
    } else if (auto made = make_first(*pair); !made) {
      return made.error();
    }
    return sync();
  }

  Result<void> rotate() {
    auto pair = read();
    if (!pair) return pair.error();
    if (auto settled = drop_if_served(*pair); !settled) return settled.error();
    const auto facts = x509::facts_of_pem(pair->certificate_pem);
    if (!facts) return facts.error();
    if (!fits_service(facts->front(), place_)) observer_.done(misfit(facts->front()) + "it is renewed");
    if (!rules_.force && !due(facts->front())) {
      observer_.not_due(facts->front().not_after, renewal(facts->front()));
    } else if (auto renewed = renew(*pair); !renewed) {
      return lost_race(renewed.error());
    }
    return finish(*pair);
  }

 private:
  SystemClock::time_point now() const { return rules_.now.value_or(SystemClock::now()); }

  // Also one that nobody takes: its time has not begun, since a clock that was ahead made it, or it is for
  // other names than the Service's.
  bool due(const x509::CertificateFacts& facts) const {
    return now() >= renewal(facts) || now() < facts.not_before || !fits_service(facts, place_);
  }
  std::string misfit(const x509::CertificateFacts& facts) const {
    return fits_service(facts, place_) ? "" : "the certificate is not for " + name_of_service(place_) + ": ";
  }

  Result<x509::IssuedPair> issue() const {
    const std::string host = place_.service + '.' + place_.namespace_name;
    x509::IssueWish wish;
    wish.common_name = "secret-hygiene";
    wish.names = {host + ".svc", host + ".svc.cluster.local", host, place_.service};
    wish.not_before = now() - kBackdated;
    wish.not_after = now() + std::chrono::hours(24) * rules_.days;
    return x509::issue(wish);
  }

  Result<StoredPair> read() {
    auto pair = store_.read_secret();
    if (!pair) return pair.error();
    if (!*pair || (*pair)->certificate_pem.empty()) {
      return Error(Errc::missing, "the Secret " + place_.secret + " in namespace " + place_.namespace_name +
                                      " holds no certificate yet: run `certs init`");
    }
    if (auto good = check_readable(**pair); !good) return good.error();
    return std::move(**pair);
  }

  Result<void> check_readable(const StoredPair& pair) const {
    if (x509::facts_of_pem(pair.certificate_pem) && x509::facts_of_pem(pair.ca_pem)) return {};
    return unreadable_pair(place_);
  }

  Result<void> make_first(const std::optional<StoredPair>& empty) {
    const auto pair = issue();
    if (!pair) return pair.error();
    Result<void> made;
    if (empty) {
      auto written = store_.write_pair(empty->resource_version, *pair, pair->ca_pem);
      if (!written) made = written.error();
    } else {
      made = store_.create_secret(*pair);
    }
    if (made) {
      observer_.done("created a CA and a certificate in the Secret " + place_.secret + ", valid for " +
                     std::to_string(rules_.days) + " days");
      return {};
    }
    // Another run was first: its pair is as good as ours.
    const bool lost = made.error().code() == Errc::duplicate || made.error().code() == Errc::conflict;
    return lost ? Result<void>() : made;
  }

  Result<void> sync() {
    auto changed = store_.sync_bundles();
    if (!changed) return changed.error();
    observer_.done(*changed ? "wrote the CA into the caBundles" : "the caBundles already hold the CA");
    return {};
  }

  // First the CA into the bundles, then the certificate into the Secret; the second write fails if anybody
  // wrote since the first, so nobody's certificate comes into use without its CA.
  Result<void> renew(StoredPair& pair) {
    const auto known = x509::split_pem(pair.ca_pem);
    if (!known) return known.error();
    if (known->size() >= kAuthoritiesMax) {
      return Error(Errc::limit, "the caBundles already hold " + std::to_string(known->size()) +
                                    " CAs, because the replicas never served the certificates of earlier "
                                    "rotations: find out why they do not load the Secret");
    }
    auto fresh = issue();
    if (!fresh) return fresh.error();
    auto announced = store_.write_ca(pair.resource_version, pair.ca_pem + fresh->ca_pem);
    if (!announced) return announced.error();
    if (auto synced = sync(); !synced) return synced.error();
    // API servers learn of a bundle by a watch, and nothing tells when each has.
    std::this_thread::sleep_for(rules_.settle);
    const std::string all = fresh->ca_pem + pair.ca_pem;
    auto written = store_.write_pair(*announced, *fresh, all);
    if (!written) return written.error();
    observer_.done("wrote a new certificate into the Secret " + place_.secret + ", valid for " +
                   std::to_string(rules_.days) + " days");
    pair.resource_version = *written;
    pair.certificate_pem = fresh->certificate_pem;
    pair.ca_pem = all;
    return {};
  }

  // Waits for the replicas, then leaves only the CA in force.
  Result<void> finish(StoredPair& pair) {
    const auto until = SteadyClock::now() + rules_.wait;
    for (;;) {
      auto settled = drop_if_served(pair);
      if (!settled) return settled.error();
      if (*settled) return sync();
      if (SteadyClock::now() >= until) break;
      std::this_thread::sleep_for(rules_.probe_pause);
    }
    if (auto synced = sync(); !synced) return synced.error();
    return Error(Errc::io, "not every replica serves the new certificate yet (" + laggard_ +
                               "): both CAs stay trusted; run it again to finish");
  }

  // True if ca.crt holds only the CA of tls.crt, now or already. It is left alone unless every replica serves
  // tls.crt.
  Result<bool> drop_if_served(StoredPair& pair) {
    const auto authorities = x509::split_pem(pair.ca_pem);
    if (!authorities) return authorities.error();
    if (authorities->size() == 1) return true;
    auto served = all_serve(pair.certificate_pem);
    if (!served || !*served) return served;
    auto written = store_.write_ca(pair.resource_version, authorities->front());
    if (!written) return lost_race(written.error());
    observer_.done("every replica serves the certificate: removed " +
                   std::to_string(authorities->size() - 1) + " earlier CA");
    pair.resource_version = *written;
    pair.ca_pem = authorities->front();
    return true;
  }

  Result<bool> all_serve(const std::string& certificate_pem) {
    const auto wanted = x509::facts_of_pem(certificate_pem);
    if (!wanted) return wanted.error();
    auto replicas = store_.replicas();
    if (!replicas && replicas.error().code() == Errc::missing) {
      laggard_ = replicas.error().message();
      return false;
    }
    if (!replicas) return replicas.error();
    for (const net::Destination& replica : *replicas) {
      const auto shown =
          cluster::run_to_end(api_.context(), net::certificate_shown_by(replica, kProbeTimeout));
      if (shown && shown->fingerprint == wanted->front().fingerprint) continue;
      laggard_ = shown ? to_string(net::HostPort{replica.host, replica.port}) + " serves an earlier one"
                       : shown.error().message();
      return false;
    }
    return true;
  }

  cluster::BlockingApi& api_;
  const CertificatePlace& place_;
  const RotationRules& rules_;
  RotationObserver& observer_;
  CertificateStore store_;
  std::string laggard_;  // why not every replica is known to serve the certificate
};

}  // namespace

Result<void> init_certificate(cluster::BlockingApi& api, const CertificatePlace& place,
                              const RotationRules& rules, RotationObserver& observer) {
  return Rotation(api, place, rules, observer).init();
}

Result<void> rotate_certificate(cluster::BlockingApi& api, const CertificatePlace& place,
                                const RotationRules& rules, RotationObserver& observer) {
  return Rotation(api, place, rules, observer).rotate();
}

}  // namespace hygiene::housekeeping
