#include "cluster/resource.hpp"

#include "base/ascii.hpp"

namespace hygiene::cluster {
namespace {

using base::percent_encode;

bool is_of_the_cluster(std::string_view plural) {
  return plural == "validatingwebhookconfigurations" || plural == "mutatingwebhookconfigurations" ||
         plural == "namespaces" || plural == "clusterroles" || plural == "clusterrolebindings" ||
         plural == "subjectaccessreviews";
}

}  // namespace

std::string Resource::path() const {
  if (!raw_path.empty()) return raw_path;
  std::string text = group.empty() ? "/api/" : "/apis/" + percent_encode(group) + '/';
  text += percent_encode(version) + '/';
  if (!namespace_name.empty()) text += "namespaces/" + percent_encode(namespace_name) + '/';
  text += percent_encode(plural);
  if (!name.empty()) text += '/' + percent_encode(name);
  if (!subresource.empty()) text += '/' + subresource;
  return text;
}

std::string Resource::description() const {
  if (!raw_path.empty()) return raw_path;
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
  if (!raw_path.empty()) return raw_path;
  const std::string whole =
      subresource.empty() ? plural : plural + '/' + subresource.substr(0, subresource.find('/'));
  return group.empty() ? whole : whole + '.' + group;
}

}  // namespace hygiene::cluster
