#include "cluster/blocking_api.hpp"

namespace hygiene::cluster {
namespace {

using base::Errc;
using base::Error;
using base::Result;

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

Result<std::vector<base::WipingText>> BlockingApi::list(const ListRequest& request) {
  Pages pages;
  auto ended = run(client_->list(request, pages));
  if (!ended) return ended.error();
  return std::move(pages.pages);
}

}  // namespace hygiene::cluster
