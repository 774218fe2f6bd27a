#include "housekeeping/stored/stored_walk.hpp"

#include <utility>

#include "cluster/item_reader.hpp"
#include "housekeeping/stored/remaining_count.hpp"
#include "housekeeping/stored/stored_secret.hpp"
#include "json/events.hpp"
#include "secret/annotated_size.hpp"

namespace hygiene::housekeeping {
namespace {

// A page of whole Secrets is as much as an API server reads from etcd and encodes at once: at 500 KB each, 50
// MB.
constexpr std::size_t kWholePage = 100;
constexpr std::size_t kMetadataPage = 500;  // kubectl's

class Pages final : public cluster::ListSink {
 public:
  Pages(const WalkOptions& options, PageSink& sink)
      : reading_(options.reading), interrupt_(options.interrupt), sink_(sink) {}

  Result<void> begin_page() override {
    reader_.reset();
    remaining_.reset();
    secrets_.clear();
    return check_interrupt();
  }
  json::Events* events() override { return &reader_; }
  Result<void> part(std::string_view text) override {
    remaining_.feed(text);
    return check_interrupt();
  }
  Result<void> end_of_page() override {
    if (const auto count = remaining_.count()) sink_.remaining(*count);
    end.secrets += secrets_.size();
    return sink_.page(std::exchange(secrets_, {}));
  }

  WalkEnd end;

 private:
  // An error is the one way to end a list.
  Result<void> check_interrupt() {
    if (interrupt_ == nullptr || !interrupt_->asked()) return {};
    return Error(Errc::interrupted, "interrupted");
  }

  void take(const secret::Facts& facts) {
    StoredSecret& stored = secrets_.emplace_back();
    stored.facts = facts;
    stored.measured = reading_ == Reading::whole;
    if (stored.measured) return;
    take_annotated_size(stored.facts);
  }

  Reading reading_;
  const Interrupt* interrupt_;
  PageSink& sink_;
  RemainingCount remaining_;
  std::vector<StoredSecret> secrets_;  // of the page that is read
  cluster::ItemReader reader_{reading_ == Reading::whole ? cluster::Shape::list : cluster::Shape::table,
                              [this](const secret::Facts& facts) { take(facts); },
                              {.keep_created = true}};
};

}  // namespace

bool StoredSecret::sized() const {
  return measured || secret::annotated_size(facts);
}

Result<WalkEnd> walk_stored(cluster::BlockingApi& api, const WalkOptions& options, PageSink& sink) {
  cluster::ListRequest request;
  request.resource.plural = "secrets";
  request.resource.namespace_name = options.namespace_name;
  request.label_selector = options.label_selector;
  request.field_selector = options.field_selector;
  request.form = options.reading == Reading::whole ? cluster::Form::whole : cluster::Form::table;
  request.go_on_if_expired = true;
  request.page = options.reading == Reading::whole ? kWholePage : kMetadataPage;
  if (options.page > 0) request.page = options.page;
  Pages pages(options, sink);
  const auto ended = api.list(request, pages);
  pages.end.interrupted = ended.has_error() && ended.error().code() == Errc::interrupted;
  if (!ended && !pages.end.interrupted) return ended.error();
  if (ended) pages.end.consistent = ended->consistent;
  return pages.end;
}

}  // namespace hygiene::housekeeping
