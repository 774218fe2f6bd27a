// What proves to an API server who asks: a token, a client certificate, or neither, from wherever it comes
// and renewed before it ends. Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/result.hpp"
#include "net/deadline.hpp"

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
  // Reads a file or runs a program where that is due; its time is bounded, and `given_up` (null: never) ends
  // it early. Several may be under way on one thread.
  virtual boost::asio::awaitable<base::Result<CredentialPtr>> get(net::GivenUp given_up) = 0;
  // The API server refused what get() gave last. True if the next get() may give another.
  virtual bool refused() = 0;
};

// How long what a file held is taken for what it holds. client-go reads a token as often.
inline constexpr std::chrono::minutes kFileGoodFor{1};

// Given once and for all.
std::unique_ptr<CredentialSource> make_fixed_credentials(CredentialPtr credential);

// Files that their owners replace from time to time, as the kubelet does with a service account's token.
struct CredentialFiles {
  std::filesystem::path token;        // empty: not in a file
  std::filesystem::path certificate;  // the client's
  std::filesystem::path key;
};

// What the files hold; the rest is of `fixed`. They are read anew once `good_for` has passed, and after a
// refusal. Where one cannot be read, or the key is not the certificate's, what they held last is given; where
// the token never could be read, the token of `fixed`.
std::unique_ptr<CredentialSource> make_file_credentials(
    CredentialFiles files, CredentialPtr fixed, std::chrono::steady_clock::duration good_for = kFileGoodFor);

// `token` as it may stand in a header: blanks and newlines at its end are cut off. Errors: syntax, for a
// control character within; `what` names the token. The text is wiped.
base::Result<std::string> usable_token(std::string token, std::string_view what);

// The whole file, or what a process substitution writes; at most 1 MiB, as much as a Secret holds. Errors
// name the path: missing, io, limit.
base::Result<std::string> read_credential_file(const std::filesystem::path& path);

}  // namespace hygiene::cluster
