// Decides whether and when a request is sent again: the rules, and the attempts of one request.
// Thread-safety: pure functions; a RetryState is used on the thread of its io_context.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/error.hpp"
#include "cluster/credentials.hpp"
#include "net/deadline.hpp"

namespace hygiene::cluster {

struct RetryRules {
  unsigned attempts_max = 5;                    // in all
  std::chrono::milliseconds first_pause{250};   // doubled for each attempt
  std::chrono::milliseconds pause_max{8'000};   // of pauses that no Retry-After asked for
  std::chrono::milliseconds asked_max{60'000};  // a longer Retry-After is not waited for
};

// True: the request may be sent again, because nothing was done, or doing it twice does no harm: 429 for any
// verb (API priority and fairness); 500 (an API server whose etcd elects a leader), 502, 503 and 504 if
// `repeatable`.
bool may_retry(unsigned status, bool repeatable);

// The pause before attempt `attempt` + 1, counted from 1; nothing: give up. It is what a Retry-After asks
// for, and up to a quarter more; else between half and the whole of the doubled pause. `spread`, from 0 to 1,
// keeps clients that were turned away together from returning together.
std::optional<std::chrono::milliseconds> pause_after(const RetryRules& rules, unsigned attempt,
                                                     std::optional<std::chrono::seconds> asked,
                                                     double spread);

// Called for each request that is sent again.
struct Retry {
  std::string reason;  // a status, such as 429, or `lost`
  std::string why;     // for people
  std::chrono::milliseconds pause{0};
};
using Retrying = std::function<void(const Retry&)>;

// The attempts of one request: whether it is sent again, and the wait before.
class RetryState {
 public:
  // All references must outlive it.
  RetryState(const boost::asio::any_io_executor& executor, const RetryRules& rules,
             CredentialSource& credentials, std::minstd_rand& random, const net::GivenUp& given_up,
             const Retrying& retrying)
      : executor_(executor),
        rules_(rules),
        credentials_(credentials),
        random_(random),
        given_up_(given_up),
        retrying_(retrying) {}

  // After an answer that is not 2xx: waits, and returns true if it is time to send the request again. 401
  // renews the credential, once.
  boost::asio::awaitable<bool> again_after(unsigned status, std::optional<std::chrono::seconds> asked,
                                           bool repeatable);
  // The same after a lost connection.
  boost::asio::awaitable<bool> again_after_loss(const Error& lost);
  // The outcome of the request after the attempts, whose last one ended with `last`: that, or interrupted if
  // it was given up.
  Error end(const Error& last) const;

 private:
  boost::asio::awaitable<bool> wait(std::optional<std::chrono::seconds> asked, Retry retry);

  boost::asio::any_io_executor executor_;
  const RetryRules& rules_;
  CredentialSource& credentials_;
  std::minstd_rand& random_;
  const net::GivenUp& given_up_;
  const Retrying& retrying_;
  unsigned made_ = 0;
  bool renewed_ = false;
  bool gave_up_ = false;
};

// A number from 0 to 1, for pause_after().
double spread(std::minstd_rand& random);
// False: it was given up.
boost::asio::awaitable<bool> pause(boost::asio::any_io_executor executor, std::chrono::milliseconds length,
                                   net::GivenUp given_up = nullptr);

}  // namespace hygiene::cluster
