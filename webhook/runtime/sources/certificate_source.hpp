// The serving certificate and its key from a directory such as a mounted Secret of type kubernetes.io/tls,
// and optionally the CA of client certificates: installed at start, and again whenever they change. A bad
// pair never takes the place of a good one. The key is never compared, hashed or logged, and is wiped when it
// was used. Thread-safety: the thread of its io_context.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/result.hpp"
#include "runtime/sources/directory_watch.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metric_families.hpp"

namespace hygiene::runtime {

// A Secret holds at most 1 MiB.
inline constexpr std::size_t kCertificateFileBytesMax = 1024 * 1024;

// Texts of PEM files. Wipes the key when it goes.
struct CertificateTexts {
  std::string certificate;
  std::string key;
  std::string client_ca;  // empty without a client CA

  CertificateTexts() = default;
  CertificateTexts(CertificateTexts&&) = default;
  CertificateTexts& operator=(CertificateTexts&&) = delete;
  ~CertificateTexts();
};

class CertificateSource {
 public:
  // Makes a TLS context of the texts, puts it in force and says when the certificate ends; on an error puts
  // nothing in force. Must not keep the key's text.
  using Install = std::function<Result<std::chrono::system_clock::time_point>(const CertificateTexts&)>;

  struct Options {
    std::filesystem::path directory;       // tls.crt and tls.key
    std::filesystem::path client_ca_file;  // empty: none; a pipe is read once, and never watched
    WatchTiming timing;
    // Files written one after the other do not fit together for a moment. So what fails is looked at again
    // after this time, and only what fails then too is a failure.
    std::chrono::milliseconds second_look{1000};
  };

  // Installs the pair, then watches. A changed certificate or client CA (by text) or key (by inode, size and
  // times) is installed again; a failure is counted and logged once for each content, and the last good pair
  // stays in force. `log` and `metrics` must outlive the source. Errors: a file is missing, unreadable or too
  // large; `install`'s own.
  static Result<std::unique_ptr<CertificateSource>> start(boost::asio::io_context& context, Options options,
                                                          telemetry::Log& log, telemetry::Metrics& metrics,
                                                          Install install);
  ~CertificateSource();

 private:
  class Impl;
  explicit CertificateSource(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace hygiene::runtime
