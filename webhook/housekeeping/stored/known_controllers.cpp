#include "housekeeping/stored/known_controllers.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/invariant.hpp"
#include "policy/field_reader.hpp"
#include "yaml/tree.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::FieldReader;
using policy::Path;
using yaml::Node;

constexpr std::string_view kFile = "controllers.yaml";
constexpr std::array<std::string_view, 4> kDocumentFields{"apiVersion", "kind", "metadata", "controllers"};
constexpr std::array<std::string_view, 17> kFields{
    "name",       "since",      "kinds",     "images",      "pods",       "container",
    "caches",     "filteredAt", "arguments", "environment", "configFile", "configMap",
    "kubeconfig", "builtIn",    "byDefault", "selectors",   "sources"};
constexpr std::array<std::string_view, 2> kArgumentFields{"name", "value"};
constexpr std::array<std::string_view, 3> kConfigMapFields{"name", "key", "value"};
constexpr std::array<std::string_view, 3> kSelectorFields{"labels", "fields", "policy"};

constexpr std::array kCaches{std::pair{"whole", Caches::whole}, std::pair{"deployed", Caches::deployed},
                             std::pair{"both", Caches::both}, std::pair{"metadata", Caches::metadata},
                             std::pair{"withoutData", Caches::without_data}};
constexpr std::array kFilteredAt{std::pair{"apiServer", FilteredAt::api_server},
                                 std::pair{"cache", FilteredAt::cache},
                                 std::pair{"unknown", FilteredAt::unknown}};

// Reads entries, and notes what is wrong with them.
class EntryReader {
 public:
  explicit EntryReader(FieldReader& fields) : fields_(fields) {}

  KnownController controller(const Node& node, const Path& path) {
    KnownController made;
    if (!fields_.mapping(node, path, kFields)) return made;
    text(node, path, "name", made.name);
    text(node, path, "since", made.since);
    text(node, path, "environment", made.environment);
    text(node, path, "configFile", made.config_file);
    text(node, path, "kubeconfig", made.kubeconfig);
    texts(node, path, "kinds", made.kinds);
    texts(node, path, "images", made.images);
    word(node, path, "caches", kCaches, made.caches);
    word(node, path, "filteredAt", kFilteredAt, made.filtered_at);
    made.built_in = truth(node, "builtIn");
    made.by_default = truth(node, "byDefault");
    each(node, path, "arguments", kArgumentFields, [&](const Node& item, const Path& at) {
      KnownArgument& argument = made.arguments.emplace_back();
      text(item, at, "name", argument.name);
      if (item.find("value") != nullptr) text(item, at, "value", argument.value.emplace());
    });
    each(node, path, "selectors", kSelectorFields, [&](const Node& item, const Path& at) {
      KnownSelector& selector = made.selectors.emplace_back();
      text(item, at, "labels", selector.labels);
      text(item, at, "fields", selector.fields);
      text(item, at, "policy", selector.policy);
    });
    const Node* map = node.find("configMap");
    if (map != nullptr && fields_.mapping(*map, path.field("configMap"), kConfigMapFields)) {
      KnownConfigMap& config_map = made.config_map.emplace();
      text(*map, path.field("configMap"), "name", config_map.name);
      text(*map, path.field("configMap"), "key", config_map.key);
      text(*map, path.field("configMap"), "value", config_map.value);
    }
    return made;
  }

 private:
  // What is not there stays as it is.
  void text(const Node& node, const Path& path, std::string_view name, std::string& into) {
    const Node* value = node.find(name);
    if (value == nullptr) return;
    if (auto read = fields_.string(*value, path.field(name))) into = std::move(*read);
  }

  void texts(const Node& node, const Path& path, std::string_view name, std::vector<std::string>& into) {
    const Node* values = node.find(name);
    if (values == nullptr || !fields_.list(*values, path.field(name), 1)) return;
    for (const Node& value : values->items) {
      if (auto read = fields_.string(value, path.field(name))) into.push_back(std::move(*read));
    }
  }

  template <class Words, class Value>
  void word(const Node& node, const Path& path, std::string_view name, const Words& words, Value& into) {
    std::string read;
    text(node, path, name, read);
    const auto found = std::ranges::find_if(words, [&read](const auto& word) { return word.first == read; });
    if (found == words.end()) return fields_.error(node.where, path.field(name), "is not a known word");
    into = found->second;
  }

  static bool truth(const Node& node, std::string_view name) {
    const Node* value = node.find(name);
    return value != nullptr && value->kind == Node::Kind::boolean && value->text == "true";
  }

  template <class Take>
  void each(const Node& node, const Path& path, std::string_view name,
            std::span<const std::string_view> allowed, Take take) {
    const Node* items = node.find(name);
    if (items == nullptr || !fields_.list(*items, path.field(name), 1)) return;
    for (std::size_t i = 0; i < items->items.size(); ++i) {
      const Path at = path.field(name).item(i);
      if (fields_.mapping(items->items[i], at, allowed)) take(items->items[i], at);
    }
  }

  FieldReader& fields_;
};

}  // namespace

Result<std::vector<KnownController>> parse_known_controllers(std::string_view yaml) {
  const yaml::File file = yaml::parse(yaml);
  if (!file.errors.empty()) return file.errors.front();
  if (file.documents.size() != 1) return Error(Errc::invalid, "not one document");
  const Node& document = file.documents.front();
  std::vector<policy::Diagnostic> errors;
  FieldReader fields{std::string(kFile), errors};
  std::vector<KnownController> made;
  if (fields.mapping(document, {}, kDocumentFields)) {
    fields.expect(document, "kind", "KnownControllers");
    EntryReader reader(fields);
    const Node* entries = document.find("controllers");
    const Path path = Path().field("controllers");
    if (entries == nullptr) {
      fields.error(document.where, path, "is missing");
    } else if (fields.list(*entries, path, 1)) {
      for (std::size_t i = 0; i < entries->items.size(); ++i) {
        made.push_back(reader.controller(entries->items[i], path.item(i)));
      }
    }
  }
  if (!errors.empty()) return Error(Errc::invalid, to_string(errors.front()));
  return made;
}

const std::vector<KnownController>& known_controllers() {
  static const std::vector<KnownController> all = [] {
    auto parsed = parse_known_controllers(known_controllers_yaml());
    base::invariant(parsed.has_value(), "the built-in list of controllers can be read");
    return std::move(*parsed);
  }();
  return all;
}

}  // namespace hygiene::housekeeping
