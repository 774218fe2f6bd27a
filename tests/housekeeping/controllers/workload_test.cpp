// What is read of a workload, and how its images are recognised.
#include "housekeeping/controllers/workload.hpp"

#include <catch2/catch.hpp>

#include "support/json_oracle.hpp"

using namespace hygiene;
using namespace hygiene::housekeeping;

TEST_CASE("a workload is read with its containers, and with what of them is not seen") {
  const auto object = test::parse_dom(R"({"metadata": {"namespace": "kong", "name": "kong-kong"},
    "spec": {"template": {"spec": {
      "initContainers": [{"name": "first", "image": "a"}],
      "containers": [
        {"name": "one", "image": "b:1", "command": ["/b"], "args": ["--c", "d"],
         "env": [{"name": "E", "value": "f"}, {"name": "EMPTY"},
                 {"name": "G", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]},
        {"name": "two", "envFrom": [{"configMapRef": {"name": "m"}}]}]}}}})");
  const Workload read = read_workload("Deployment", object);
  CHECK(read.kind == "Deployment");
  CHECK(read.namespace_name == "kong");
  CHECK(read.name == "kong-kong");
  CHECK(read.service_account == "default");
  REQUIRE(read.init_containers.size() == 1);
  REQUIRE(read.containers.size() == 2);
  const Container& one = read.containers[0];
  CHECK(one.command == std::vector<std::string>{"/b"});
  CHECK(one.args == std::vector<std::string>{"--c", "d"});
  REQUIRE(one.variables.size() == 3);
  CHECK(one.variables[0].value == "f");
  CHECK(one.variables[1].value == "");
  CHECK_FALSE(one.variables[2].value.has_value());
  CHECK_FALSE(one.env_from);
  CHECK(read.containers[1].env_from);
  CHECK(read.containers[1].index == 1);
}

TEST_CASE("an object of another shape is a workload without containers") {
  for (const char* text : {"{}", "[]", R"({"spec": {"template": 5}})", R"({"metadata": "x", "spec": {}})"}) {
    const Workload read = read_workload("Deployment", test::parse_dom(text));
    CHECK(read.name.empty());
    CHECK(read.containers.empty());
  }
}

TEST_CASE(
    "an image is known by the end of its repository, whatever the registry, the mirror, tag and digest") {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  for (const std::string& image :
       {std::string("kong/kubernetes-ingress-controller"), std::string("kubernetes-ingress-controller:3.5"),
        "docker.io/kong/kubernetes-ingress-controller:3.5" + digest,
        "registry.corp:5000/mirror/kong/kubernetes-ingress-controller" + digest,
        std::string("localhost:5000/kubernetes-ingress-controller")}) {
    INFO(image);
    CHECK(repository_ends_with(image, "kubernetes-ingress-controller"));
  }
  for (const char* image : {"", "kong", "my-kubernetes-ingress-controller", "kubernetes-ingress-controller/x",
                            "x:kubernetes-ingress-controller"}) {
    INFO(image);
    CHECK_FALSE(repository_ends_with(image, "kubernetes-ingress-controller"));
  }
  CHECK(repository_ends_with("quay.io/argoproj/argocd:v3", "argoproj/argocd"));
  CHECK_FALSE(repository_ends_with("quay.io/other/argocd:v3", "argoproj/argocd"));
  CHECK(tag_of("registry:5000/a/b") == "");
  CHECK(tag_of("registry:5000/a/b:1.2") == "1.2");
  CHECK(tag_of("b:1.2" + digest) == "1.2");
  CHECK(tag_of("b" + digest) == "");
}
