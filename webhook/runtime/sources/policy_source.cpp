#include "runtime/sources/policy_source.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/algorithm/string/join.hpp>
#include <openssl/evp.h>

#include "base/rfc3339.hpp"

namespace hygiene::runtime {
namespace {

using policy::PolicyFiles;
using policy::PolicySet;

// One bad file can hold thousands of errors; a log needs the first.
constexpr std::size_t kLoggedMax = 20;

// What was read, so that the same content is judged only once: the SHA-256 of names and texts, and of the
// names of what was passed over, or why nothing was read.
std::string fingerprint(const Result<PolicyFiles>& files) {
  if (files.has_error()) return files.error().message();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned bytes = 0;
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  const auto add = [&context](std::string_view text) {
    const std::string frame = std::to_string(text.size()) + '\0';
    EVP_DigestUpdate(context.get(), frame.data(), frame.size());
    EVP_DigestUpdate(context.get(), text.data(), text.size());
  };
  for (const policy::SourceFile& file : files->files) {
    add(file.name);
    add(file.text);
  }
  for (const policy::PassedOver& each : files->passed_over) add(each.name);
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &bytes);
  digest.resize(bytes);
  return digest;
}

struct Judged {
  std::shared_ptr<const PolicySet> policies;  // null if there is any error
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

std::vector<std::string> to_lines(const std::vector<policy::Diagnostic>& diagnostics) {
  std::vector<std::string> lines;
  for (const policy::Diagnostic& diagnostic : diagnostics) lines.push_back(to_string(diagnostic));
  return lines;
}

Judged judge(const Result<PolicyFiles>& files, const PolicySource::Accept& accept) {
  if (files.has_error()) return {nullptr, {files.error().message()}, {}};
  const auto now = base::now_in_seconds();
  policy::LoadOutcome outcome = policy::load_policies(files->files, files->passed_over, now);
  if (!outcome.policies) return {nullptr, to_lines(outcome.errors), to_lines(outcome.warnings)};
  if (const auto accepted = accept(*outcome.policies); accepted.has_error()) {
    return {nullptr, {accepted.error().message()}, to_lines(outcome.warnings)};
  }
  return {std::move(outcome.policies), {}, to_lines(outcome.warnings)};
}

std::vector<telemetry::ExceptionEnd> exception_ends(const PolicySet& policies) {
  std::vector<telemetry::ExceptionEnd> ends;
  for (const policy::Policy& policy : policies.policies) {
    for (std::size_t i = 0; i < policy.exceptions.size(); ++i)
      ends.push_back({policy.name, i, policy.exceptions[i].until});
  }
  return ends;
}

// A file is watched through the directory that holds it.
std::filesystem::path directory_of(const std::filesystem::path& path) {
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) return path;
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

class PolicySource::Impl {
 public:
  Impl(boost::asio::io_context& context, Options options, telemetry::Log& log, telemetry::Metrics& metrics,
       Accept accept, Publish publish)
      : path_(std::move(options.path)),
        log_(log),
        metrics_(metrics),
        accept_(std::move(accept)),
        publish_(std::move(publish)),
        watch_(
            context, directory_of(path_), [this] { reload(); }, options.timing) {}

  // The watch is there before the first read, so no change falls between the two.
  Result<void> load() {
    const auto files = policy::read_policy_files(path_);
    seen_ = fingerprint(files);
    const Judged judged = judge(files, accept_);
    if (!judged.policies) return Error(Errc::invalid, boost::algorithm::join(judged.errors, "\n"));
    metrics_.policy_last_reload_successful().Set(1);
    put_in_force(judged, "policies loaded");
    return {};
  }

 private:
  void reload() {
    const auto files = policy::read_policy_files(path_);
    std::string found = fingerprint(files);
    if (found == seen_) return;
    seen_ = std::move(found);
    const Judged judged = judge(files, accept_);
    metrics_.policy_reloads(judged.policies ? "success" : "failure").Increment();
    metrics_.policy_last_reload_successful().Set(judged.policies ? 1 : 0);
    if (judged.policies) {
      put_in_force(judged, "policies reloaded");
    } else {
      log_.error("new policies refused; the last good set stays in force",
                 {{"hash", hash_}, {"errors", std::uint64_t{judged.errors.size()}}});
      log_lines(telemetry::Level::error, "policy error", judged.errors);
    }
  }

  void put_in_force(const Judged& judged, std::string_view message) {
    hash_ = judged.policies->hash;
    metrics_.policies().Set(static_cast<double>(judged.policies->policies.size()));
    metrics_.set_policy_info(hash_);
    metrics_.set_exceptions(exception_ends(*judged.policies));
    publish_(judged.policies);
    log_.info(message, {{"hash", hash_}, {"policies", std::uint64_t{judged.policies->policies.size()}}});
    log_lines(telemetry::Level::warning, "policy warning", judged.warnings);
  }

  void log_lines(telemetry::Level level, std::string_view message, const std::vector<std::string>& lines) {
    const std::size_t shown = std::min(lines.size(), kLoggedMax);
    for (std::size_t i = 0; i < shown; ++i) log_.write(level, message, {{"detail", lines[i]}});
    if (lines.size() > shown) {
      log_.write(level, message,
                 {{"detail", "more, not shown"}, {"count", std::uint64_t{lines.size() - shown}}});
    }
  }

  const std::filesystem::path path_;
  telemetry::Log& log_;
  telemetry::Metrics& metrics_;
  const Accept accept_;
  const Publish publish_;
  std::string seen_;  // fingerprint of what was judged last
  std::string hash_;  // of the set in force
  DirectoryWatch watch_;
};

PolicySource::PolicySource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PolicySource::~PolicySource() = default;

Result<std::unique_ptr<PolicySource>> PolicySource::start(boost::asio::io_context& context, Options options,
                                                          telemetry::Log& log, telemetry::Metrics& metrics,
                                                          Accept accept, Publish publish) {
  auto impl = std::make_unique<Impl>(context, std::move(options), log, metrics, std::move(accept),
                                     std::move(publish));
  if (const auto loaded = impl->load(); loaded.has_error()) return loaded.error();
  return std::unique_ptr<PolicySource>(new PolicySource(std::move(impl)));
}

}  // namespace hygiene::runtime
