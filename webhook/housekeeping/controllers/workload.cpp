#include "housekeeping/controllers/workload.hpp"

#include <rapidjson/document.h>

#include "json/document.hpp"

namespace hygiene::housekeeping {
namespace {

using rapidjson::Value;

std::vector<std::string> texts_at(const Value& value, json::Path path) {
  std::vector<std::string> texts;
  for (const Value& each : json::elements_at(value, path)) texts.emplace_back(json::text_at(each, {}));
  return texts;
}

std::vector<Container> containers_at(const Value& object, std::string_view list) {
  std::vector<Container> containers;
  for (const Value& each : json::elements_at(object, {"spec", "template", "spec", list})) {
    Container& made = containers.emplace_back();
    made.name = json::text_at(each, {"name"});
    made.image = json::text_at(each, {"image"});
    made.index = containers.size() - 1;
    made.command = texts_at(each, {"command"});
    made.args = texts_at(each, {"args"});
    made.env_from = !json::elements_at(each, {"envFrom"}).empty();
    for (const Value& variable : json::elements_at(each, {"env"})) {
      Variable& read = made.variables.emplace_back();
      read.name = json::text_at(variable, {"name"});
      // An empty value is left out of what the API server sends.
      if (json::find(variable, {"valueFrom"}) == nullptr) read.value = json::text_at(variable, {"value"});
    }
  }
  return containers;
}

}  // namespace

Workload read_workload(std::string_view kind, const Value& object) {
  Workload made;
  made.kind = kind;
  made.namespace_name = json::text_at(object, {"metadata", "namespace"});
  made.name = json::text_at(object, {"metadata", "name"});
  made.service_account = json::text_at(object, {"spec", "template", "spec", "serviceAccountName"});
  if (made.service_account.empty()) made.service_account = "default";
  made.containers = containers_at(object, "containers");
  made.init_containers = containers_at(object, "initContainers");
  return made;
}

std::string_view repository_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  // A colon before the last slash is that of a registry's port.
  const std::size_t slash = image.rfind('/');
  return image.substr(0, image.find(':', slash == std::string_view::npos ? 0 : slash));
}

std::string_view tag_of(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t length = repository_of(image).size();
  return length == image.size() ? std::string_view() : image.substr(length + 1);
}

bool repository_ends_with(std::string_view image, std::string_view end) {
  const std::string_view repository = repository_of(image);
  if (!repository.ends_with(end)) return false;
  return repository.size() == end.size() || repository[repository.size() - end.size() - 1] == '/';
}

}  // namespace hygiene::housekeeping
