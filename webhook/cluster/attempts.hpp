// The attempts of one request: whether it is sent again, and the wait before. Thread-safety: the thread of
// its io_context.
#pragma once

#include <chrono>
#include <optional>
#include <random>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/error.hpp"
#include "cluster/credentials.hpp"
#include "cluster/retry.hpp"
#include "net/deadline.hpp"
#include "net/http_client.hpp"

namespace hygiene::cluster {

class Attempts {
 public:
  // What is referred to must outlive it.
  Attempts(const boost::asio::any_io_executor& executor, const RetryRules& rules,
           CredentialSource& credentials, std::minstd_rand& random, const net::GivenUp& given_up)
      : executor_(executor), rules_(rules), credentials_(credentials), random_(random), given_up_(given_up) {}

  // After an answer that is not 2xx: true once it is time to send the request again. 401 renews the
  // credential, once.
  boost::asio::awaitable<bool> again_after(unsigned status, std::optional<std::chrono::seconds> asked,
                                           bool repeatable);
  // The same after a connection that was lost.
  boost::asio::awaitable<bool> again_after_loss();
  // What the request ends with after them, where the last one ended with `last`: that, or interrupted, where
  // nobody waited for another one.
  base::Error end(const base::Error& last) const;

 private:
  boost::asio::awaitable<bool> wait(std::optional<std::chrono::seconds> asked);

  boost::asio::any_io_executor executor_;
  const RetryRules& rules_;
  CredentialSource& credentials_;
  std::minstd_rand& random_;
  const net::GivenUp& given_up_;
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
