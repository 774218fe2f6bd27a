// The objects of an API server in memory, with resourceVersions: what `certs` reads and writes, as handlers
// of a ScriptedServer. Merge patches replace the members of metadata and data; JSON patches know `add` and
// `replace`. Thread-safety: as ScriptedServer's handler.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <rapidjson/document.h>

#include "support/scripted_server.hpp"

namespace hygiene::test {

class FakeCluster {
 public:
  // Puts `json` at `path`, with a new resourceVersion.
  void put(const std::string& path, const std::string& json);
  // The object at `path`; null if there is none.
  rapidjson::Document at(const std::string& path) const;
  bool has(const std::string& path) const { return objects_.count(path) > 0; }
  void erase(const std::string& path) { objects_.erase(path); }

  ScriptedAnswer handle(const ScriptedRequest& request);
  // Called before each request is handled; may change the objects, as another client would.
  std::function<void(const ScriptedRequest&)> before;

 private:
  ScriptedAnswer patch(const std::string& path, const ScriptedRequest& request);

  std::map<std::string, std::string> objects_;
  int version_ = 1;
};

}  // namespace hygiene::test
