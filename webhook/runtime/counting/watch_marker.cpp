#include "runtime/counting/watch_marker.hpp"

#include <random>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "counting/keyed_hash.hpp"

namespace hygiene::runtime {
namespace {

// "e30=" is the base64 of {}.
constexpr std::pair<std::string_view, const char*> kDemanded[] = {
    {"kubernetes.io/tls", R"(,"data":{"tls.crt":"","tls.key":""})"},
    {"kubernetes.io/basic-auth", R"(,"data":{"username":""})"},
    {"kubernetes.io/ssh-auth", R"(,"data":{"ssh-privatekey":""})"},
    {"kubernetes.io/dockercfg", R"(,"data":{".dockercfg":"e30="})"},
    {"kubernetes.io/dockerconfigjson", R"(,"data":{".dockerconfigjson":"e30="})"},
};
// Of the watch of all types that no policy names.
constexpr std::string_view kOwnType = "secret-hygiene.io/marker";

std::string hex(std::uint64_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(number >> shift) & 15];
  return text;
}

std::string quoted(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::string marker_name(std::string_view type) {
  return "secret-hygiene-marker-" + hex(counting::keyed_hash({}, 0, type.empty() ? kOwnType : type));
}

std::string marker_secret(std::string_view type) {
  std::string text = R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + marker_name(type) +
                     R"(","labels":{"app.kubernetes.io/managed-by":"secret-hygiene"}},"type":)" +
                     quoted(type.empty() ? kOwnType : type);
  for (const auto& [of, data] : kDemanded) {
    if (of == type) text += data;
  }
  return text + '}';
}

std::string marker_patch() {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  return R"({"metadata":{"annotations":{"secret-hygiene.io/marker":")" + hex(number) + R"("}}})";
}

}  // namespace hygiene::runtime
