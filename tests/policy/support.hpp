// What the tests of the policy layer share: a policy set from YAML text, and Facts made by hand.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch.hpp>

#include "policy/loader.hpp"
#include "secret/facts.hpp"

namespace hygiene::policy::test {

// A document with `spec`, whose lines are indented by two spaces already.
inline std::string document(const std::string& name, const std::string& spec) {
  return "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata:\n  name: " + name +
         "\nspec:\n" + spec + "\n---\n";
}

inline std::shared_ptr<const PolicySet> load(const std::string& text) {
  auto outcome = load_policies({{"test.yaml", text}});
  for (const auto& error : outcome.errors) UNSCOPED_INFO(to_string(error));
  REQUIRE(outcome.policies != nullptr);
  return outcome.policies;
}

inline secret::Facts secret_of(std::uint64_t data_bytes) {
  secret::Facts facts;
  facts.name = "big";
  facts.namespace_name = "team-a";
  facts.type = "Opaque";
  facts.data_bytes = data_bytes;
  facts.object_bytes = data_bytes;
  facts.key_count = 1;
  facts.largest_keys = {{"blob", data_bytes}};
  return facts;
}

// Gives `facts` a label, and counts it.
inline void label(secret::Facts& facts, std::string_view key, std::string_view value) {
  facts.labels.add(key).value = value;
  facts.object_bytes += key.size() + value.size();
  facts.has_labels = true;
}

inline secret::Facts helm_secret(std::uint64_t data_bytes) {
  secret::Facts facts = secret_of(data_bytes);
  facts.name = "sh.helm.release.v1.app.v1";
  facts.type = "helm.sh/release.v1";
  label(facts, "name", "app");
  label(facts, "owner", "helm");
  return facts;
}

// Gives `facts` one of the annotations under our prefix, and counts it in every sum.
inline void annotate(secret::Facts& facts, std::string_view key, const std::string& value) {
  (key == secret::kBytesAnnotation         ? facts.bytes_annotation
   : key == secret::kOwnedLabelsAnnotation ? facts.owned_labels_annotation
                                           : facts.unmanaged_labels_annotation) = value;
  for (auto* sum : {&facts.object_bytes, &facts.annotation_bytes}) *sum += key.size() + value.size();
}

}  // namespace hygiene::policy::test
