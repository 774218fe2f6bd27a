#include "support/json_oracle.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

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

std::string patched(std::string_view document, std::string_view patch, const std::string& root) {
  rapidjson::Document patched = parse_dom(document);
  const rapidjson::Document operations = parse_dom(patch);
  for (const auto& operation : operations.GetArray()) {
    const std::string path = root + operation["path"].GetString();
    const rapidjson::Pointer target(path.c_str());
    const rapidjson::Pointer parent(path.substr(0, path.rfind('/')).c_str());
    const bool removes = std::string_view(operation["op"].GetString()) == "remove";
    if (parent.Get(patched) == nullptr || (removes && target.Get(patched) == nullptr)) {
      throw std::runtime_error("the patch does not apply at " + path);
    }
    if (removes) {
      target.Erase(patched);
    } else {
      target.Set(patched, operation["value"]);
    }
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  patched.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::size_t decoded_length(std::string_view base64) {
  const auto characters = static_cast<std::size_t>(
      std::count_if(base64.begin(), base64.end(), [](char c) { return c != '=' && c != '\n' && c != '\r'; }));
  return characters * 6 / 8;
}

}  // namespace hygiene::test
