// Makes a Survey of Secrets that come one after the other. Pure: no I/O. Memory is bounded whatever is
// stored, by the constants below. Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "housekeeping/survey/group_tallies.hpp"
#include "housekeeping/survey/policy_use_builder.hpp"
#include "housekeeping/survey/survey.hpp"
#include "housekeeping/survey/top_n.hpp"
#include "secret/namespace_labels.hpp"

namespace hygiene::housekeeping {

// Names that are told apart; what is beyond them is summed as one, and no limit is judged of it. An API
// server's own tests end at 10,000 namespaces. A name costs some 150 bytes: 3 MB of namespaces and 8 MB of
// releases at the most, and again for each policy with a limit across Secrets of that kind.
inline constexpr std::size_t kSurveyNamespacesMax = 20'000;
inline constexpr std::size_t kSurveyReleasesMax = 50'000;
inline constexpr std::size_t kSurveyTypesMax = 1'000;

class SurveyBuilder {
 public:
  // `namespaces`: their labels; null: not known.
  explicit SurveyBuilder(std::shared_ptr<const policy::PolicySet> policies,
                         std::shared_ptr<secret::NamespaceLabels> namespaces = nullptr);

  void add(const StoredSecret& stored);
  // Of all that was added, with what was `asked`: the fields from `origin` to `one_by_one`, but for
  // `annotated`.
  // The SurveyBuilder is empty afterwards.
  Survey finish(Survey asked);

 private:
  // What the findings of one namespace are made of.
  struct Found {
    std::uint64_t passed = 0;
    std::array<std::uint64_t, 3> broken{};
    std::vector<Finding> of_scopes;
    std::vector<Finding> of_secrets;
    std::uint64_t left_out = 0;
  };
  struct LargerSecret {
    bool operator()(const LargeSecret& a, const LargeSecret& b) const;
  };
  struct MoreRevisions {
    bool operator()(const Release& a, const Release& b) const;
  };
  struct LabelOrder {
    bool operator()(const secret::Label& a, const secret::Label& b) const {
      return std::tie(a.key, a.value) < std::tie(b.key, b.value);
    }
  };
  struct Selecting {
    StoredSelector selector;
    SelectorGain gain;
  };

  void add_helm(const secret::Facts& facts, const Tally& tally);
  void judge(const policy::Evaluation& evaluation, const Tally& tally);
  void count_carried(const secret::Labels& labels, const Tally& tally);
  void select(const secret::Facts& facts, const secret::Labels& after, const Tally& tally);
  // Null for a namespace beyond those that are told apart. Empty: the cluster.
  Found* found_in(const std::string& namespace_name);
  void note(const std::string& namespace_name, Finding finding, bool across);
  Releases releases();

  std::shared_ptr<const policy::PolicySet> policies_;
  std::shared_ptr<secret::NamespaceLabels> namespace_labels_;
  Tally total_;
  std::uint64_t deleting_ = 0;
  std::uint64_t annotated_ = 0;
  std::uint64_t unsized_ = 0;
  GroupTallies namespaces_{kSurveyNamespacesMax};
  GroupTallies types_{kSurveyTypesMax};
  GroupTallies releases_{kSurveyReleasesMax};  // by NAMESPACE/RELEASE
  Tally foreign_;
  TopN<LargeSecret, LargerSecret> largest_{LargeSecret::kKept};
  std::vector<PolicyUseBuilder> judged_;  // one a policy
  LabelWork labels_;
  std::map<secret::Label, std::size_t, LabelOrder> carried_;  // in labels_.carried
  std::vector<Selecting> selecting_;
  std::unordered_map<std::string, Found> found_;  // by namespace; at most kSurveyNamespacesMax
  std::size_t findings_kept_ = 0;
};

}  // namespace hygiene::housekeeping
