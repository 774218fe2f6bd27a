#include "housekeeping/doctor/trial_writes.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <boost/algorithm/string/join.hpp>
#include <rapidjson/document.h>

#include "base/invariant.hpp"
#include "base/rfc3339.hpp"
#include "housekeeping/stored/namespaces.hpp"
#include "json/document.hpp"
#include "json/push_reader.hpp"
#include "json/writer.hpp"
#include "policy/evaluator.hpp"
#include "secret/helm.hpp"
#include "secret/reader.hpp"

namespace hygiene::housekeeping {
namespace {

using policy::LabelAction;
using policy::LabelChange;

constexpr std::size_t kSmall = 1024;
// The most data that an API server takes.
constexpr std::size_t kLarge = 1024 * 1024;
constexpr const char* kReach =
    "see the checks of certificate and endpoints; the API server's log says why it could not call the "
    "webhook";

// A Secret to be tried, and what the policies say of it.
struct Trial {
  std::string json;
  std::string what;  // for people
  std::vector<LabelChange> labels;
  bool denied = false;
};

std::string render(bool helm, std::size_t bytes) {
  json::Writer json;
  json.object([&] {
    json.type_meta("v1", "Secret");
    json.object("metadata", [&] {
      json.field("name", helm ? "sh.helm.release.v1.secret-hygiene-doctor.v1" : "secret-hygiene-doctor");
      if (!helm) return;
      json.object("labels", [&] {
        json.field("name", "secret-hygiene-doctor");
        json.field("owner", "helm");
        json.field("status", "superseded");
        json.field("version", "1");
      });
    });
    json.field("type", helm ? "helm.sh/release.v1" : "Opaque");
    json.object("data", [&] { json.base64("release", std::string(bytes, 'x')); });
  });
  return json.take();
}

Trial make_trial(bool helm, std::size_t bytes, const std::string& namespace_name,
                 const policy::PolicySet& policies, const secret::Labels* namespace_labels) {
  Trial trial{render(helm, bytes), {}, {}};
  trial.what =
      std::string(helm ? "a Helm revision" : "a Secret") + (bytes == kSmall ? " of 1 KiB" : " of 1 MiB");
  secret::Facts facts;
  secret::Reader reader(facts);
  json::PushReader json(reader);
  const bool read = json.feed(trial.json).has_value() && json.finish().has_value();
  base::invariant(read, "the Secret that is tried is one");
  facts.namespace_name = namespace_name;
  const policy::Evaluation evaluation(
      policies, {.object = &facts, .now = base::now_in_seconds(), .namespace_labels = namespace_labels});
  for (LabelChange& change : evaluation.label_plan().changes) {
    if (change.action == LabelAction::add) trial.labels.push_back(std::move(change));
  }
  trial.denied = std::ranges::any_of(evaluation.violations(), [](const policy::Violation& violation) {
    return violation.outcome == policy::Outcome::denied;
  });
  return trial;
}

class Trials {
 public:
  Trials(cluster::BlockingApi& api, const std::string& namespace_name)
      : api_(api), namespace_name_(namespace_name) {}

  Diagnosis label(const Trial* trial) {
    if (trial == nullptr)
      return {
          "labels", namespace_name_, Health::ok, "the policies label none of the Secrets that are tried", {}};
    const auto answer = write(*trial);
    if (!answer) return failed("labels", *trial, answer.error());
    rapidjson::Document secret;
    if (!json::parse_document(secret, answer->view()))
      return not_looked_at("labels", namespace_name_, {Errc::syntax, "the answer is not JSON"});
    std::vector<std::string> missing, found;
    for (const LabelChange& change : trial->labels) {
      const bool there = json::text_at(secret, {"metadata", "labels", change.key}) == change.value;
      (there ? found : missing).push_back(change.key + '=' + change.value);
    }
    if (!missing.empty())
      return {"labels", namespace_name_, Health::problem,
              trial->what + " came back without " + boost::join(missing, ", "), kReach};
    return {"labels",
            namespace_name_,
            Health::ok,
            trial->what + " came back with " + boost::join(found, ", "),
            {}};
  }

  Diagnosis limit(const Trial* trial, const Trial& largest) {
    const auto answer = write(trial != nullptr ? *trial : largest);
    if (trial == nullptr) {
      if (!answer) return failed("limits", largest, answer.error());
      return {"limits",
              namespace_name_,
              Health::ok,
              "no policy denies " + largest.what + ", and it was accepted",
              {}};
    }
    if (answer)
      return {"limits", namespace_name_, Health::problem,
              trial->what + " was accepted, though the policies deny it", kReach};
    if (answer.error().message().find("\"validate.secret-hygiene.io\" denied the request") ==
        std::string::npos)
      return failed("limits", *trial, answer.error());
    return {"limits", namespace_name_, Health::ok, trial->what + " was denied, as the policies say", {}};
  }

 private:
  Result<base::WipingText> write(const Trial& trial) {
    return api_.create({.plural = "secrets", .namespace_name = namespace_name_}, trial.json,
                       cluster::Persistence::dry_run);
  }

  Diagnosis failed(const char* check, const Trial& trial, const Error& why) {
    const std::string& message = why.message();
    if (message.find("failed calling webhook") != std::string::npos)
      return {check, namespace_name_, Health::problem, message, kReach};
    if (message.find("denied the request") != std::string::npos)
      return {check, namespace_name_, Health::warning, trial.what + " was denied: " + message,
              "another webhook denied it, or the policies in force differ from those of the ConfigMap"};
    if (why.code() == Errc::missing)
      return {check, namespace_name_, Health::not_looked_at, message,
              "name a namespace with --trial-namespace"};
    return not_looked_at(check, namespace_name_, why);
  }

  cluster::BlockingApi& api_;
  const std::string& namespace_name_;
};

}  // namespace

Diagnoses try_writes(cluster::BlockingApi& api, const std::string& namespace_name,
                     const policy::PolicySet& policies) {
  const auto namespaces = read_namespaces(api, policies.namespace_label_keys(), namespace_name, nullptr);
  if (!namespaces)
    return {not_looked_at("labels", namespace_name, namespaces.error()),
            not_looked_at("limits", namespace_name, namespaces.error())};
  const secret::Labels* labels = *namespaces ? &(*namespaces)->of(namespace_name) : nullptr;
  std::vector<Trial> trials;
  for (const bool helm : {true, false}) {
    for (const std::size_t bytes : {kSmall, kLarge})
      trials.push_back(make_trial(helm, bytes, namespace_name, policies, labels));
  }
  const auto labelled =
      std::ranges::find_if(trials, [](const Trial& each) { return !each.labels.empty() && !each.denied; });
  // The plain Secret first: fewer policies are about it.
  const auto denied =
      std::find_if(trials.rbegin(), trials.rend(), [](const Trial& each) { return each.denied; });
  Trials run(api, namespace_name);
  return {run.label(labelled == trials.end() ? nullptr : &*labelled),
          run.limit(denied == trials.rend() ? nullptr : &*denied, trials.back())};
}

}  // namespace hygiene::housekeeping
