#include "commands/audit_html_page.hpp"

#include <array>

#include <openssl/evp.h>

#include "cluster/base64_text.hpp"

namespace hygiene::commands {
namespace {

constexpr std::string_view kOpening = "{{";
constexpr std::string_view kClosing = "}}";

}  // namespace

void fill_page(std::string_view page, std::ostream& out,
               const std::function<void(std::string_view name)>& fill) {
  while (!page.empty()) {
    const std::size_t opening = page.find(kOpening);
    out << page.substr(0, opening);
    if (opening == std::string_view::npos) return;
    page.remove_prefix(opening + kOpening.size());
    const std::size_t closing = page.find(kClosing);
    fill(page.substr(0, closing));
    page.remove_prefix(closing == std::string_view::npos ? page.size() : closing + kClosing.size());
  }
}

std::string style_source(std::string_view style) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(style.data(), style.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  const std::string bytes(digest.begin(), digest.end());
  return "'sha256-" + cluster::encode_base64(bytes) + "'";
}

}  // namespace hygiene::commands
