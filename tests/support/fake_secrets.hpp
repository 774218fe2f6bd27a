// Secrets and ConfigMaps of an API server in memory, as handlers of a ScriptedServer: lists by pages, as
// metadata or as Tables, of one type or of all; watches that tell what there is to tell and end, at the least
// with a bookmark; GET, POST, PUT and merge PATCH with resourceVersions. Thread-safety: internally locked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/scripted_server.hpp"

namespace hygiene::test {

class FakeSecrets {
 public:
  struct Secret {
    std::string namespace_name;
    std::string name;
    std::string type;
    std::string bytes_annotation;  // empty: none
    std::size_t data_bytes = 0;
    std::uint64_t revision = 0;
    std::uint64_t uid = 0;
  };
  // Answers a request in the place of the server, or lets it pass.
  using Intercept = std::function<std::optional<ScriptedAnswer>(const ScriptedRequest&)>;

  ScriptedAnswer handle(const ScriptedRequest& request);
  void intercept(Intercept intercept);

  void put(const std::string& namespace_name, const std::string& name, const std::string& type,
           const std::string& bytes_annotation = "100", std::size_t data_bytes = 100);
  void remove(const std::string& namespace_name, const std::string& name);
  // Watches from before this moment are too old.
  void compact();
  std::uint64_t revision();
  // Another client writes the ConfigMap again, as it is.
  void touch_config_map(const std::string& name);
  std::string config_map(const std::string& name);
  // Requests of one method whose target holds `part`.
  std::size_t count(const std::string& method, const std::string& part);

  std::size_t page = 500;  // the most that a page holds

 private:
  struct Event {
    std::string type;
    Secret secret;
  };
  ScriptedAnswer answer_collection(const ScriptedRequest& request, const std::string& in);
  ScriptedAnswer answer_watch(const ScriptedRequest& request, const std::string& in);
  ScriptedAnswer answer_secret(const ScriptedRequest& request, const std::string& in,
                               const std::string& name);
  ScriptedAnswer answer_config_map(const ScriptedRequest& request, const std::string& name);
  ScriptedAnswer create_secret(const ScriptedRequest& request, const std::string& in);
  void store(Secret secret);

  std::mutex mutex_;
  Intercept intercept_;
  std::uint64_t revision_ = 100;
  std::uint64_t compacted_ = 0;
  std::map<std::string, Secret> secrets_;  // by namespace/name
  std::map<std::string, std::string> config_maps_;
  std::vector<Event> events_;
  std::vector<std::pair<std::string, std::string>> seen_;
};

}  // namespace hygiene::test
