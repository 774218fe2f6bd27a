// JSON written as YAML reads as the same JSON: by a parser, and by eye.
#include "yaml/writer.hpp"

#include <sstream>
#include <string>

#include <catch2/catch.hpp>
#include <rapidjson/document.h>
#include <yaml-cpp/yaml.h>

using namespace hygiene;

namespace {

std::string yaml_of(const std::string& json) {
  std::ostringstream out;
  yaml::write_yaml(json, out);
  return out.str();
}

}  // namespace

TEST_CASE("objects, arrays and scalars have the form that people know from kubectl") {
  CHECK(yaml_of(R"({"kind":"List","count":2,"part":1.5,"none":null,"yes":true,"items":[{"name":"a.b/c-d",)"
                R"("inner":{"at":[1,2]}},{},"x"]})") ==
        "kind: List\ncount: 2\npart: 1.5\nnone: ~\n\"yes\": true\nitems:\n  - name: a.b/c-d\n    inner:\n"
        "      at:\n        - 1\n        - 2\n  - {}\n  - x\n");
}

TEST_CASE("a text that some YAML reads as another type is quoted") {
  for (const char* text :
       {"", "true", "No", "NULL", "y", "on", "1", "1e3", "-", "2026-11-30", "~", "0x1F", ".inf"}) {
    CAPTURE(text);
    CHECK(yaml_of("{\"k\":\"" + std::string(text) + "\"}") == "k: \"" + std::string(text) + "\"\n");
  }
}

TEST_CASE("any text comes back as it was") {
  for (const char* text : {"a b",   "a: b",   "#a",    "a #b",  "!a",        "&a",       "*a",
                           "@a",    "a\\\"b", "a\\nb", "a\\tb", "<<",        "=",        "x:",
                           "null ", " a",     "{a",    "[a",    "a\\u0007b", "\xC3\xA4", "\xF0\x9F\x98\x80",
                           "---",   "..."}) {
    CAPTURE(text);
    const std::string json = "{\"k\":\"" + std::string(text) + "\",\"" + text + "\":1}";
    rapidjson::Document document;
    document.Parse(json.c_str());
    const YAML::Node read = YAML::Load(yaml_of(json));
    CHECK(read["k"].as<std::string>() == document["k"].GetString());
    CHECK(read[document["k"].GetString()].as<int>() == 1);
  }
}
