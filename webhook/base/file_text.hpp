// Small files read whole, without a copy of their text left in any buffer. Thread-safety: any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace hygiene::base {

struct FileText {
  std::string text;
  std::string identity;  // inode, size and times of change: another file, or another content, has another
};

// The regular file at `path`, symlinks followed. Errors name the path: missing, not a regular file,
// unreadable, over `bytes_max`.
Result<FileText> read_file_text(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace hygiene::base
