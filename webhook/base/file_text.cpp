#include "base/file_text.hpp"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "base/wiping_text.hpp"

namespace hygiene::base {
namespace {

constexpr int kPipeWaitMs = 60'000;

Error failed(const std::filesystem::path& path, int error) {
  const auto code = error == ENOENT || error == ENOTDIR ? Errc::missing : Errc::io;
  return {code, path.string() + ": cannot be read: " + std::generic_category().message(error)};
}

Error too_large(const std::filesystem::path& path, std::size_t bytes_max) {
  return {Errc::limit, path.string() + ": is larger than " + std::to_string(bytes_max) + " bytes"};
}

std::string identity_of(const struct stat& status) {
  const auto of = [](const timespec& time) {
    return std::to_string(time.tv_sec) + '.' + std::to_string(time.tv_nsec);
  };
  return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) + ':' +
         std::to_string(status.st_size) + ':' + of(status.st_mtim) + ':' + of(status.st_ctim);
}

}  // namespace

Result<FileText> read_file_text(const std::filesystem::path& path, std::size_t bytes_max) {
  // Non-blocking, or a FIFO would hold us up.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file.open() || ::fstat(file.number(), &status) == -1) return failed(path, errno);
  if (!S_ISREG(status.st_mode)) return Error(Errc::io, path.string() + ": is not a regular file");
  if (static_cast<std::size_t>(status.st_size) > bytes_max) return too_large(path, bytes_max);
  FileText read{std::string(static_cast<std::size_t>(status.st_size), '\0'), identity_of(status)};
  std::size_t end = 0;
  while (end < read.text.size()) {
    const ssize_t got = ::read(file.number(), read.text.data() + end, read.text.size() - end);
    if (got == -1 && errno == EINTR) continue;
    if (got == -1) {
      const int error = errno;
      wipe(read.text);
      return failed(path, error);
    }
    if (got == 0) break;  // it has become shorter
    end += static_cast<std::size_t>(got);
  }
  read.text.resize(end);
  return read;
}

Result<FileText> read_file_or_pipe(const std::filesystem::path& path, std::size_t bytes_max) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == -1) return failed(path, errno);
  if (!S_ISFIFO(status.st_mode)) return read_file_text(path, bytes_max);
  const Descriptor pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!pipe.open()) return failed(path, errno);
  WipingText text;
  std::array<char, 4096> part{};
  for (;;) {
    pollfd ready{pipe.number(), POLLIN, 0};
    if (::poll(&ready, 1, kPipeWaitMs) == 0) {
      return Error(Errc::io, path.string() + ": nothing was written to it within a minute");
    }
    const ssize_t got = ::read(pipe.number(), part.data(), part.size());
    if (got == 0) return FileText{std::string(text.view()), identity_of(status)};
    if (got == -1 && errno != EINTR && errno != EAGAIN) return failed(path, errno);
    if (got > 0) text.append(std::string_view(part.data(), static_cast<std::size_t>(got)));
    explicit_bzero(part.data(), part.size());
    if (text.size() > bytes_max) return too_large(path, bytes_max);
  }
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace hygiene::base
