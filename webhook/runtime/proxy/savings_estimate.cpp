#include "runtime/proxy/savings_estimate.hpp"

#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cluster/item_reader.hpp"
#include "secret/annotated_size.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::string_view kFailed = "what the selectors keep away cannot be estimated";

// The two lists are of two moments: a Secret that came between them must not make the difference huge.
double difference(std::uint64_t all, std::uint64_t selected) {
  return all > selected ? static_cast<double>(all - selected) : 0.0;
}

}  // namespace

// Adds up a list, page by page: of one that comes again only the last counts.
class SavingsEstimate::Adder final : public cluster::ListSink {
 public:
  Result<void> begin_page() override {
    reader_.reset();
    page_ = Sum();
    return {};
  }
  json::Events* events() override { return &reader_; }
  Result<void> part(std::string_view) override { return {}; }
  Result<void> end_of_page() override {
    total.secrets += page_.secrets;
    total.bytes += page_.bytes;
    return {};
  }

  Sum total;

 private:
  void take(const secret::Facts& facts) {
    ++page_.secrets;
    page_.bytes += secret::annotated_size(facts).value_or(0);
  }

  Sum page_;
  cluster::ItemReader reader_{cluster::Shape::list, [this](const secret::Facts& facts) { take(facts); }};
};

SavingsEstimate::SavingsEstimate(KeptAwayOptions options, telemetry::Metrics& metrics, telemetry::Log& log)
    : options_(std::move(options)), metrics_(metrics), complaints_(log) {}

SavingsEstimate::~SavingsEstimate() {
  stop();
}

void SavingsEstimate::start() {
  asio::co_spawn(context_, look_again_and_again(), asio::detached);
  thread_.start();
}

void SavingsEstimate::stop() {
  thread_.stop();
}

asio::awaitable<void> SavingsEstimate::look_again_and_again() {
  asio::steady_timer timer(context_);
  for (;;) {
    try {
      const auto looked = co_await look();
      if (!looked) complaints_.add(kFailed, looked.error());
    } catch (const std::exception&) {
      complaints_.add(kFailed, Error(Errc::limit, "out of memory"));
    }
    timer.expires_after(options_.every);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<Result<void>> SavingsEstimate::look() {
  // Each time anew: token and CA may be others by now.
  auto access = cluster::find_client_config(options_.access);
  if (!access) co_return access.error();
  auto client = cluster::ApiClient::make(context_.get_executor(), std::move(*access), options_.api);
  if (!client) co_return client.error();
  const auto all = co_await sum(**client, proxy::Selectors());
  if (!all) co_return all.error();
  const auto selected = co_await sum(**client, options_.selectors);
  if (!selected) co_return selected.error();
  metrics_.proxy_kept_away_secrets().Set(difference(all->secrets, selected->secrets));
  metrics_.proxy_kept_away_bytes().Set(difference(all->bytes, selected->bytes));
  co_return Result<void>();
}

asio::awaitable<Result<SavingsEstimate::Sum>> SavingsEstimate::sum(cluster::ApiClient& client,
                                                                   proxy::Selectors selectors) {
  cluster::ListRequest request;
  request.resource.plural = "secrets";
  request.label_selector = selectors.label;
  request.field_selector = selectors.field;
  request.form = cluster::Form::metadata;
  request.go_on_if_expired = true;
  Adder adder;
  const auto listed = co_await client.list(request, adder);
  if (!listed) co_return listed.error();
  co_return adder.total;
}

}  // namespace hygiene::runtime
