// Small files read and written whole, without a copy of their text left in any buffer. Thread-safety: one
// thread at a time for a file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hygiene::base {

struct FileText {
  std::string text;
  std::string identity;  // inode, size and times of change: another file, or another content, has another
};

// The regular file at `path`, symlinks followed. Errors name the path: missing, not a regular file,
// unreadable, over `bytes_max`.
Result<FileText> read_file_text(const std::filesystem::path& path, std::size_t bytes_max);

// The same for a file that a person names: also what a process substitution, `<(program)`, writes. Errors:
// also io, where nothing is written within a minute.
Result<FileText> read_file_or_pipe(const std::filesystem::path& path, std::size_t bytes_max);

// Writes all of `text` to the open file `descriptor`. False, and errno, where that failed.
bool write_all(int descriptor, std::string_view text);

}  // namespace hygiene::base
