#include "support/fake_cluster.hpp"

#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "support/json_oracle.hpp"

namespace hygiene::test {
namespace {

std::string text_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

void merge(rapidjson::Value& into, const rapidjson::Value& from, rapidjson::Document::AllocatorType& memory) {
  for (const auto& member : from.GetObject()) {
    if (!into.HasMember(member.name)) {
      into.AddMember(rapidjson::Value(member.name, memory), rapidjson::Value(member.value, memory), memory);
    } else if (member.value.IsObject()) {
      merge(into[member.name], member.value, memory);
    } else {
      into[member.name] = rapidjson::Value(member.value, memory);
    }
  }
}

}  // namespace

void FakeCluster::put(const std::string& path, const std::string& json) {
  rapidjson::Document document = parse_dom(json);
  const std::string version = std::to_string(++version_);
  rapidjson::Pointer("/metadata/resourceVersion").Set(document, version.c_str());
  objects_[path] = text_of(document);
}

rapidjson::Document FakeCluster::at(const std::string& path) const {
  const auto found = objects_.find(path);
  return found == objects_.end() ? rapidjson::Document() : parse_dom(found->second);
}

ScriptedAnswer FakeCluster::handle(const ScriptedRequest& request) {
  if (before) before(request);
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (request.method == "POST") {
    const std::string name = text_at(parse_dom(request.body), "/metadata/name");
    if (has(path + '/' + name)) return status_answer(409, "AlreadyExists", "it exists");
    put(path + '/' + name, request.body);
    return answer(201, objects_[path + '/' + name]);
  }
  if (!has(path)) return status_answer(404, "NotFound", "there is none");
  if (request.method == "PATCH") return patch(path, request);
  return answer(200, objects_[path]);
}

ScriptedAnswer FakeCluster::patch(const std::string& path, const ScriptedRequest& request) {
  rapidjson::Document object = at(path);
  const std::string version = text_at(object, "/metadata/resourceVersion");
  const rapidjson::Document change = parse_dom(request.body);
  if (change.IsObject()) {
    merge(object, change, object.GetAllocator());
  } else {
    for (const auto& operation : change.GetArray()) {
      rapidjson::Pointer(operation["path"].GetString())
          .Set(object, operation["value"], object.GetAllocator());
    }
  }
  if (text_at(object, "/metadata/resourceVersion") != version) {
    return status_answer(409, "Conflict", "the object has been modified");
  }
  put(path, text_of(object));
  return answer(200, objects_[path]);
}

}  // namespace hygiene::test
