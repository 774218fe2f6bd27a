#include "runtime/proxy/selector_check.hpp"

#include "cluster/blocking_api.hpp"

namespace hygiene::runtime {
namespace {

// Ends the list behind its first page.
class OnePage final : public cluster::ListSink {
 public:
  Result<void> begin_page() override { return {}; }
  Result<void> end_of_page() override {
    answered = true;
    return Error(Errc::interrupted, "one page is enough");
  }

  bool answered = false;
};

}  // namespace

Result<void> check_selectors(const cluster::ClientConfigOptions& access, const proxy::Selectors& selectors,
                             std::chrono::milliseconds timeout) {
  cluster::ApiOptions options;
  options.request_timeout = timeout;
  options.retry.attempts_max = 1;
  auto api = cluster::BlockingApi::open(access, options);
  if (!api) return api.error();
  cluster::ListRequest request;
  request.resource.plural = "secrets";
  request.label_selector = selectors.label;
  request.field_selector = selectors.field;
  request.form = cluster::Form::metadata;
  request.page = 1;
  OnePage page;
  const auto listed = (*api)->list(request, page);
  if (listed || page.answered) return {};
  return listed.error();
}

}  // namespace hygiene::runtime
