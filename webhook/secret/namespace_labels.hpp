// The labels of namespaces, for a command that learns them once. Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "secret/facts.hpp"

namespace hygiene::secret {

// The API server puts it on every namespace, with the namespace's name.
inline constexpr std::string_view kNamespaceNameLabel = "kubernetes.io/metadata.name";

class NamespaceLabels {
 public:
  // `of_others`: what a namespace has that was not put.
  explicit NamespaceLabels(Labels of_others = {}) : of_others_(std::move(of_others)) {}

  // A namespace that is put twice has the later labels.
  void put(const std::string& name, const Labels& labels) { known_[name] = with_name(name, labels); }
  // With kNamespaceNameLabel in any case. Valid until the namespace is put.
  const Labels& of(const std::string& name);
  // The namespaces that were asked for and had not been put, with what was said of them.
  const std::map<std::string, Labels>& assumed() const { return assumed_; }

 private:
  static Labels with_name(const std::string& name, const Labels& labels);

  Labels of_others_;
  std::map<std::string, Labels> known_;
  std::map<std::string, Labels> assumed_;
};

// "tier=gold,env=prod". Errors: no `=`, a key or a value that Kubernetes refuses, a key given twice.
Result<Labels> parse_labels(std::string_view text);

}  // namespace hygiene::secret
