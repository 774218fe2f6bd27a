#include "commands/test/test_file.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/rfc3339.hpp"
#include "commands/test/case_review.hpp"
#include "policy/document_reader.hpp"
#include "policy/field_reader.hpp"
#include "policy/label_reader.hpp"
#include "yaml/tree.hpp"

namespace hygiene::commands {
namespace {

namespace fs = std::filesystem;
using policy::FieldReader;
using policy::Path;
using yaml::Node;
using Name = std::string_view;

constexpr std::array<Name, 4> kDocument{"apiVersion", "kind", "policies", "cases"};
constexpr std::array<Name, 9> kCase{"name",     "object", "oldObject",       "operation", "userInfo",
                                    "manifest", "now",    "namespaceLabels", "expect"};
constexpr std::array<Name, 5> kExpect{"verdict", "policy", "applies", "labels", "message"};
constexpr std::array<Name, 5> kVerdicts{"allowed", "denied", "warned", "audited", "spared"};
// What a manifest or a recorded review says itself.
constexpr std::array<Name, 4> kOfObject{"object", "oldObject", "operation", "userInfo"};

class TestFileReader {
 public:
  TestFileReader(const policy::SourceFile& file, std::vector<policy::Diagnostic>& errors)
      : directory_(fs::path(file.name).parent_path()), reader_(file.name, errors) {}

  std::vector<PolicyTest> read(std::string_view text) {
    std::vector<PolicyTest> tests;
    const yaml::File tree = yaml::parse(text, yaml::Aliases::replaced);
    for (const Error& error : tree.errors) reader_.error(error.where(), {}, error.message());
    if (tree.documents.empty() && tree.errors.empty())
      reader_.error({}, {}, "no case: give at least one document of kind PolicyTest");
    for (const Node& document : tree.documents) tests.push_back(read_document(document));
    return tests;
  }

 private:
  PolicyTest read_document(const Node& document) {
    PolicyTest test;
    if (!reader_.mapping(document, {}, kDocument)) return test;
    reader_.expect(document, "apiVersion", policy::kApiVersion);
    reader_.expect(document, "kind", "PolicyTest");
    if (const Node* policies = document.find("policies"))
      test.policies = read_path(*policies, Path().field("policies"));
    const Path path = Path().field("cases");
    const Node* cases = document.find("cases");
    if (!cases) {
      reader_.error(document.where, path, "required: the writes to judge");
    } else if (reader_.list(*cases, path, 1)) {
      for (std::size_t i = 0; i < cases->items.size(); ++i)
        test.cases.push_back(read_case(cases->items[i], path.item(i)));
    }
    return test;
  }

  TestCase read_case(const Node& node, const Path& path) {
    TestCase result;
    result.where = node.where;
    if (!reader_.mapping(node, path, kCase)) return result;
    if (const Node* name = required(node, path, "name", "it appears in the table"))
      result.name = reader_.string(*name, path.field("name")).value_or("");
    if (const Node* manifest = node.find("manifest")) {
      result.path = read_path(*manifest, path.field("manifest"));
      for (const Name field : kOfObject) {
        const yaml::Entry* entry = node.find_entry(field);
        if (entry)
          reader_.error(entry->where, path.field(field), "the manifest says this: leave one of them out");
      }
    } else if (required(node, path, "object", "the Secret that is written; or manifest, a file")) {
      result.input = review_of_case(node, path, reader_);
    }
    if (const Node* now = node.find("now")) result.now = read_time(*now, path.field("now"));
    if (const Node* labels = node.find("namespaceLabels")) {
      for (const auto& [key, value] :
           policy::LabelReader(reader_).pairs(*labels, path.field("namespaceLabels")))
        result.namespace_labels.add(key).value = value;
    }
    if (const Node* expect = required(node, path, "expect", "the expected outcome"))
      result.expected = read_expectation(*expect, path.field("expect"));
    return result;
  }

  std::optional<std::chrono::sys_seconds> read_time(const Node& node, const Path& path) {
    const auto text = reader_.string(node, path);
    if (!text) return std::nullopt;
    const auto time = base::parse_rfc3339(*text);
    if (!time) reader_.error(node.where, path, "must be a time such as 2027-01-31T18:00:00Z");
    return time;
  }

  Expectation read_expectation(const Node& node, const Path& path) {
    Expectation expected;
    if (!reader_.mapping(node, path, kExpect)) return expected;
    if (node.entries.empty()) reader_.error(node.where, path, "expects nothing: give one of its fields");
    for (const auto& [field, where, value] : node.entries) {
      const Path at = path.field(field);
      if (field == "verdict") expected.verdict = read_verdict(value, at);
      if (field == "policy") expected.policy = reader_.string(value, at);
      if (field == "applies") expected.applies = read_texts(value, at);
      if (field == "labels") expected.labels = read_texts(value, at);
      if (field == "message") expected.messages = read_messages(value, at);
    }
    return expected;
  }

  std::optional<std::string> read_verdict(const Node& node, const Path& path) {
    auto verdict = reader_.string(node, path);
    if (verdict && std::ranges::find(kVerdicts, *verdict) == kVerdicts.end())
      reader_.error(node.where, path, "must be one of " + policy::join(kVerdicts));
    return verdict;
  }

  std::vector<std::string> read_messages(const Node& node, const Path& path) {
    if (node.kind == Node::Kind::sequence) return read_texts(node, path);
    return {reader_.string(node, path).value_or("")};
  }

  // Sorted.
  std::vector<std::string> read_texts(const Node& node, const Path& path) {
    std::vector<std::string> texts;
    if (!reader_.list(node, path, 0)) return texts;
    for (std::size_t i = 0; i < node.items.size(); ++i)
      texts.push_back(reader_.string(node.items[i], path.item(i)).value_or(""));
    std::ranges::sort(texts);
    return texts;
  }

  std::string read_path(const Node& node, const Path& path) {
    const auto text = reader_.string(node, path);
    if (!text) return {};
    if (text->empty()) reader_.error(node.where, path, "must be a path, relative to this file");
    return (directory_ / *text).lexically_normal().string();
  }

  const Node* required(const Node& node, const Path& path, std::string_view field, std::string_view what) {
    const Node* found = node.find(field);
    if (!found) reader_.error(node.where, path.field(field), "required: " + std::string(what));
    return found;
  }

  fs::path directory_;
  FieldReader reader_;
};

}  // namespace

std::vector<PolicyTest> read_test_file(const policy::SourceFile& file,
                                       std::vector<policy::Diagnostic>& errors) {
  return TestFileReader(file, errors).read(file.text);
}

}  // namespace hygiene::commands
