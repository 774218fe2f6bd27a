// Which namespaces policies select by their labels. One that was not shown is selected by none of them.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/document.hpp"
#include "secret/facts.hpp"

namespace hygiene::counting {

using NamespaceLabels = std::shared_ptr<const secret::Labels>;  // null: there is no such namespace

class SelectedNamespaces {
 public:
  // `shown`: the labels of those that are known.
  explicit SelectedNamespaces(std::shared_ptr<const policy::PolicySet> policies,
                              const std::map<std::string, NamespaceLabels>& shown = {});

  // True also where the policy, an index into the set, selects by no label of a namespace.
  bool selects(std::uint32_t policy, std::string_view namespace_name) const;
  // True if a policy selects the namespace otherwise once it has these labels.
  bool changes(const std::string& namespace_name, const NamespaceLabels& labels) const;
  // Takes the labels of a namespace. Returns the policies that select it and did not before, or no more.
  std::vector<std::uint32_t> show(const std::string& namespace_name, const NamespaceLabels& labels);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::vector<std::uint32_t> selected_by(const NamespaceLabels& labels) const;

  std::shared_ptr<const policy::PolicySet> policies_;
  std::vector<std::uint32_t> selecting_;  // the policies that select namespaces by labels, sorted
  // By namespace: those of them that select it, sorted. What is missing is selected by none.
  std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>> selected_by_;
};

}  // namespace hygiene::counting
