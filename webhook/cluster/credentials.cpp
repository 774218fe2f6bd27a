#include "cluster/credentials.hpp"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/trim.hpp>

#include "base/ascii.hpp"
#include "base/file_text.hpp"
#include "base/wiping_text.hpp"
#include "net/tls_client_context.hpp"

namespace hygiene::cluster {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

class FixedCredentials final : public CredentialSource {
 public:
  explicit FixedCredentials(CredentialPtr credential) : credential_(std::move(credential)) {}
  boost::asio::awaitable<Result<CredentialPtr>> get(net::GivenUp) override {
    co_return Result<CredentialPtr>(credential_);
  }
  bool refused() override { return false; }

 private:
  CredentialPtr credential_;
};

class FileCredentials final : public CredentialSource {
 public:
  FileCredentials(CredentialFiles files, CredentialPtr fixed, std::chrono::steady_clock::duration good_for)
      : files_(std::move(files)), fixed_(std::move(fixed)), good_for_(good_for) {}

  boost::asio::awaitable<Result<CredentialPtr>> get(net::GivenUp) override { co_return take(); }

  bool refused() override {
    const CredentialPtr old = std::exchange(held_, nullptr);
    const auto renewed = take();
    return old && renewed && ((*renewed)->token != old->token || !same_identity(**renewed, *old));
  }

 private:
  static bool same_identity(const Credential& one, const Credential& other) {
    return one.certificate_pem == other.certificate_pem && one.key_pem == other.key_pem;
  }

  Result<CredentialPtr> take() {
    const auto now = std::chrono::steady_clock::now();
    if (held_ && now - read_at_ < good_for_) return held_;
    auto next = read();
    if (next) {
      held_ = last_ = std::move(*next);
    } else if (!held_ && !fixed_->token.empty()) {
      held_ = fixed_;
    } else if (!held_) {
      return next.error();
    }
    read_at_ = now;
    return held_;
  }

  Result<CredentialPtr> read() const {
    auto next = std::make_shared<Credential>();
    next->token = fixed_->token;
    next->certificate_pem = fixed_->certificate_pem;
    next->key_pem = fixed_->key_pem;
    if (!files_.token.empty()) {
      auto text = read_credential_file(files_.token);
      if (!text) return text.error();
      auto token = usable_token(std::move(*text), files_.token.string() + ": the token");
      if (!token) return token.error();
      next->token = std::move(*token);
      if (next->token.empty()) return Error(Errc::missing, files_.token.string() + ": holds no token");
    }
    const auto load = [](const std::filesystem::path& file, std::string& into) -> Result<void> {
      if (file.empty()) return {};
      auto text = read_credential_file(file);
      if (!text) return text.error();
      into = std::move(*text);
      return {};
    };
    if (auto loaded = load(files_.certificate, next->certificate_pem); !loaded) return loaded.error();
    if (auto loaded = load(files_.key, next->key_pem); !loaded) return loaded.error();
    // One may have been replaced and the other not yet.
    if (last_ && !same_identity(*next, *last_)) {
      const auto usable = net::TlsClientContext::make(
          {.ca_pem = {}, .certificate_pem = next->certificate_pem, .key_pem = next->key_pem});
      if (!usable) return usable.error();
    }
    return CredentialPtr(std::move(next));
  }

  CredentialFiles files_;
  CredentialPtr fixed_;
  std::chrono::steady_clock::duration good_for_;
  std::chrono::steady_clock::time_point read_at_;
  CredentialPtr held_;
  CredentialPtr last_;  // that was read, refused or not
};

}  // namespace

Credential::~Credential() {
  base::wipe(token);
  base::wipe(key_pem);
}

std::unique_ptr<CredentialSource> make_fixed_credentials(CredentialPtr credential) {
  return std::make_unique<FixedCredentials>(std::move(credential));
}

std::unique_ptr<CredentialSource> make_file_credentials(CredentialFiles files, CredentialPtr fixed,
                                                        std::chrono::steady_clock::duration good_for) {
  return std::make_unique<FileCredentials>(std::move(files), std::move(fixed), good_for);
}

Result<std::string> usable_token(std::string token, std::string_view what) {
  boost::algorithm::trim_right(token);
  if (std::ranges::none_of(token, base::is_control)) return token;
  base::wipe(token);
  return Error(Errc::syntax,
               std::string(what) + " contains a control character, which a header cannot carry");
}

Result<std::string> read_credential_file(const std::filesystem::path& path) {
  auto file = base::read_file_or_pipe(path, kFileBytesMax);
  if (!file) return file.error();
  return std::move(file->text);
}

}  // namespace hygiene::cluster
