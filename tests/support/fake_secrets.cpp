#include "support/fake_secrets.hpp"

#include <algorithm>
#include <cstdlib>

#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "support/json_oracle.hpp"

namespace hygiene::test {
namespace {

using Secret = FakeSecrets::Secret;

bool as_table(const ScriptedRequest& request) {
  return request.head.find("as=Table") != std::string::npos;
}

bool as_metadata(const ScriptedRequest& request) {
  return request.head.find("as=PartialObjectMetadata") != std::string::npos;
}

bool shown(const Secret& secret, const std::string& in, const std::string& selector) {
  return (in.empty() || secret.namespace_name == in) &&
         (selector.empty() || selector == "type=" + secret.type ||
          selector == "metadata.name=" + secret.name);
}

std::string object(const Secret& secret, bool whole) {
  std::string text = R"({"metadata":{"name":")" + secret.name + R"(","namespace":")" + secret.namespace_name +
                     R"(","uid":"uid-)" + std::to_string(secret.uid) + R"(","resourceVersion":")" +
                     std::to_string(secret.revision) + R"(","creationTimestamp":"2026-11-24T09:54:32Z")";
  if (!secret.bytes_annotation.empty())
    text += R"(,"annotations":{"secret-hygiene.io/bytes":")" + secret.bytes_annotation + "\"}";
  text += '}';
  if (whole) {
    text += R"(,"type":")" + secret.type + R"(","data":{"key":")" +
            std::string(secret.data_bytes / 3 * 4, 'A') + "\"}";
  }
  return text + '}';
}

std::string table(const std::string& rows, const std::string& metadata) {
  return R"({"kind":"Table","metadata":)" + metadata +
         R"(,"columnDefinitions":[{"name":"Name"},{"name":"Type"}],"rows":[)" + rows + "]}";
}

std::string row(const Secret& secret) {
  return R"({"cells":[")" + secret.name + R"(",")" + secret.type + R"("],"object":)" + object(secret, false) +
         '}';
}

}  // namespace

void FakeSecrets::intercept(Intercept intercept) {
  const std::lock_guard lock(mutex_);
  intercept_ = std::move(intercept);
}

void FakeSecrets::store(Secret secret) {
  Secret& place = secrets_[secret.namespace_name + '/' + secret.name];
  const bool known = place.uid != 0;
  secret.revision = ++revision_;
  secret.uid = known ? place.uid : revision_;
  place = std::move(secret);
  events_.push_back({known ? "MODIFIED" : "ADDED", place});
}

void FakeSecrets::put(const std::string& namespace_name, const std::string& name, const std::string& type,
                      const std::string& bytes_annotation, std::size_t data_bytes) {
  const std::lock_guard lock(mutex_);
  store({namespace_name, name, type, bytes_annotation, data_bytes, 0, 0});
}

void FakeSecrets::remove(const std::string& namespace_name, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = secrets_.find(namespace_name + '/' + name);
  Secret gone = found->second;
  gone.revision = ++revision_;
  secrets_.erase(found);
  events_.push_back({"DELETED", gone});
}

void FakeSecrets::compact() {
  const std::lock_guard lock(mutex_);
  compacted_ = ++revision_;
}

std::uint64_t FakeSecrets::revision() {
  const std::lock_guard lock(mutex_);
  return revision_;
}

std::string FakeSecrets::config_map(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = config_maps_.find(name);
  return found == config_maps_.end() ? std::string() : found->second;
}

std::size_t FakeSecrets::count(const std::string& method, const std::string& part) {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(seen_, [&](const auto& request) {
    return request.first == method && request.second.find(part) != std::string::npos;
  }));
}

ScriptedAnswer FakeSecrets::handle(const ScriptedRequest& request) {
  Intercept intercepting;
  {
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(request.method, request.target);
    intercepting = intercept_;
  }
  if (intercepting) {
    if (auto answered = intercepting(request)) return *answered;
  }
  const std::lock_guard lock(mutex_);
  std::string path = request.target.substr(0, request.target.find('?'));
  std::string in;
  const std::string prefix = "/api/v1/namespaces/";
  if (path.starts_with(prefix)) {
    in = path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size());
    path = "/api/v1" + path.substr(prefix.size() + in.size());
  }
  const auto name = path.find('/', 8) == std::string::npos ? "" : path.substr(path.find('/', 8) + 1);
  if (path.starts_with("/api/v1/configmaps")) return answer_config_map(request, name);
  if (!name.empty()) return answer_secret(request, in, name);
  if (request.method == "POST") return create_secret(request, in);
  return request.parameter("watch").empty() ? answer_collection(request, in) : answer_watch(request, in);
}

ScriptedAnswer FakeSecrets::answer_collection(const ScriptedRequest& request, const std::string& in) {
  const std::string from = request.parameter("continue");
  std::string items, next;
  std::size_t taken = 0;
  for (const auto& [key, secret] : secrets_) {
    if (!shown(secret, in, request.parameter("fieldSelector"))) continue;
    // The token is the place of the next one, as hex would be: no escape is needed.
    const std::string place = secret.namespace_name + "." + secret.name;
    if (!from.empty() && place < from) continue;
    if (taken == page) {
      next = place;
      break;
    }
    items +=
        (taken++ == 0 ? "" : ",") + (as_table(request) ? row(secret) : object(secret, !as_metadata(request)));
  }
  const std::string metadata =
      R"({"resourceVersion":")" + std::to_string(revision_) + R"(","continue":")" + next + "\"}";
  if (as_table(request)) return answer(200, table(items, metadata));
  return answer(200, R"({"metadata":)" + metadata + R"(,"items":[)" + items + "]}");
}

ScriptedAnswer FakeSecrets::answer_watch(const ScriptedRequest& request, const std::string& in) {
  const auto from = std::strtoull(request.parameter("resourceVersion").c_str(), nullptr, 10);
  if (from < compacted_) return status_answer(410, "Expired", "too old resource version");
  std::string text;
  for (const Event& event : events_) {
    if (event.secret.revision <= from || !shown(event.secret, in, request.parameter("fieldSelector")))
      continue;
    const std::string what = as_table(request)
                                 ? table(row(event.secret), R"({"resourceVersion":")" +
                                                                std::to_string(event.secret.revision) + "\"}")
                                 : object(event.secret, false);
    text += R"({"type":")" + event.type + R"(","object":)" + what + "}\n";
  }
  const std::string metadata = R"({"resourceVersion":")" + std::to_string(revision_) + "\"}";
  text += R"({"type":"BOOKMARK","object":)" +
          (as_table(request) ? table("", metadata) : R"({"metadata":)" + metadata + '}') + "}\n";
  return answer(200, text);
}

ScriptedAnswer FakeSecrets::answer_secret(const ScriptedRequest& request, const std::string& in,
                                          const std::string& name) {
  const auto found = secrets_.find(in + '/' + name);
  if (found == secrets_.end()) return status_answer(404, "NotFound", "there is none");
  if (request.method == "PATCH") store(Secret(found->second));
  return answer(200, object(found->second, !as_metadata(request)));
}

ScriptedAnswer FakeSecrets::create_secret(const ScriptedRequest& request, const std::string& in) {
  const auto body = parse_dom(request.body);
  const std::string name = text_at(body, "/metadata/name");
  if (secrets_.contains(in + '/' + name)) return status_answer(409, "AlreadyExists", "it exists");
  store({in, name, text_at(body, "/type"), "0", 0, 0, 0});
  return answer(201, object(secrets_[in + '/' + name], true));
}

void FakeSecrets::touch_config_map(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto document = parse_dom(config_maps_.at(name));
  rapidjson::Pointer("/metadata/resourceVersion").Set(document, std::to_string(++revision_).c_str());
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  document.Accept(writer);
  config_maps_[name] = {buffer.GetString(), buffer.GetSize()};
}

ScriptedAnswer FakeSecrets::answer_config_map(const ScriptedRequest& request, const std::string& name) {
  const auto found = config_maps_.find(name);
  if (request.method == "GET") {
    if (found == config_maps_.end()) return status_answer(404, "NotFound", "there is none");
    return answer(200, found->second);
  }
  auto document = parse_dom(request.body);
  const std::string of = text_at(document, "/metadata/name");
  if (request.method == "POST" && config_maps_.contains(of))
    return status_answer(409, "AlreadyExists", "it exists");
  if (request.method == "PUT") {
    if (found == config_maps_.end()) return status_answer(404, "NotFound", "there is none");
    if (text_at(parse_dom(found->second), "/metadata/resourceVersion") !=
        text_at(document, "/metadata/resourceVersion"))
      return status_answer(409, "Conflict", "it was modified");
  }
  rapidjson::Pointer("/metadata/resourceVersion").Set(document, std::to_string(++revision_).c_str());
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  document.Accept(writer);
  config_maps_[of] = {buffer.GetString(), buffer.GetSize()};
  return answer(200, config_maps_[of]);
}

}  // namespace hygiene::test
