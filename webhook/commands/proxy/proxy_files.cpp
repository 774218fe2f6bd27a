#include "commands/proxy/proxy_files.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_text.hpp"
#include "base/wiping_text.hpp"
#include "json/writer.hpp"
#include "x509/certificate.hpp"

namespace hygiene::commands {
namespace {

// Longer than any pod lives; the key never leaves it.
constexpr std::chrono::hours kLifetime{24 * 3650};
constexpr std::chrono::hours kLeftMin{24 * 365};
constexpr std::chrono::hours kClockSkew{24};
constexpr std::size_t kPemBytesMax = 64 * 1024;

constexpr mode_t kForAll = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
constexpr mode_t kForUs = S_IRUSR | S_IWUSR;

Error failure(const std::filesystem::path& file, int error) {
  return Error(Errc::io, "cannot write " + file.string() + ": " + std::system_category().message(error));
}

// Written beside it, then renamed: who reads sees the old file or the new one.
Result<void> replace_file(const std::filesystem::path& file, std::string_view text, mode_t mode) {
  const std::string beside = file.string() + ".new";
  unlink(beside.c_str());
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kForUs);
  if (fd < 0) return failure(file, errno);
  const bool written = base::write_all(fd, text) && fchmod(fd, mode) == 0;
  const int error = errno;
  close(fd);
  if (!written) return failure(file, error);
  if (rename(beside.c_str(), file.c_str()) != 0) return failure(file, errno);
  return {};
}

// Nothing that can be used is as good as nothing.
bool read_kept(const std::filesystem::path& directory, const std::vector<std::string>& names,
               x509::IssuedPair& pair) {
  const auto ca = base::read_file_text(directory / "ca.crt", kPemBytesMax);
  const auto certificate = base::read_file_text(directory / "tls.crt", kPemBytesMax);
  auto key = base::read_file_text(directory / "tls.key", kPemBytesMax);
  if (!ca || !certificate || !key) return false;
  pair.ca_pem = ca->text;
  pair.certificate_pem = certificate->text;
  pair.key_pem = base::WipingText(key->text);
  base::wipe(key->text);
  const auto facts = x509::facts_of_pem(pair.certificate_pem);
  if (!facts || facts->front().not_after < std::chrono::system_clock::now() + kLeftMin) return false;
  const auto& borne = facts->front().names;
  return std::all_of(names.begin(), names.end(), [&borne](const std::string& name) {
    return std::find(borne.begin(), borne.end(), name) != borne.end();
  });
}

}  // namespace

Result<x509::IssuedPair> keep_certificate(const std::filesystem::path& directory,
                                          const std::vector<std::string>& names) {
  x509::IssuedPair pair;
  if (!directory.empty() && read_kept(directory, names, pair)) return pair;
  const auto now = std::chrono::system_clock::now();
  auto issued = x509::issue({"secret-hygiene proxy", names, now - kClockSkew, now + kLifetime});
  if (!issued || directory.empty()) return issued;
  // The certificate last: without it the others are not read.
  for (const auto& [name, text, mode] :
       {std::tuple<const char*, std::string_view, mode_t>("tls.key", issued->key_pem.view(), kForUs),
        {"ca.crt", issued->ca_pem, kForAll},
        {"tls.crt", issued->certificate_pem, kForAll}}) {
    if (auto written = replace_file(directory / name, text, mode); !written) return written.error();
  }
  return issued;
}

Result<void> write_kubeconfig(const std::filesystem::path& file, const KubeconfigWish& wish) {
  constexpr const char* kName = "secret-hygiene-proxy";
  json::Writer json(2);
  // A list of one entry, whose `kind` holds what `fill` writes.
  const auto entry = [&](std::string_view list, std::string_view kind, const auto& fill) {
    json.objects(list, std::array{kind}, [&](std::string_view) {
      json.field("name", kName);
      json.object(kind, fill);
    });
  };
  json.object([&] {
    json.type_meta("v1", "Config");
    json.field("current-context", kName);
    entry("clusters", "cluster", [&] {
      json.field("server", wish.server);
      if (!wish.ca_pem.empty()) json.base64("certificate-authority-data", wish.ca_pem);
    });
    entry("users", "user", [&] { json.field("tokenFile", wish.token_file); });
    entry("contexts", "context", [&] {
      json.field("cluster", kName);
      json.field("user", kName);
      json.field("namespace", wish.namespace_name);
    });
  });
  return replace_file(file, json.take() + '\n', kForAll);
}

}  // namespace hygiene::commands
