// Stored Secrets of an API server in memory, as handlers of a ScriptedServer, for what changes and deletes
// them: lists by pages, whole or as Tables, with a field selector `type=…` and label selectors `key=value`;
// GET whole or as a Table; merge PATCH and DELETE that heed resourceVersions and preconditions.
// Thread-safety: internally locked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <rapidjson/document.h>

#include "support/scripted_server.hpp"

namespace hygiene::test {

class FakeStored {
 public:
  using Labels = std::map<std::string, std::string>;
  // Answers a request in the place of the server, or lets it pass. May call the functions below, as another
  // client would.
  using Intercept = std::function<std::optional<ScriptedAnswer>(const ScriptedRequest&)>;

  ScriptedAnswer handle(const ScriptedRequest& request);
  void intercept(Intercept intercept);
  // Changes each Secret that is patched once more, as a webhook would.
  void mutate(std::function<void(rapidjson::Document&)> mutate);

  // A new Secret with one key of `data_bytes` (a multiple of 3), or the same one written again.
  void put(const std::string& namespace_name, const std::string& name, const std::string& type,
           const Labels& labels = {}, std::size_t data_bytes = 3, const Labels& annotations = {});
  // A revision as Helm keeps it, written at `created` (RFC 3339).
  void put_revision(const std::string& namespace_name, const std::string& release, unsigned revision,
                    const std::string& status, const std::string& created = "2020-01-01T00:00:00Z");
  void erase(const std::string& namespace_name, const std::string& name);
  // Another client writes it again, with one more label.
  void touch(const std::string& namespace_name, const std::string& name, const std::string& label);

  bool has(const std::string& namespace_name, const std::string& name);
  // "key=value,…" of labels or annotations; "" where there are none.
  std::string labels(const std::string& namespace_name, const std::string& name);
  std::string annotations(const std::string& namespace_name, const std::string& name);
  // namespace/name of all.
  std::vector<std::string> names();
  // Requests of one method whose target holds `part`.
  std::size_t count(const std::string& method, const std::string& part = "/secrets");

  std::size_t page = 500;  // the most that a page holds

 private:
  ScriptedAnswer list(const ScriptedRequest& request, const std::string& in);
  ScriptedAnswer patch(const ScriptedRequest& request, const std::string& key);
  ScriptedAnswer remove(const ScriptedRequest& request, const std::string& key);
  void store(const std::string& key, rapidjson::Document& secret);
  std::string map_of(const std::string& key, const char* pointer);

  std::recursive_mutex mutex_;  // interceptors call back
  Intercept intercept_;
  std::function<void(rapidjson::Document&)> mutate_;
  std::uint64_t revision_ = 100;
  std::map<std::string, std::string> secrets_;  // JSON by namespace/name
  std::vector<std::pair<std::string, std::string>> seen_;
};

}  // namespace hygiene::test
