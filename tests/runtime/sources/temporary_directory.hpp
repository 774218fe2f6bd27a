// A directory of a test's own, gone with it, and the ways in which files in it change.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace hygiene::runtime_test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hygiene-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// What the kubelet does to a mounted ConfigMap or Secret: a new directory holds the files, `..data` is
// renamed over to point to it, and each file of the volume is a symlink through `..data`.
class KubeletVolume {
 public:
  explicit KubeletVolume(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void update(const std::map<std::string, std::string>& files) {
    namespace fs = std::filesystem;
    const std::string payload = "..2026_01_02_03_04_05." + std::to_string(++generation_);
    fs::create_directory(directory_ / payload);
    for (const auto& [name, text] : files) write_file(directory_ / payload / name, text);
    fs::create_directory_symlink(payload, directory_ / "..data_tmp");
    fs::rename(directory_ / "..data_tmp", directory_ / "..data");
    for (const auto& [name, text] : files) {
      if (!fs::is_symlink(directory_ / name)) fs::create_symlink("..data/" + name, directory_ / name);
    }
    if (!payload_.empty()) fs::remove_all(directory_ / payload_);
    payload_ = payload;
  }

 private:
  std::filesystem::path directory_;
  std::string payload_;
  int generation_ = 0;
};

}  // namespace hygiene::runtime_test
