#include "housekeeping/stored/namespaces.hpp"

#include <rapidjson/document.h>

#include "housekeeping/stored/object_list.hpp"
#include "json/document.hpp"

namespace hygiene::housekeeping {
namespace {

void take(const rapidjson::Value& object, const std::vector<std::string>& keys,
          secret::NamespaceLabels& namespaces) {
  secret::Labels labels;
  for (const std::string& key : keys) {
    const rapidjson::Value* value = json::find(object, {"metadata", "labels", key});
    if (value != nullptr && value->IsString()) labels.add(key).value = value->GetString();
  }
  namespaces.put(std::string(json::text_at(object, {"metadata", "name"})), labels);
}

Error explained(const Error& error) {
  return Error(error.code(),
               "a policy selects by the labels of namespaces (namespaceSelector), which cannot "
               "be read: " +
                   error.message());
}

}  // namespace

Result<std::shared_ptr<secret::NamespaceLabels>> read_namespaces(cluster::BlockingApi& api,
                                                                 const std::vector<std::string>& keys,
                                                                 const std::string& namespace_name,
                                                                 const Interrupt* interrupt) {
  if (keys.empty()) return std::shared_ptr<secret::NamespaceLabels>();
  auto namespaces = std::make_shared<secret::NamespaceLabels>();
  if (namespace_name.empty()) {
    const auto listed = each_object(api, {.plural = "namespaces"}, {}, interrupt,
                                    [&](const rapidjson::Value& object) { take(object, keys, *namespaces); });
    if (!listed && listed.error().code() != Errc::interrupted) return explained(listed.error());
    return namespaces;
  }
  const auto text = api.get({.plural = "namespaces", .name = namespace_name});
  if (!text && text.error().code() == Errc::missing) return namespaces;
  if (!text) return explained(text.error());
  rapidjson::Document object;
  if (auto parsed = json::parse_document(object, text->view()); !parsed) return explained(parsed.error());
  take(object, keys, *namespaces);
  return namespaces;
}

}  // namespace hygiene::housekeeping
