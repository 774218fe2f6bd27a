#include "secret/namespace_labels.hpp"

#include <catch2/catch.hpp>

using namespace hygiene;
using secret::Labels;
using secret::NamespaceLabels;

namespace {

std::string text(const Labels& labels) {
  std::string all;
  for (const secret::Label& label : labels) all += label.key + "=" + label.value + " ";
  return all;
}

}  // namespace

TEST_CASE("every namespace has the label with its name, whatever it is said to have") {
  Labels gold;
  gold.add("tier").value = "gold";
  gold.add("kubernetes.io/metadata.name").value = "forged";
  NamespaceLabels namespaces(gold);
  namespaces.put("bare", {});
  CHECK(text(namespaces.of("bare")) == "kubernetes.io/metadata.name=bare ");
  CHECK(namespaces.assumed().empty());
  CHECK(text(namespaces.of("other")) == "kubernetes.io/metadata.name=other tier=gold ");
  CHECK(namespaces.assumed().size() == 1);
  namespaces.put("bare", gold);
  CHECK(text(namespaces.of("bare")) == "kubernetes.io/metadata.name=bare tier=gold ");
}

TEST_CASE("labels are read as kubectl writes them") {
  CHECK(text(secret::parse_labels("a=b,example.com/c=").value()) == "a=b example.com/c= ");
  CHECK(secret::parse_labels("").value().empty());
  for (const char* bad : {"a", ",a=b", "a=b c", "=b", "a=b,a=c", "a=b,,c=d"}) {
    INFO(bad);
    CHECK(secret::parse_labels(bad).has_error());
  }
}
