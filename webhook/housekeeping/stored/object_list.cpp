#include "housekeeping/stored/object_list.hpp"

#include <rapidjson/document.h>

#include "json/document.hpp"

namespace hygiene::housekeeping {
namespace {

constexpr std::size_t kPageBytesMax = 64 * 1024 * 1024;

class Pages final : public cluster::ListSink {
 public:
  Pages(const Interrupt* interrupt, const std::function<void(const rapidjson::Value&)>& take)
      : interrupt_(interrupt), take_(take) {}

  Result<void> begin_page() override {
    page_.clear();
    return check_interrupt();
  }
  Result<void> part(std::string_view text) override {
    if (page_.size() + text.size() > kPageBytesMax)
      return Error(Errc::limit, "a page of the list is larger than 64 MiB");
    page_.append(text);
    return check_interrupt();
  }
  Result<void> end_of_page() override {
    rapidjson::Document document;
    if (auto parsed = json::parse_document_in_place(document, page_); !parsed) return parsed.error();
    for (const rapidjson::Value& object : json::elements_at(document, {"items"})) take_(object);
    page_.clear();
    return {};
  }

 private:
  // An error is the one way to end a list.
  Result<void> check_interrupt() const {
    if (interrupt_ == nullptr || !interrupt_->asked()) return {};
    return Error(Errc::interrupted, "interrupted");
  }

  const Interrupt* interrupt_;
  const std::function<void(const rapidjson::Value&)>& take_;
  base::WipingText page_;
};

}  // namespace

Result<void> each_object(cluster::BlockingApi& api, const cluster::Resource& collection,
                         const std::string& label_selector, const Interrupt* interrupt,
                         const std::function<void(const rapidjson::Value&)>& take) {
  cluster::ListRequest request;
  request.resource = collection;
  request.label_selector = label_selector;
  request.go_on_if_expired = true;
  Pages pages(interrupt, take);
  if (auto ended = api.list(request, pages); !ended) return ended.error();
  return {};
}

}  // namespace hygiene::housekeeping
