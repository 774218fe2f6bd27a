#include "runtime/sources/certificate_source.hpp"

#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "base/file_text.hpp"
#include "base/wiping_text.hpp"
#include "telemetry/log_line.hpp"

namespace hygiene::runtime {
namespace {

using TimePoint = std::chrono::system_clock::time_point;

// What was read: the texts, and what tells it from what was read before. No part of that is the key's text.
struct Found {
  CertificateTexts texts;
  std::string fingerprint;
};

// `piped_ca`: the client CA, where it came through a pipe.
Result<Found> read(const CertificateSource::Options& options, const std::optional<std::string>& piped_ca) {
  Found found;
  auto certificate = base::read_file_text(options.directory / "tls.crt", kCertificateFileBytesMax);
  if (certificate.has_error()) return certificate.error();
  found.texts.certificate = std::move(certificate->text);
  if (piped_ca) {
    found.texts.client_ca = *piped_ca;
  } else if (!options.client_ca_file.empty()) {
    auto client_ca = base::read_file_text(options.client_ca_file, kCertificateFileBytesMax);
    if (client_ca.has_error()) return client_ca.error();
    found.texts.client_ca = std::move(client_ca->text);
  }
  auto key = base::read_file_text(options.directory / "tls.key", kCertificateFileBytesMax);
  if (key.has_error()) return key.error();
  found.texts.key = std::move(key->text);
  found.fingerprint = key->identity + '\n' + found.texts.certificate + '\n' + found.texts.client_ca;
  return found;
}

}  // namespace

CertificateTexts::~CertificateTexts() {
  base::wipe(key);
}

class CertificateSource::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& context, Options options, telemetry::Log& log, telemetry::Metrics& metrics,
       Install install)
      : options_(std::move(options)),
        log_(log),
        metrics_(metrics),
        install_(std::move(install)),
        second_look_(context),
        watch_(
            context, options_.directory, [this] { reload(false); }, options_.timing) {
    if (options_.client_ca_file.empty() || is_pipe()) return;
    const auto directory =
        options_.client_ca_file.has_parent_path() ? options_.client_ca_file.parent_path() : ".";
    client_ca_watch_.emplace(
        context, directory, [this] { reload(false); }, options_.timing);
  }

  // The watches are there before the first read, so no change falls between the two.
  Result<void> load() {
    if (is_pipe()) {
      auto client_ca = base::read_file_or_pipe(options_.client_ca_file, kCertificateFileBytesMax);
      if (!client_ca) return client_ca.error();
      piped_ca_ = std::move(client_ca->text);
    }
    const Result<Found> found = read(options_, piped_ca_);
    seen_ = fingerprint(found);
    const Result<TimePoint> ends = install(found);
    if (ends.has_error()) return ends.error();
    metrics_.certificate_last_reload_successful().Set(1);
    in_force(*ends, "certificate loaded");
    return {};
  }

 private:
  bool is_pipe() const {
    std::error_code ignored;
    return std::filesystem::is_fifo(options_.client_ca_file, ignored);
  }

  static std::string fingerprint(const Result<Found>& found) {
    return found.has_error() ? found.error().message() : found->fingerprint;
  }

  Result<TimePoint> install(const Result<Found>& found) const {
    if (found.has_error()) return found.error();
    Result<TimePoint> ends = install_(found->texts);
    if (ends.has_error())
      return Error(ends.error().code(), options_.directory.string() + ": " + ends.error().message());
    return ends;
  }

  void reload(bool second_look) {
    const Result<Found> found = read(options_, piped_ca_);
    const std::string print = fingerprint(found);
    if (print == seen_) return;
    if (print == suspect_ && !second_look) return;  // its second look is to come
    const Result<TimePoint> ends = install(found);
    if (ends.has_error() && print != suspect_) return look_again(print);
    second_look_.cancel();
    suspect_.clear();
    seen_ = print;
    metrics_.certificate_reloads(ends.has_error() ? "failure" : "success").Increment();
    metrics_.certificate_last_reload_successful().Set(ends.has_error() ? 0 : 1);
    if (ends.has_error()) {
      log_.error("new certificate refused; the last good one stays in force",
                 {{"error", ends.error().message()}});
    } else {
      in_force(*ends, "certificate reloaded");
    }
  }

  void look_again(const std::string& print) {
    suspect_ = print;
    second_look_.expires_after(options_.second_look);
    second_look_.async_wait([weak = weak_from_this()](auto ec) {
      const auto self = weak.lock();
      if (!ec && self) self->reload(true);
    });
  }

  void in_force(TimePoint ends, std::string_view message) {
    metrics_.certificate_expiry_timestamp_seconds().Set(
        std::chrono::duration<double>(ends.time_since_epoch()).count());
    log_.info(message, {{"not_after", telemetry::rfc3339(ends)}});
  }

  const Options options_;
  telemetry::Log& log_;
  telemetry::Metrics& metrics_;
  const Install install_;
  std::optional<std::string> piped_ca_;
  std::string seen_;     // fingerprint of what was judged last
  std::string suspect_;  // fingerprint of what failed once; empty if nothing did
  boost::asio::steady_timer second_look_;
  DirectoryWatch watch_;
  std::optional<DirectoryWatch> client_ca_watch_;
};

CertificateSource::CertificateSource(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
CertificateSource::~CertificateSource() = default;

Result<std::unique_ptr<CertificateSource>> CertificateSource::start(boost::asio::io_context& context,
                                                                    Options options, telemetry::Log& log,
                                                                    telemetry::Metrics& metrics,
                                                                    Install install) {
  auto impl = std::make_shared<Impl>(context, std::move(options), log, metrics, std::move(install));
  if (const auto loaded = impl->load(); loaded.has_error()) return loaded.error();
  return std::unique_ptr<CertificateSource>(new CertificateSource(std::move(impl)));
}

}  // namespace hygiene::runtime
