#include "cluster/credentials.hpp"

#include <utility>

#include <boost/algorithm/string/trim.hpp>
#include <string.h>

#include "base/file_text.hpp"

namespace hygiene::cluster {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t kFileBytesMax = 1024 * 1024;

class FixedCredentials final : public CredentialSource {
 public:
  explicit FixedCredentials(CredentialPtr credential) : credential_(std::move(credential)) {}
  Result<CredentialPtr> get() override { return credential_; }
  bool refused() override { return false; }

 private:
  CredentialPtr credential_;
};

class TokenFileCredentials final : public CredentialSource {
 public:
  TokenFileCredentials(std::filesystem::path file, CredentialPtr fixed,
                       std::chrono::steady_clock::duration good_for)
      : file_(std::move(file)), fixed_(std::move(fixed)), good_for_(good_for) {}

  Result<CredentialPtr> get() override {
    const auto now = std::chrono::steady_clock::now();
    if (held_ && now - read_at_ < good_for_) return held_;
    auto next = read();
    if (next) {
      held_ = std::move(*next);
    } else if (!held_ && !fixed_->token.empty()) {
      held_ = fixed_;
    } else if (!held_) {
      return next.error();
    }
    read_at_ = now;
    return held_;
  }

  bool refused() override {
    const CredentialPtr old = std::exchange(held_, nullptr);
    const auto renewed = get();
    return old && renewed && (*renewed)->token != old->token;
  }

 private:
  Result<CredentialPtr> read() const {
    auto text = read_credential_file(file_);
    if (!text) return text.error();
    auto next = std::make_shared<Credential>();
    next->token = std::move(*text);
    boost::algorithm::trim_right(next->token);
    if (next->token.empty()) return Error(Errc::missing, file_.string() + ": holds no token");
    next->certificate_pem = fixed_->certificate_pem;
    next->key_pem = fixed_->key_pem;
    return CredentialPtr(std::move(next));
  }

  std::filesystem::path file_;
  CredentialPtr fixed_;
  std::chrono::steady_clock::duration good_for_;
  std::chrono::steady_clock::time_point read_at_;
  CredentialPtr held_;
};

}  // namespace

Credential::~Credential() {
  explicit_bzero(token.data(), token.size());
  explicit_bzero(key_pem.data(), key_pem.size());
}

std::unique_ptr<CredentialSource> make_fixed_credentials(CredentialPtr credential) {
  return std::make_unique<FixedCredentials>(std::move(credential));
}

std::unique_ptr<CredentialSource> make_token_file_credentials(std::filesystem::path file, CredentialPtr fixed,
                                                              std::chrono::steady_clock::duration good_for) {
  return std::make_unique<TokenFileCredentials>(std::move(file), std::move(fixed), good_for);
}

Result<std::string> read_credential_file(const std::filesystem::path& path) {
  auto file = base::read_file_text(path, kFileBytesMax);
  if (!file) return file.error();
  return std::move(file->text);
}

}  // namespace hygiene::cluster
