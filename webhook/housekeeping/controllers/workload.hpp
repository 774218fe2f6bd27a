// What runs pods, as far as it says what a controller was told: its containers with their images, arguments
// and variables. Thread-safety: values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/fwd.h>

namespace hygiene::housekeeping {

struct Variable {
  std::string name;
  std::optional<std::string> value;  // none: it comes from a ConfigMap, a Secret or a field, and is not seen
};

struct Container {
  std::string name;
  std::string image;
  std::size_t index = 0;  // in the list of its pod
  std::vector<std::string> command;
  std::vector<std::string> args;
  std::vector<Variable> variables;
  bool env_from = false;  // further variables come from a ConfigMap or a Secret, and are not seen
};

struct Workload {
  std::string kind;  // Deployment, StatefulSet, DaemonSet
  std::string namespace_name;
  std::string name;
  std::string service_account;  // `default` where it names none
  std::vector<Container> containers;
  std::vector<Container> init_containers;
};

// `kind`: an item of a list does not say it.
Workload read_workload(std::string_view kind, const rapidjson::Value& object);

// "docker.io/kong/kong:3.9@sha256:..." without tag and digest.
std::string_view repository_of(std::string_view image);
// Its tag; empty where it has none.
std::string_view tag_of(std::string_view image);
// True if the repository is `end`, or ends with it at a "/": a mirror keeps that part.
bool repository_ends_with(std::string_view image, std::string_view end);

}  // namespace hygiene::housekeeping
