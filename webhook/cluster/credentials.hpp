// What proves to an API server who asks: a token, a client certificate, or neither, from wherever it comes
// and renewed before it ends. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace hygiene::cluster {

// Wipes the token and the key when it goes.
struct Credential {
  std::string token;
  std::string certificate_pem;
  std::string key_pem;

  Credential() = default;
  ~Credential();
  Credential(const Credential&) = delete;
  Credential& operator=(const Credential&) = delete;
};
using CredentialPtr = std::shared_ptr<const Credential>;

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // May block, to read a file or to run a program; its time is bounded.
  virtual base::Result<CredentialPtr> get() = 0;
  // The API server refused what get() gave last. True if the next get() may give another.
  virtual bool refused() = 0;
};

// Given once and for all.
std::unique_ptr<CredentialSource> make_fixed_credentials(CredentialPtr credential);

// A token that its owner replaces from time to time, as the kubelet does with a service account's: read anew
// once a minute (client-go does so too) and after a refusal. The rest of `fixed` is kept. Where the file
// cannot be read, what it held last is given, or the token of `fixed`.
std::unique_ptr<CredentialSource> make_token_file_credentials(
    std::filesystem::path file, CredentialPtr fixed,
    std::chrono::steady_clock::duration good_for = std::chrono::minutes(1));

// The whole regular file; at most 1 MiB, as much as a Secret holds. Errors name the path: missing, io, limit.
base::Result<std::string> read_credential_file(const std::filesystem::path& path);

}  // namespace hygiene::cluster
