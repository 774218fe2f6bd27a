// Credentials for an API server: a token, a client certificate, or neither, from any source, renewed before
// they end. Thread-safety: one thread at a time.
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

// Wipes the token and the key at its end.
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
  // Returns the credential, and reads a file or runs a program when that is due. Its time is bounded, and
  // `given_up` (null: never) ends it early. Several calls may be under way on one thread.
  virtual boost::asio::awaitable<Result<CredentialPtr>> get(net::GivenUp given_up) = 0;
  // Call it when the API server refused the last result of get(). True: the next get() may give another.
  virtual bool refused() = 0;
};

// How long a file's content counts as current. client-go reads a token as often.
inline constexpr std::chrono::minutes kFileGoodFor{1};

// A fixed credential.
std::unique_ptr<CredentialSource> make_fixed_credentials(CredentialPtr credential);

// Files that their owners replace from time to time, as the kubelet does with a service account's token.
struct CredentialFiles {
  std::filesystem::path token;        // empty: not in a file
  std::filesystem::path certificate;  // the client's
  std::filesystem::path key;
};

// Credentials from files, with the rest from `fixed`. The files are read again after `good_for`, and after a
// refusal. If one cannot be read, or the key does not match the certificate, the last content stays; if the
// token could never be read, the token of `fixed`.
std::unique_ptr<CredentialSource> make_file_credentials(
    CredentialFiles files, CredentialPtr fixed, std::chrono::steady_clock::duration good_for = kFileGoodFor);

// `token` for a header, without blanks and newlines at its end. Errors: syntax, for a control character
// within; `what` names the token. The text is wiped.
Result<std::string> usable_token(std::string token, std::string_view what);

// Reads a whole file, or what a process substitution writes; at most 1 MiB, as much as a Secret holds. Errors
// name the path: missing, io, limit.
Result<std::string> read_credential_file(const std::filesystem::path& path);

}  // namespace hygiene::cluster
