#include "runtime/proxy/savings_estimate.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "cluster/item_reader.hpp"
#include "secret/annotated_size.hpp"

namespace hygiene::runtime {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kFailed = "what the selectors leave out cannot be estimated";

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
    : options_(std::move(options)), metrics_(metrics), warnings_(log) {}

SavingsEstimate::~SavingsEstimate() {
  stop();
}

void SavingsEstimate::start() {
  const RepeatPace pace{options_.every, options_.every};
  asio::co_spawn(thread_.context(), repeat([this] { return look_or_complain(); }, pace, warnings_, kFailed),
                 asio::detached);
  thread_.start();
}

void SavingsEstimate::stop() {
  thread_.stop();
}

asio::awaitable<Again> SavingsEstimate::look_or_complain() {
  const Result<void> looked = co_await look();
  if (!looked) warnings_.add(kFailed, looked.error());
  co_return Again::soon;
}

asio::awaitable<Result<void>> SavingsEstimate::look() {
  // Each time anew: token and CA may be others by now.
  auto client = cluster::ApiClient::open(thread_.context().get_executor(), options_.access, options_.api);
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
