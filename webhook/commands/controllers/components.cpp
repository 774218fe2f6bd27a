#include "commands/controllers/components.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>

#include <fcntl.h>

#include "base/descriptor.hpp"
#include "base/file_text.hpp"
#include "base/version.hpp"
#include "json/writer.hpp"
#include "secret/label_selector.hpp"

namespace hygiene::commands {
namespace {

using namespace housekeeping;

constexpr std::string_view kHead =
    "# Made by `secret-hygiene controllers --write`. Name this directory under `components:` of the "
    "kustomization that\n"
    "# has these workloads. Label stored Secrets first: without their label, a selector may hide them.\n"
    "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
    "kind: Component\n";

// As JSON, which is YAML.
std::string in_json(std::string_view text) {
  json::Writer json;
  json.value(text);
  return json.take();
}

// kustomize reads the name of a target as a regular expression.
std::string target(const std::string& kind, const std::string& name) {
  std::string pattern;
  for (const char c : name) {
    if (c == '.') pattern += '\\';
    pattern += c;
  }
  return "  - target: {kind: " + kind + ", name: " + in_json(pattern) + "}\n";
}

std::string comment(const ControllerFound& found, const Advice& advice) {
  std::string text = "  # " + found.known->name;
  if (!advice.policy.empty()) text += "; policy for it: " + advice.policy;
  return text + '\n';
}

bool has_values(const ControllerFound& found) {
  return std::ranges::none_of(found.missing, [&found](const KnownArgument& argument) {
    return !argument.value && takes_value(*found.known, argument);
  });
}

// Appended: of an argument that is given twice the last one counts.
std::string arguments_patch(const ControllerFound& found) {
  const std::string container =
      "path: /spec/template/spec/containers/" + std::to_string(found.container_index);
  std::string text = target(found.kind, found.name) + "    patch: |-\n      - {op: test, " + container +
                     "/name, value: " + in_json(found.container) + "}\n";
  if (!found.has_args) text += "      - {op: add, " + container + "/args, value: []}\n";
  for (const KnownArgument& argument : found.missing) {
    const std::string word = argument.name + (argument.value ? '=' + *argument.value : std::string());
    text += "      - {op: add, " + container + "/args/-, value: " + in_json(word) + "}\n";
  }
  return text;
}

std::string config_map_patch(const KnownConfigMap& config_map) {
  return target("ConfigMap", config_map.name) +
         "    patch: |-\n      apiVersion: v1\n      kind: ConfigMap\n      metadata: {name: any}\n      "
         "data: {" +
         in_json(config_map.key) + ": " + in_json(config_map.value) + "}\n";
}

std::string proxy_patches(const ControllerFound& found) {
  return target(found.kind, found.name) + "    path: proxy.yaml\n" + target(found.kind, found.name) +
         "    patch: |-\n      apiVersion: apps/v1\n      kind: " + found.kind +
         "\n      metadata: {name: any}\n      spec:\n        template:\n          spec:\n            "
         "containers:\n"
         "              - name: " +
         in_json(found.container) + "\n                env: [{name: " + found.known->kubeconfig +
         ", value: /var/run/secret-hygiene/kubeconfig}]\n"
         "                volumeMounts: [{name: secret-hygiene-kubeconfig, mountPath: "
         "/var/run/secret-hygiene, "
         "readOnly: true}]\n";
}

// Of one namespace.
struct Component {
  std::string patches;
  bool proxy = false;
};

// A sentence where no patch can follow the advice; else empty.
std::string add(const ControllerFound& found, const Advice& advice, Component& component) {
  const std::string head = comment(found, advice);
  const auto& config_map = found.known->config_map;
  if (advice.remedy == Remedy::proxy) {
    component.patches += head + proxy_patches(found);
    component.proxy = true;
    return {};
  }
  if (config_map && config_map->value.empty())
    return found.known->name + ": set " + advice.setting + " by hand, see docs/controllers.md";
  if (!config_map && !has_values(found))
    return found.known->name + ": set " + advice.setting + " by hand, with a label of your choice";
  component.patches += head + (config_map ? config_map_patch(*config_map) : arguments_patch(found));
  return {};
}

std::string text_of(const Component& component) {
  std::string text(kHead);
  text += "patches:\n" + component.patches;
  if (component.proxy) {
    text +=
        "# The name of the proxy's image in your registry.\nimages:\n"
        "  - {name: secret-hygiene, newName: secret-hygiene, newTag: " +
        in_json(base::version()) + "}\n";
  }
  return text;
}

Result<void> write_file(const std::filesystem::path& path, const std::string& text, bool force) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  const base::Descriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), 0644));
  if (!file.open() || !base::write_all(file.number(), text)) {
    return Error(Errc::io, "cannot write " + path.string() + ": " +
                               std::error_code(errno, std::system_category()).message());
  }
  return {};
}

}  // namespace

Components make_components(const ControllersReport& report) {
  Components made;
  std::map<std::string, Component> by_namespace;
  for (std::size_t i = 0; i < report.advice.size(); ++i) {
    const ControllerFound& found = report.found.controllers[i];
    // The name becomes one of a directory.
    if (report.advice[i].remedy == Remedy::none || !secret::is_dns_subdomain(found.namespace_name)) continue;
    std::string left_out = add(found, report.advice[i], by_namespace[found.namespace_name]);
    if (!left_out.empty()) made.left_out.push_back(std::move(left_out));
  }
  for (const auto& [name, component] : by_namespace) {
    if (component.patches.empty()) continue;
    made.files.push_back({name + "/kustomization.yaml", text_of(component)});
    if (component.proxy) made.files.push_back({name + "/proxy.yaml", std::string(sidecar_patch())});
  }
  return made;
}

Result<void> write_components(const std::string& directory, const Components& components, bool force) {
  for (const ComponentFile& file : components.files) {
    const auto path = std::filesystem::path(directory) / file.path;
    std::error_code failed;
    if (!force && std::filesystem::exists(path, failed))
      return Error(Errc::duplicate,
                   path.string() + " already exists; nothing was written. --force replaces it");
  }
  for (const ComponentFile& file : components.files) {
    auto written = write_file(std::filesystem::path(directory) / file.path, file.text, force);
    if (!written) return written;
  }
  return {};
}

}  // namespace hygiene::commands
