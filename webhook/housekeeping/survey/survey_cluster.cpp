#include "housekeeping/survey/survey_cluster.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "housekeeping/stored/namespaces.hpp"
#include "housekeeping/survey/comparison_builder.hpp"
#include "housekeeping/survey/survey_builder.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::LimitKind;

// One in so many may lack the annotation.
constexpr std::uint64_t kFew = 10;

// Takes the only Secret of a list.
struct One final : PageSink {
  Result<void> page(std::vector<StoredSecret> secrets) override {
    if (!secrets.empty()) found = std::move(secrets.front());
    return {};
  }
  std::optional<StoredSecret> found;
};

// One way of reading all Secrets.
class Attempt final : public PageSink {
 public:
  Attempt(cluster::BlockingApi& api, const SurveyWish& wish,
          const std::shared_ptr<secret::NamespaceLabels>& namespaces, Reading reading,
          ProgressObserver& progress)
      : api_(api),
        wish_(wish),
        reading_(reading),
        progress_(progress),
        outage_retry_(wish.interrupt, wish.outage_retry),
        builder_(wish.policies, namespaces) {
    if (wish.compared) comparison_.emplace(wish.compared, wish.policies, wish.now, namespaces);
  }

  // Nothing if too many sizes are missing.
  Result<std::optional<Survey>> run() {
    progress_.begin("reading");
    WalkOptions options;
    options.namespace_name = wish_.namespace_name;
    options.label_selector = wish_.label_selector;
    options.field_selector = wish_.field_selector;
    options.page = wish_.page;
    options.reading = reading_;
    options.interrupt = wish_.interrupt;
    const auto walked = walk_stored(api_, options, *this);
    if (too_many_) return std::optional<Survey>();
    if (!walked) return walked.error();
    interrupted_ = walked->interrupted;
    if (auto measured = measure_rest(); !measured) return measured.error();
    Survey survey;
    survey.origin = api_.client().origin();
    survey.namespace_name = wish_.namespace_name;
    survey.label_selector = wish_.label_selector;
    survey.field_selector = wish_.field_selector;
    survey.reading = reading_;
    survey.interrupted = interrupted_;
    survey.consistent = walked->consistent;
    survey.one_by_one = one_by_one_;
    Survey made = builder_.finish(std::move(survey));
    if (comparison_) made.comparison = comparison_->finish(made);
    return std::optional(std::move(made));
  }

  void remaining(std::uint64_t secrets) override { remaining_ = secrets; }

  Result<void> page(std::vector<StoredSecret> secrets) override {
    seen_ += secrets.size();
    for (const StoredSecret& stored : secrets) {
      if (stored.sized() || wish_.choice == ReadChoice::metadata) {
        add(stored);
      } else {
        unsized_.push_back({stored.facts.namespace_name, stored.facts.name});
      }
    }
    if (unsized_.size() > kOneByOneMax || unsized_.size() * kFew > seen_) {
      too_many_ = true;
      return Error(Errc::unsupported, "too many Secrets lack the annotation");
    }
    if (remaining_) progress_.expect(*std::exchange(remaining_, std::nullopt) + secrets.size());
    progress_.advance(secrets.size());
    return {};
  }

 private:
  struct Name {
    std::string namespace_name;
    std::string name;
  };

  void add(const StoredSecret& stored) {
    builder_.add(stored);
    if (comparison_) comparison_->add(stored);
  }

  Result<void> measure_rest() {
    for (const Name& each : unsized_) {
      if (interrupted_) return {};
      One one;
      const auto measured = retry_outage(outage_retry_, [&] { return measure(each, one); });
      interrupted_ = outage_retry_.interrupted();
      if (!measured && !interrupted_) return measured.error();
      if (!one.found) continue;  // it is gone
      add(*one.found);
      ++one_by_one_;
    }
    return {};
  }

  Result<WalkEnd> measure(const Name& name, One& into) {
    WalkOptions options;
    options.namespace_name = name.namespace_name;
    options.field_selector = "metadata.name=" + name.name;
    return walk_stored(api_, options, into);
  }

  cluster::BlockingApi& api_;
  const SurveyWish& wish_;
  Reading reading_;
  ProgressObserver& progress_;
  OutageRetry outage_retry_;
  SurveyBuilder builder_;
  std::optional<ComparisonBuilder> comparison_;
  std::uint64_t seen_ = 0;
  std::optional<std::uint64_t> remaining_;
  std::vector<Name> unsized_;
  bool too_many_ = false;
  bool interrupted_ = false;
  std::uint64_t one_by_one_ = 0;
};

// The keys of namespaces' labels that either set of policies selects by.
std::vector<std::string> namespace_keys(const SurveyWish& wish) {
  std::vector<std::string> keys;
  for (const auto& policies : {wish.policies, wish.compared}) {
    if (!policies) continue;
    for (std::string& key : policies->namespace_label_keys()) keys.push_back(std::move(key));
  }
  return keys;
}

Result<Survey> whole(cluster::BlockingApi& api, const SurveyWish& wish,
                     const std::shared_ptr<secret::NamespaceLabels>& namespaces, ProgressObserver& progress) {
  auto survey = Attempt(api, wish, namespaces, Reading::whole, progress).run();
  if (!survey) return survey.error();
  return std::move(**survey);
}

}  // namespace

bool needs_whole(const policy::PolicySet& policies) {
  return std::ranges::any_of(policies.policies, [](const policy::Policy& policy) {
    return policy.limit(LimitKind::bytes_per_key) || policy.limit(LimitKind::keys_per_secret) ||
           policy.limit(LimitKind::bytes_per_object);
  });
}

Result<Survey> survey_cluster(cluster::BlockingApi& api, const SurveyWish& wish, ProgressObserver& progress) {
  const bool judged_whole =
      (wish.policies && needs_whole(*wish.policies)) || (wish.compared && needs_whole(*wish.compared));
  const bool by_metadata =
      wish.choice == ReadChoice::metadata || (wish.choice == ReadChoice::automatic && !judged_whole);
  const auto namespaces = read_namespaces(api, namespace_keys(wish), wish.namespace_name, wish.interrupt);
  if (!namespaces) return namespaces.error();
  if (!by_metadata) return whole(api, wish, *namespaces, progress);
  auto survey = Attempt(api, wish, *namespaces, Reading::metadata, progress).run();
  if (!survey) return survey.error();
  if (!*survey) return whole(api, wish, *namespaces, progress);
  return std::move(**survey);
}

}  // namespace hygiene::housekeeping
