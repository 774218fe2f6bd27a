#include "housekeeping/stored_walk.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "housekeeping/remaining_count.hpp"
#include "json/events.hpp"
#include "secret/item_reader.hpp"

namespace hygiene::housekeeping {
namespace {

using base::Errc;
using base::Error;
using base::Result;

// A page of whole Secrets is as much as an API server reads from etcd and encodes at once: at 500 KB each, 50
// MB.
constexpr std::size_t kWholePage = 100;
constexpr std::size_t kMetadataPage = 500;  // kubectl's

// No Secret is larger; a number beyond it was not measured. Source: pkg/apis/core, MaxSecretSize.
constexpr std::uint64_t kSecretBytesMax = 1024 * 1024;

// The size that the annotation gives.
std::optional<std::uint64_t> annotated_bytes(const secret::Facts& facts) {
  std::uint64_t bytes = 0;
  if (!facts.bytes_annotation) return std::nullopt;
  const std::string& text = *facts.bytes_annotation;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size() || bytes > kSecretBytesMax)
    return std::nullopt;
  return bytes;
}

class Pages final : public cluster::ListSink {
 public:
  Pages(const WalkOptions& options, PageSink& sink)
      : reading_(options.reading), interrupt_(options.interrupt), sink_(sink) {}

  json::Events* events() override { return &reader_; }
  Result<void> part(std::string_view text) override {
    remaining_.feed(text);
    return check_interrupt();
  }
  Result<void> end_of_page() override {
    reader_.reset();
    if (const auto count = remaining_.count()) sink_.remaining(*count);
    remaining_.reset();
    end.secrets += secrets_.size();
    auto taken = sink_.page(std::exchange(secrets_, {}));
    return taken ? check_interrupt() : taken;
  }

  WalkEnd end;

 private:
  // An error is the one way to end a list.
  Result<void> check_interrupt() {
    if (interrupt_ == nullptr || !interrupt_->asked()) return {};
    end.interrupted = true;
    return Error(Errc::io, "interrupted");
  }

  void take(const secret::Facts& facts) {
    StoredSecret& stored = secrets_.emplace_back();
    stored.facts = facts;
    stored.measured = stored.sized = reading_ == Reading::whole;
    if (stored.measured) return;
    const auto annotated = annotated_bytes(facts);
    stored.sized = annotated.has_value();
    stored.facts.data_bytes = annotated.value_or(0);
    stored.facts.object_bytes += stored.facts.data_bytes;
  }

  Reading reading_;
  const Interrupt* interrupt_;
  PageSink& sink_;
  RemainingCount remaining_;
  std::vector<StoredSecret> secrets_;  // of the page that is read
  secret::ItemReader reader_{reading_ == Reading::whole ? secret::Shape::list : secret::Shape::table,
                             [this](const secret::Facts& facts) { take(facts); },
                             {.keep_created = true}};
};

}  // namespace

Result<WalkEnd> walk_stored(cluster::BlockingApi& api, const WalkOptions& options, PageSink& sink) {
  cluster::ListRequest request;
  request.resource.plural = "secrets";
  request.resource.namespace_name = options.namespace_name;
  request.label_selector = options.label_selector;
  request.field_selector = options.field_selector;
  request.form = options.reading == Reading::whole ? cluster::Form::whole : cluster::Form::table;
  request.page = options.reading == Reading::whole ? kWholePage : kMetadataPage;
  Pages pages(options, sink);
  const auto ended = api.list(request, pages);
  if (!ended && !pages.end.interrupted) return ended.error();
  return pages.end;
}

}  // namespace hygiene::housekeeping
