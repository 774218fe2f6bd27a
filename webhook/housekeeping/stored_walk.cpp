#include "housekeeping/stored_walk.hpp"

#include <charconv>
#include <utility>

#include "json/events.hpp"
#include "secret/item_reader.hpp"

namespace hygiene::housekeeping {
namespace {

using base::Result;

// A page of whole Secrets is as much as an API server reads from etcd and encodes at once: at 500 KB each, 50
// MB.
constexpr std::size_t kWholePage = 100;
constexpr std::size_t kMetadataPage = 500;  // kubectl's

// The size that the annotation gives; 0 for one that is no number.
std::uint64_t annotated_bytes(const secret::Facts& facts) {
  std::uint64_t bytes = 0;
  if (!facts.bytes_annotation) return 0;
  const std::string& text = *facts.bytes_annotation;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return error == std::errc() && end == text.data() + text.size() ? bytes : 0;
}

class Pages final : public cluster::ListSink {
 public:
  Pages(Reading reading, PageSink& sink) : reading_(reading), sink_(sink) {}

  json::Events* events() override { return &reader_; }
  Result<void> part(std::string_view) override { return {}; }
  Result<void> end_of_page() override {
    reader_.reset();
    return sink_.page(std::exchange(secrets_, {}));
  }

 private:
  void take(const secret::Facts& facts) {
    StoredSecret& stored = secrets_.emplace_back();
    stored.facts = facts;
    stored.measured = reading_ == Reading::whole;
    if (stored.measured) return;
    stored.facts.data_bytes = annotated_bytes(facts);
    stored.facts.object_bytes += stored.facts.data_bytes;
  }

  Reading reading_;
  PageSink& sink_;
  std::vector<StoredSecret> secrets_;  // of the page that is read
  secret::ItemReader reader_{reading_ == Reading::whole ? secret::Shape::list : secret::Shape::table,
                             [this](const secret::Facts& facts) { take(facts); },
                             {.keep_created = true}};
};

}  // namespace

Result<void> walk_stored(cluster::BlockingApi& api, const WalkOptions& options, PageSink& sink) {
  cluster::ListRequest request;
  request.resource.plural = "secrets";
  request.resource.namespace_name = options.namespace_name;
  request.label_selector = options.label_selector;
  request.field_selector = options.field_selector;
  request.form = options.reading == Reading::whole ? cluster::Form::whole : cluster::Form::table;
  request.page = options.reading == Reading::whole ? kWholePage : kMetadataPage;
  Pages pages(options.reading, sink);
  const auto ended = api.list(request, pages);
  if (!ended) return ended.error();
  return {};
}

}  // namespace hygiene::housekeeping
