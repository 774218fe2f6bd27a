#include "runtime/common/periodic_task.hpp"

#include <exception>

#include <boost/asio/this_coro.hpp>

#include "cluster/retry.hpp"

namespace hygiene::runtime {

boost::asio::awaitable<void> repeat(std::function<boost::asio::awaitable<Again>()> once, RepeatPace pace,
                                    RepeatedWarnings& warnings, std::string_view failure) {
  const auto executor = co_await boost::asio::this_coro::executor;
  for (;;) {
    Again again = Again::later;
    try {
      again = co_await once();
    } catch (const std::exception& exception) {
      warnings.add(failure, Error(Errc::limit, exception.what()));
    }
    if (again == Again::never) co_return;
    co_await cluster::pause(executor, again == Again::soon ? pace.soon : pace.later);
  }
}

}  // namespace hygiene::runtime
