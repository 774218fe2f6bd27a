#include "support/fake_stored.hpp"

#include <algorithm>

#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "support/json_oracle.hpp"

namespace hygiene::test {
namespace {

using rapidjson::Document;
using rapidjson::Pointer;
using rapidjson::Value;

std::string text_of(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

bool asks_for(const ScriptedRequest& request, const char* form) {
  return request.head.find(form) != std::string::npos;
}

bool shown(const Document& secret, const std::string& fields, const std::string& labels) {
  if (!fields.empty() && fields != "type=" + text_at(secret, "/type")) return false;
  if (labels.empty()) return true;
  const auto equals = labels.find('=');
  const Value* found = Pointer("/metadata/labels").Get(secret);
  if (found == nullptr) return false;
  const auto member = found->FindMember(labels.substr(0, equals).c_str());
  return member != found->MemberEnd() && member->value.GetString() == labels.substr(equals + 1);
}

std::string metadata_of(const Document& secret) {
  return R"({"metadata":)" + text_of(*Pointer("/metadata").Get(secret)) + '}';
}

std::string table(const std::string& rows, const std::string& metadata) {
  return R"({"kind":"Table","metadata":)" + metadata +
         R"(,"columnDefinitions":[{"name":"Name"},{"name":"Type"}],"rows":[)" + rows + "]}";
}

std::string row(const Document& secret) {
  return R"({"cells":[")" + text_at(secret, "/metadata/name") + R"(",")" + text_at(secret, "/type") +
         R"("],"object":)" + metadata_of(secret) + '}';
}

// RFC 7386.
void merge(Value& into, const Value& from, Document::AllocatorType& memory) {
  if (!into.IsObject()) into.SetObject();
  for (const auto& member : from.GetObject()) {
    if (member.value.IsNull()) {
      into.RemoveMember(member.name);
      continue;
    }
    if (!into.HasMember(member.name)) into.AddMember(Value(member.name, memory), Value(), memory);
    if (member.value.IsObject()) {
      merge(into[member.name], member.value, memory);
    } else {
      into[member.name] = Value(member.value, memory);
    }
  }
}

ScriptedAnswer conflict() {
  return status_answer(409, "Conflict", "the object has been modified");
}

}  // namespace

void FakeStored::intercept(Intercept intercept) {
  const std::lock_guard lock(mutex_);
  intercept_ = std::move(intercept);
}

void FakeStored::mutate(std::function<void(Document&)> mutate) {
  const std::lock_guard lock(mutex_);
  mutate_ = std::move(mutate);
}

void FakeStored::store(const std::string& key, Document& secret) {
  Pointer("/metadata/resourceVersion").Set(secret, std::to_string(++revision_).c_str());
  secrets_[key] = text_of(secret);
}

void FakeStored::put(const std::string& namespace_name, const std::string& name, const std::string& type,
                     const Labels& labels, std::size_t data_bytes, const Labels& annotations) {
  const std::lock_guard lock(mutex_);
  Document secret = parse_dom(R"({"kind":"Secret","apiVersion":"v1","metadata":{}})");
  Pointer("/metadata/name").Set(secret, name.c_str());
  Pointer("/metadata/namespace").Set(secret, namespace_name.c_str());
  Pointer("/metadata/uid").Set(secret, ("uid-" + std::to_string(revision_ + 1)).c_str());
  Pointer("/metadata/creationTimestamp").Set(secret, "2026-11-24T09:54:32Z");
  for (const auto& [where, map] :
       {std::pair<std::string, const Labels&>{"labels", labels}, {"annotations", annotations}}) {
    for (const auto& [key, value] : map) {
      Value& place =
          Pointer(("/metadata/" + where).c_str()).GetWithDefault(secret, Value(rapidjson::kObjectType));
      place.AddMember(Value(key.c_str(), secret.GetAllocator()), Value(value.c_str(), secret.GetAllocator()),
                      secret.GetAllocator());
    }
  }
  Pointer("/data/key").Set(secret, std::string(data_bytes / 3 * 4, 'A').c_str());
  Pointer("/type").Set(secret, type.c_str());
  store(namespace_name + '/' + name, secret);
}

void FakeStored::put_revision(const std::string& namespace_name, const std::string& release,
                              unsigned revision, const std::string& status, const std::string& created) {
  const std::lock_guard lock(mutex_);
  const std::string name = "sh.helm.release.v1." + release + ".v" + std::to_string(revision);
  put(namespace_name, name, "helm.sh/release.v1",
      {{"name", release}, {"owner", "helm"}, {"status", status}, {"version", std::to_string(revision)}}, 300);
  Document secret = parse_dom(secrets_[namespace_name + '/' + name]);
  Pointer("/metadata/creationTimestamp").Set(secret, created.c_str());
  secrets_[namespace_name + '/' + name] = text_of(secret);
}

void FakeStored::erase(const std::string& namespace_name, const std::string& name) {
  const std::lock_guard lock(mutex_);
  secrets_.erase(namespace_name + '/' + name);
}

void FakeStored::touch(const std::string& namespace_name, const std::string& name, const std::string& label) {
  const std::lock_guard lock(mutex_);
  const std::string key = namespace_name + '/' + name;
  Document secret = parse_dom(secrets_.at(key));
  Pointer(("/metadata/labels/" + label).c_str()).Set(secret, "true");
  store(key, secret);
}

bool FakeStored::has(const std::string& namespace_name, const std::string& name) {
  const std::lock_guard lock(mutex_);
  return secrets_.contains(namespace_name + '/' + name);
}

std::string FakeStored::map_of(const std::string& key, const char* pointer) {
  const std::lock_guard lock(mutex_);
  const Document secret = parse_dom(secrets_.at(key));
  std::string text;
  const Value* found = Pointer(pointer).Get(secret);
  if (found == nullptr) return text;
  for (const auto& member : found->GetObject())
    text += std::string(text.empty() ? "" : ",") + member.name.GetString() + "=" + member.value.GetString();
  return text;
}

std::string FakeStored::labels(const std::string& namespace_name, const std::string& name) {
  return map_of(namespace_name + '/' + name, "/metadata/labels");
}

std::string FakeStored::annotations(const std::string& namespace_name, const std::string& name) {
  return map_of(namespace_name + '/' + name, "/metadata/annotations");
}

std::vector<std::string> FakeStored::names() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [key, secret] : secrets_) all.push_back(key);
  return all;
}

std::size_t FakeStored::count(const std::string& method, const std::string& part) {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(seen_, [&](const auto& request) {
    return request.first == method && request.second.find(part) != std::string::npos;
  }));
}

ScriptedAnswer FakeStored::handle(const ScriptedRequest& request) {
  const std::lock_guard lock(mutex_);
  seen_.emplace_back(request.method, request.target);
  if (intercept_) {
    if (auto answered = intercept_(request)) return *answered;
  }
  const std::string path = request.target.substr(0, request.target.find('?'));
  const std::string prefix = "/api/v1/namespaces/";
  if (!path.starts_with(prefix)) return list(request, "");
  const auto end = path.find('/', prefix.size());
  const std::string in = path.substr(prefix.size(), end - prefix.size());
  const std::string collection = "/secrets/";
  if (path.size() <= end + collection.size()) return list(request, in);
  const std::string key = in + '/' + path.substr(end + collection.size());
  if (!secrets_.contains(key)) return status_answer(404, "NotFound", "there is none");
  if (request.method == "PATCH") return patch(request, key);
  if (request.method == "DELETE") return remove(request, key);
  const Document secret = parse_dom(secrets_[key]);
  return answer(200, asks_for(request, "as=Table") ? table(row(secret), "{}") : secrets_[key]);
}

ScriptedAnswer FakeStored::list(const ScriptedRequest& request, const std::string& in) {
  const std::string from = request.parameter("continue");
  const bool rows = asks_for(request, "as=Table");
  std::string items, next;
  std::size_t taken = 0;
  for (const auto& [key, text] : secrets_) {
    const Document secret = parse_dom(text);
    const std::string place =
        text_at(secret, "/metadata/namespace") + "." + text_at(secret, "/metadata/name");
    if (!in.empty() && !key.starts_with(in + '/')) continue;
    if (!from.empty() && place < from) continue;
    if (!shown(secret, request.parameter("fieldSelector"), request.parameter("labelSelector"))) continue;
    if (taken == page) {
      next = place;
      break;
    }
    items += (taken++ == 0 ? "" : ",") + (rows ? row(secret) : text);
  }
  const std::string metadata =
      R"({"resourceVersion":")" + std::to_string(revision_) + R"(","continue":")" + next + "\"}";
  return answer(
      200, rows ? table(items, metadata) : R"({"metadata":)" + metadata + R"(,"items":[)" + items + "]}");
}

ScriptedAnswer FakeStored::patch(const ScriptedRequest& request, const std::string& key) {
  Document secret = parse_dom(secrets_[key]);
  const std::string version = text_at(secret, "/metadata/resourceVersion");
  merge(secret, parse_dom(request.body), secret.GetAllocator());
  if (text_at(secret, "/metadata/resourceVersion") != version) return conflict();
  if (mutate_) mutate_(secret);
  store(key, secret);
  return answer(200, asks_for(request, "as=PartialObjectMetadata") ? metadata_of(parse_dom(secrets_[key]))
                                                                   : secrets_[key]);
}

ScriptedAnswer FakeStored::remove(const ScriptedRequest& request, const std::string& key) {
  const Document secret = parse_dom(secrets_[key]);
  const Document options = parse_dom(request.body.empty() ? "{}" : request.body);
  for (const char* field : {"uid", "resourceVersion"}) {
    const std::string demanded = text_at(options, (std::string("/preconditions/") + field).c_str());
    const std::string is = text_at(secret, (std::string("/metadata/") + field).c_str());
    if (!demanded.empty() && demanded != is) return conflict();
  }
  secrets_.erase(key);
  return answer(200, R"({"kind":"Status","status":"Success"})");
}

}  // namespace hygiene::test
