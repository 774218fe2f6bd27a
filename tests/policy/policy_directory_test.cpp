#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.hpp"
#include "json/document.hpp"
#include "policy/loader.hpp"

namespace fs = std::filesystem;
using namespace hygiene;
using namespace hygiene::policy;

namespace {

class Directory {
 public:
  Directory() {
    std::string pattern = (fs::temp_directory_path() / "policies-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const fs::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("Policy files are those named yaml and yml, by name, without hidden ones and the kustomization") {
  const Directory directory;
  directory.write("b.yaml", "b");
  directory.write("a.yml", "a");
  directory.write("kustomization.yaml", "no");
  directory.write("kustomization.yml", "no");
  directory.write(".hidden.yaml", "no");
  directory.write("readme.md", "no");
  const auto files = read_policy_files(directory.path());
  REQUIRE(files.has_value());
  REQUIRE(files->files.size() == 2);
  CHECK(files->files[0].name == (directory.path() / "a.yml").string());
  CHECK(files->files[0].text == "a");
  CHECK(files->files[1].text == "b");
}

TEST_CASE("What is passed over in a directory is told, but for hidden files and the kustomization") {
  const Directory directory;
  for (const auto* name :
       {"a.yaml", "limits", "B.YAML", "p.json", "a.yaml~", "kustomization.yaml", ".hidden", "c.Yml"})
    directory.write(name, "#");
  fs::create_directory(directory.path() / "more");
  fs::create_directory(directory.path() / ".git");
  const auto read = read_policy_files(directory.path());
  REQUIRE(read.has_value());
  CHECK(read->files.size() == 1);
  std::vector<std::string> told;
  for (const auto& [name, why] : read->passed_over)
    told.push_back(fs::path(name).filename().string() + ": " + std::string(why));
  const std::string only(kNoPolicyFileName);
  CHECK(told == std::vector<std::string>{"B.YAML: " + only, "a.yaml~: " + only, "c.Yml: " + only,
                                         "limits: " + only, "more: a directory: nothing in it is read",
                                         "p.json: " + only});
  fs::remove(directory.path() / "a.yaml");
  CHECK_THAT(read_policy_files(directory.path()).error().message(),
             Catch::EndsWith("no file named *.yaml or *.yml; skipped: B.YAML, a.yaml~, c.Yml, limits, more, "
                             "p.json"));
}

TEST_CASE("What becomes of a file is told by its name") {
  for (const auto* name : {"a.yaml", "a.yml", "a.b.yaml", "kustomization.yaml.yaml"}) {
    INFO(name);
    CHECK(use_of(name) == FileUse::read);
  }
  for (const auto* name : {".a.yaml", "..data", ".yaml", "kustomization.yaml", "kustomization.yml"}) {
    INFO(name);
    CHECK(use_of(name) == FileUse::ignored);
  }
  for (const auto* name : {"", "yaml", "a", "a.YAML", "a.json", "a.yaml.bak", "a.yaml ", "Kustomization"}) {
    INFO(name);
    CHECK(use_of(name) == FileUse::passed_over);
  }
}

TEST_CASE("A mounted ConfigMap is read through the kubelet's symlinks") {
  const Directory directory;
  fs::create_directory(directory.path() / "..2026_01");
  directory.write("..2026_01/a.yaml", "a");
  fs::create_symlink("..2026_01", directory.path() / "..data");
  fs::create_symlink("..data/a.yaml", directory.path() / "a.yaml");
  const auto files = read_policy_files(directory.path());
  REQUIRE(files.has_value());
  REQUIRE(files->files.size() == 1);
  CHECK(files->files[0].text == "a");
}

TEST_CASE("One file can be named instead of a directory") {
  const Directory directory;
  directory.write("a.txt", "a");
  const auto files = read_policy_files(directory.path() / "a.txt");
  REQUIRE(files.has_value());
  CHECK(files->files.front().text == "a");
}

TEST_CASE("A policy directory that cannot be used gives one sentence that names it") {
  const Directory directory;
  const auto empty = read_policy_files(directory.path());
  REQUIRE_FALSE(empty.has_value());
  CHECK(empty.error().code() == Errc::missing);
  CHECK_THAT(empty.error().message(),
             Catch::StartsWith(directory.path().string()) && Catch::Contains("no policy here"));

  const auto absent = read_policy_files(directory.path() / "absent");
  REQUIRE_FALSE(absent.has_value());
  CHECK(absent.error().code() == Errc::io);
  CHECK_THAT(absent.error().message(), Catch::Contains("absent: "));

  // As left behind by a file that vanished after the directory was listed.
  fs::create_symlink("gone", directory.path() / "a.yaml");
  const auto vanished = read_policy_files(directory.path());
  REQUIRE_FALSE(vanished.has_value());
  CHECK(vanished.error().code() == Errc::io);
  CHECK_THAT(vanished.error().message(), Catch::Contains("a.yaml: "));
}

TEST_CASE("A directory in the place of a policy file is refused") {
  const Directory directory;
  fs::create_directory(directory.path() / "a.yaml");
  const auto files = read_policy_files(directory.path());
  REQUIRE_FALSE(files.has_value());
  CHECK_THAT(files.error().message(), Catch::Contains("is not a regular file"));
}

TEST_CASE("A pipe is read where it is named, and refused at once in a directory") {
  const Directory directory;
  const fs::path pipe = directory.path() / "a.yaml";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto listed = read_policy_files(directory.path());
  REQUIRE_FALSE(listed.has_value());
  CHECK_THAT(listed.error().message(), Catch::Contains("is not a regular file"));

  // As a shell hands `<(program)` over.
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const base::Descriptor reading(ends[0]);
  REQUIRE(::write(ends[1], "text", 4) == 4);
  ::close(ends[1]);
  const auto named = read_policy_files("/dev/fd/" + std::to_string(ends[0]));
  REQUIRE(named.has_value());
  CHECK(named->files.front().text == "text");
}

TEST_CASE("A policy file may have 1 MiB and not a byte more") {
  const Directory directory;
  directory.write("a.yaml", std::string(kPolicyFileBytesMax, '#'));
  const auto full = read_policy_files(directory.path());
  REQUIRE(full.has_value());
  CHECK(full->files.front().text.size() == kPolicyFileBytesMax);
  directory.write("a.yaml", std::string(kPolicyFileBytesMax + 1, '#'));
  const auto larger = read_policy_files(directory.path());
  REQUIRE_FALSE(larger.has_value());
  CHECK(larger.error().code() == Errc::limit);
  CHECK_THAT(larger.error().message(), Catch::Contains("a.yaml: too large"));
  directory.write("a.yaml", std::string(10 * 1024 * 1024, '#'));
  CHECK(read_policy_files(directory.path()).error().code() == Errc::limit);
  // The same bound holds for text that did not come from a file.
  CHECK(load_policies({{"x", std::string(kPolicyFileBytesMax + 1, '#')}}).errors.front().message ==
        "too large: a policy file has at most 1 MiB");
}

TEST_CASE("A directory may hold 256 policy files and not one more") {
  const Directory directory;
  for (std::size_t i = 0; i < kPolicyFilesMax; ++i) directory.write(std::to_string(i) + ".yaml", "#");
  CHECK(read_policy_files(directory.path()).has_value());
  directory.write("more.yaml", "#");
  CHECK(read_policy_files(directory.path()).error().code() == Errc::limit);
}

TEST_CASE("The keys of a ConfigMap are the files that the kubelet would make of them") {
  rapidjson::Document config_map;
  REQUIRE(
      json::parse_document(config_map, R"({"data": {"b.yaml": "b", "README": "r", "..data": "d", "n.yaml": 5},
    "binaryData": {"a.yml": "YQ==", "c.yaml": "a", "logo.png": "AA=="}, "metadata": {"name": "m.yaml"}})"));
  const PolicyFiles found = policy_files_of(config_map);
  std::string files, passed_over;
  for (const SourceFile& file : found.files) files += file.name + "=" + file.text + ";";
  for (const PassedOver& each : found.passed_over)
    passed_over += each.name + ": " + std::string(each.why) + ";";
  CHECK(files == "a.yml=a;b.yaml=b;n.yaml=;");
  CHECK(passed_over ==
        "README: " + std::string(kNoPolicyFileName) +
            ";c.yaml: its binaryData is not base64;logo.png: " + std::string(kNoPolicyFileName) + ";");
  REQUIRE(json::parse_document(config_map, "{}"));
  CHECK(policy_files_of(config_map).files.empty());
}
