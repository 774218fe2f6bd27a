#include "cluster/resource.hpp"

#include "base/ascii.hpp"

namespace hygiene::cluster {
namespace {

using base::percent_encode;

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

}  // namespace hygiene::cluster
