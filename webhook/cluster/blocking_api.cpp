#include "cluster/blocking_api.hpp"

#include <utility>

#include "cluster/run_to_end.hpp"

namespace hygiene::cluster {
namespace {

constexpr std::size_t kListBytesMax = 16 * 1024 * 1024;

class Pages final : public ListSink {
 public:
  Result<void> begin_page() override {
    size_ -= page_.size();
    page_.clear();
    return {};
  }
  Result<void> part(std::string_view text) override {
    size_ += text.size();
    if (size_ > kListBytesMax) return Error(Errc::limit, "the list is larger than 16 MiB");
    page_.append(text);
    return {};
  }
  Result<void> end_of_page() override {
    pages.push_back(std::move(page_));
    page_ = base::WipingText();
    return {};
  }

  std::vector<base::WipingText> pages;

 private:
  base::WipingText page_;
  std::size_t size_ = 0;
};

}  // namespace

Result<std::unique_ptr<BlockingApi>> BlockingApi::open(const ClientConfigOptions& access,
                                                       ApiOptions options) {
  std::unique_ptr<BlockingApi> made(new BlockingApi());
  auto client = ApiClient::open(made->context_.get_executor(), access, std::move(options));
  if (!client) return client.error();
  made->client_ = std::move(*client);
  return made;
}

Result<base::WipingText> BlockingApi::get(const Resource& resource) {
  return run_to_end(context_, client_->get(resource));
}

Result<void> BlockingApi::read(const Resource& resource, Form form, net::BodySink sink) {
  return run_to_end(context_, client_->read(resource, form, std::move(sink)));
}

Result<base::WipingText> BlockingApi::get_text(const Resource& resource) {
  return run_to_end(context_, client_->get_text(resource));
}

Result<base::WipingText> BlockingApi::create(const Resource& collection, std::string_view body,
                                             Persistence persistence) {
  return run_to_end(context_, client_->create(collection, body, persistence));
}

Result<base::WipingText> BlockingApi::patch(const Resource& resource, PatchKind kind, std::string_view body,
                                            Form answer) {
  return run_to_end(context_, client_->patch(resource, kind, body, answer));
}

Result<base::WipingText> BlockingApi::remove(const Resource& resource, std::string_view body) {
  return run_to_end(context_, client_->remove(resource, body));
}

Result<ListEnd> BlockingApi::list(const ListRequest& request, ListSink& sink) {
  return run_to_end(context_, client_->list(request, sink));
}

Result<std::vector<base::WipingText>> BlockingApi::list(const ListRequest& request) {
  Pages pages;
  auto ended = list(request, pages);
  if (!ended) return ended.error();
  return std::move(pages.pages);
}

}  // namespace hygiene::cluster
