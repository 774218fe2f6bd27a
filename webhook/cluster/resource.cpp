#include "cluster/resource.hpp"

#include <cctype>

namespace hygiene::cluster {
namespace {

bool is_of_the_cluster(std::string_view plural) {
  return plural == "validatingwebhookconfigurations" || plural == "mutatingwebhookconfigurations" ||
         plural == "namespaces";
}

}  // namespace

std::string Resource::path() const {
  std::string text = group.empty() ? "/api/" : "/apis/" + percent_encode(group) + '/';
  text += percent_encode(version) + '/';
  if (!namespace_name.empty()) text += "namespaces/" + percent_encode(namespace_name) + '/';
  text += percent_encode(plural);
  if (!name.empty()) text += '/' + percent_encode(name);
  return text;
}

std::string Resource::description() const {
  std::string text = rbac_name();
  if (!name.empty()) text += " \"" + name + '"';
  if (!namespace_name.empty()) {
    text += " in namespace \"" + namespace_name + '"';
  } else if (!is_of_the_cluster(plural)) {
    text += " in all namespaces";
  }
  return text;
}

std::string Resource::rbac_name() const {
  return group.empty() ? plural : plural + '.' + group;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 15U];
    }
  }
  return encoded;
}

}  // namespace hygiene::cluster
