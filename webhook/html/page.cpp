#include "html/page.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

namespace hygiene::html {
namespace {

constexpr std::string_view kOpening = "{{";
constexpr std::string_view kClosing = "}}";

}  // namespace

void fill_page(std::string_view page, std::ostream& out, const std::vector<Slot>& slots) {
  while (!page.empty()) {
    const std::size_t opening = page.find(kOpening);
    out << page.substr(0, opening);
    if (opening == std::string_view::npos) return;
    page.remove_prefix(opening + kOpening.size());
    const std::size_t closing = page.find(kClosing);
    const auto slot = std::ranges::find(slots, page.substr(0, closing), &Slot::name);
    if (slot != slots.end()) slot->write();
    page.remove_prefix(closing == std::string_view::npos ? page.size() : closing + kClosing.size());
  }
}

std::string source_of(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  // 44 characters, and a NUL that OpenSSL writes.
  std::array<unsigned char, 45> base64{};
  const int bytes = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return "'sha256-" + std::string(base64.begin(), base64.begin() + bytes) + "'";
}

}  // namespace hygiene::html
