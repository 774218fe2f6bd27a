#include "runtime/counting/watch_marker.hpp"

#include <random>

#include <fmt/format.h>

#include "counting/memory/keyed_hash.hpp"
#include "json/writer.hpp"

namespace hygiene::runtime {
namespace {

// "e30=" is the base64 of {}.
constexpr std::pair<std::string_view, const char*> kDemanded[] = {
    {"kubernetes.io/tls", R"({"tls.crt":"","tls.key":""})"},
    {"kubernetes.io/basic-auth", R"({"username":""})"},
    {"kubernetes.io/ssh-auth", R"({"ssh-privatekey":""})"},
    {"kubernetes.io/dockercfg", R"({".dockercfg":"e30="})"},
    {"kubernetes.io/dockerconfigjson", R"({".dockerconfigjson":"e30="})"},
};
// Of the watch of all types that no policy names.
constexpr std::string_view kOwnType = "secret-hygiene.io/marker";

// With the second, controllers that select by it do not cache a Secret that is changed again and again.
void write_labels(json::Writer& json) {
  json.object("labels", [&] {
    json.field("app.kubernetes.io/managed-by", "secret-hygiene");
    json.field("secret-hygiene.io/ignore", "true");
  });
}

}  // namespace

std::string marker_name(std::string_view type) {
  return fmt::format("secret-hygiene-marker-{:016x}",
                     counting::keyed_hash({}, 0, type.empty() ? kOwnType : type));
}

std::string marker_secret(std::string_view type) {
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "Secret");
    json.object("metadata", [&] {
      json.field("name", marker_name(type));
      write_labels(json);
    });
    json.field("type", type.empty() ? kOwnType : type);
    for (const auto& [of, data] : kDemanded) {
      if (of != type) continue;
      json.raw("data", data);
    }
  });
  return json.take();
}

std::string marker_patch() {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  json::Writer json;
  json.object([&] {
    json.object("metadata", [&] {
      write_labels(json);
      json.object("annotations",
                  [&] { json.field("secret-hygiene.io/marker", fmt::format("{:016x}", number)); });
    });
  });
  return json.take();
}

}  // namespace hygiene::runtime
