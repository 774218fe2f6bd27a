// The files that a proxy writes: its certificate, and the kubeconfig that leads to it. Each is replaced
// whole. Thread-safety: one thread at a time for a file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "x509/issuance.hpp"

namespace hygiene::commands {

// The certificate in `directory` (ca.crt, tls.crt, tls.key) if one is there that bears all the names and is
// good for another year; else a new one, which is written there. With an empty directory a new one each time:
// then who has read the CA before a restart does not trust this proxy after it. Errors: io.
Result<x509::IssuedPair> keep_certificate(const std::filesystem::path& directory,
                                          const std::vector<std::string>& names);

struct KubeconfigWish {
  std::string server;
  std::string ca_pem;  // empty: none
  std::string token_file;
  std::string namespace_name;
};

// Anybody may read it: it holds no secret, and a controller runs as another user. Errors: io.
Result<void> write_kubeconfig(const std::filesystem::path& file, const KubeconfigWish& wish);

}  // namespace hygiene::commands
