#include "support/json_oracle.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include <rapidjson/pointer.h>

#include "support/source_dir.hpp"

namespace hygiene::test {

std::string read_source_file(const std::string& path) {
  std::ifstream file(source_dir() + "/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> sample_paths() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() + "/tests/samples")) {
    if (entry.path().extension() == ".json")
      paths.push_back("tests/samples/" + entry.path().filename().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

rapidjson::Document parse_dom(std::string_view text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  if (document.HasParseError()) throw std::runtime_error("the oracle cannot parse");
  return document;
}

std::string text_at(const rapidjson::Document& document, const char* pointer) {
  const rapidjson::Value* value = rapidjson::Pointer(pointer).Get(document);
  return value != nullptr && value->IsString() ? std::string(value->GetString(), value->GetStringLength())
                                               : std::string();
}

std::size_t decoded_length(std::string_view base64) {
  const auto characters = static_cast<std::size_t>(
      std::count_if(base64.begin(), base64.end(), [](char c) { return c != '=' && c != '\n' && c != '\r'; }));
  return characters * 6 / 8;
}

}  // namespace hygiene::test
