// Whether and when a request is sent again: the rules, and the attempts of one request. Thread-safety: pure
// functions; a RetryState is used on the thread of its io_context.
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
  std::chrono::milliseconds pause_max{8'000};   // of pauses that nobody asked for
  std::chrono::milliseconds asked_max{60'000};  // a Retry-After beyond it is not waited for
};

// Nothing was done, or nothing that a second time would not do again: 429 for any verb (API priority and
// fairness); 500 (an API server whose etcd elects a leader says so), 502, 503 and 504 where `repeatable`.
bool may_retry(unsigned status, bool repeatable);

// The pause before attempt `attempt` + 1, counted from 1; nothing: give up. What a Retry-After asks for is
// waited for in full, and up to a quarter more; else between half and the whole of the doubled pause:
// `spread`, from 0 to 1, keeps clients that were turned away together from coming back together.
std::optional<std::chrono::milliseconds> pause_after(const RetryRules& rules, unsigned attempt,
                                                     std::optional<std::chrono::seconds> asked,
                                                     double spread);

// Told of each request that is sent again.
struct Retry {
  std::string reason;  // a status, such as 429, or `lost`
  std::string why;     // for people
  std::chrono::milliseconds pause{0};
};
using Retrying = std::function<void(const Retry&)>;

// The attempts of one request: whether it is sent again, and the wait before.
class RetryState {
 public:
  // What is referred to must outlive it.
  RetryState(const boost::asio::any_io_executor& executor, const RetryRules& rules,
             CredentialSource& credentials, std::minstd_rand& random, const net::GivenUp& given_up,
             const Retrying& retrying)
      : executor_(executor),
        rules_(rules),
        credentials_(credentials),
        random_(random),
        given_up_(given_up),
        retrying_(retrying) {}

  // After an answer that is not 2xx: true once it is time to send the request again. 401 renews the
  // credential, once.
  boost::asio::awaitable<bool> again_after(unsigned status, std::optional<std::chrono::seconds> asked,
                                           bool repeatable);
  // The same after a connection that was lost.
  boost::asio::awaitable<bool> again_after_loss(const base::Error& lost);
  // What the request ends with after them, where the last one ended with `last`: that, or interrupted, where
  // nobody waited for another one.
  base::Error end(const base::Error& last) const;

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
