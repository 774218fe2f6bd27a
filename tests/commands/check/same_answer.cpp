#include "commands/check/same_answer.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "admission/json_patch.hpp"
#include "base/base64.hpp"
#include "commands/check/check_input.hpp"
#include "commands/check/check_judge.hpp"
#include "housekeeping/survey/survey_builder.hpp"
#include "policy/limits/limit.hpp"
#include "policy/loader.hpp"
#include "runtime/serving/webhook.hpp"
#include "support/json_oracle.hpp"

namespace hygiene::test {
namespace {

// "denied p0/bytesPerSecret", one a broken limit of one Secret.
using Answer = std::set<std::string>;

[[noreturn]] void differ(const std::string& what) {
  throw DifferentAnswers(what);
}

std::string decoded(const std::string& text) {
  const auto plain = base::decode_base64(text);
  if (!plain) differ("the patch is not base64");
  return std::string(plain->view());
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::string object_of(const std::map<std::string, std::string>& members) {
  std::string text;
  for (const auto& [key, value] : members)
    text += (text.empty() ? "" : ",") + quoted(key) + ":" + quoted(value);
  return "{" + text + "}";
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  bool chance(std::size_t of) { return below(of) == 0; }

  std::string policies() {
    std::string text;
    for (std::size_t number = 0; number <= below(5); ++number) text += policy("p" + std::to_string(number));
    return text;
  }

  // Every Secret is made of the same few keys and sizes, which lie at both sides of what policies bound.
  std::string secret() {
    std::map<std::string, std::string> labels, annotations, data;
    const bool helm = chance(4);
    for (const auto& key : kKeys) {
      if (chance(3)) labels[key] = value();
    }
    if (helm) labels["owner"] = "helm";
    if (chance(3)) annotations["note"] = std::string(size(), 'n');
    if (chance(4)) annotations["unicode"] = "Grüße, 秘密, 🔑";
    if (chance(3)) annotations["secret-hygiene.io/owned-labels"] = record();
    if (chance(3)) annotations["secret-hygiene.io/bytes"] = one_of({"", "17", "many", "99999999999"});
    if (chance(5))
      annotations["secret-hygiene.io/unmanaged-labels"] = one_of({kKeys[0], kKeys[1] + ", " + kKeys[2], ","});
    for (std::size_t keys = below(5); keys > 0; --keys)
      data["key" + std::to_string(keys)] = base::encode_base64(std::string(size(), 'x'));
    const std::string name = helm ? "sh.helm.release.v1.app.v1" + std::string(chance(4) ? ".2" : "")
                                  : one_of({"web", "tfstate-a"});
    std::string metadata = "{\"name\":" + quoted(name) +
                           ",\"namespace\":" + quoted(one_of({"team-a", "kube-system"})) + ",\"uid\":\"u-1\"";
    if (!labels.empty() || chance(3)) metadata += ",\"labels\":" + object_of(labels);
    if (!annotations.empty() || chance(3)) metadata += ",\"annotations\":" + object_of(annotations);
    return "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":" + metadata +
           "},\"data\":" + object_of(data) +
           ",\"type\":" + quoted(helm ? "helm.sh/release.v1" : one_of({"Opaque", "kubernetes.io/tls"})) + "}";
  }

 private:
  const std::vector<std::string> kKeys{"secret-hygiene.io/ignore", "tier", "example.com/big", "a"};

  std::string one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }
  std::string value() { return one_of({"true", "x", ""}); }
  std::size_t size() { return std::vector<std::size_t>{0, 1, 99, 100, 101, 300}[below(6)]; }
  std::string limit() { return one_of({"1", "99", "100", "101", "400"}); }

  std::string record() {
    if (chance(5)) return one_of({"", "broken", "tier=x,a=x"});
    std::vector<std::string> keys = kKeys;
    std::ranges::sort(keys);
    std::string text;
    for (const auto& key : keys) {
      if (chance(2)) text += (text.empty() ? "" : ",") + key + "=" + value();
    }
    return text;
  }

  std::string selector() {
    return one_of({"sizeOver: " + limit(), "sizeUpTo: " + limit(), "types: [\"helm*\"]",
                   "names: [\"tfstate-*\"]", "namespaces: [kube-system]",
                   "labelSelector: {matchExpressions: [{key: " + one_of(kKeys) +
                       ", operator: " + one_of({"Exists", "DoesNotExist"}) + "}]}",
                   "labelSelector: {matchLabels: {" + one_of(kKeys) + ": \"" + value() + "\"}}"});
  }

  std::string policy(const std::string& name) {
    std::string text =
        "apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: " + name +
        "}\nspec:\n  mode: " + one_of({"Enforce", "Warn", "Audit"}) + "\n";
    if (chance(2)) text += "  match: {" + selector() + "}\n";
    if (chance(3)) text += "  exclude: {" + selector() + "}\n";
    const bool labels = chance(2);
    if (labels) text += "  labels: {" + one_of(kKeys) + ": \"" + value() + "\"}\n";
    if (!labels || chance(2)) {
      std::set<std::string> limits;
      for (std::size_t count = 1 + below(3); count > 0; --count)
        limits.insert(
            one_of({"bytesPerSecret", "bytesPerObject", "annotationBytes", "bytesPerKey", "keysPerSecret"}));
      text += "  limits:\n";
      for (const auto& each : limits)
        text += "    " + each + ": " + (each == "keysPerSecret" ? one_of({"1", "2", "3"}) : limit()) + "\n";
    }
    return text + "---\n";
  }

  std::mt19937_64 random_;
};

void note(Answer& answer, const std::vector<policy::Violation>& violations) {
  for (const auto& violation : violations) {
    answer.insert(std::string(to_string(violation.outcome)) + " " + violation.policy->name + "/" +
                  std::string(policy::limit_rule(violation.limit).name));
  }
}

// The webhook as the API server asks it: first /mutate, then /validate with what /mutate made of the Secret.
class Served {
 public:
  explicit Served(std::shared_ptr<const policy::PolicySet> policies)
      : webhook_(runtime::WebhookOptions(), metrics_, log_) {
    webhook_.publish(std::move(policies));
    handler_ = webhook_.new_handler(0);
  }

  // The Secret after /mutate.
  std::string mutated(const std::string& secret, bool& patched_any) {
    const std::string patch = decoded(text_at(parse_dom(send("/mutate", secret)), "/response/patch"));
    patched_any = !patch.empty();
    return patch.empty() ? secret : patched(secret, patch, "");
  }

  Answer validated(const std::string& secret) {
    const auto response = parse_dom(send("/validate", secret));
    Answer answer;
    for (const auto* outcome : {"denied", "warned", "audited", "spared"}) {
      std::istringstream names(
          text_at(response, (std::string("/response/auditAnnotations/") + outcome).c_str()));
      for (std::string name; std::getline(names, name, ',');)
        answer.insert(std::string(outcome) + " " + name);
    }
    return answer;
  }

 private:
  std::string send(std::string_view endpoint, const std::string& secret) {
    const auto dom = parse_dom(secret);
    const std::string body =
        R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"r-1","kind":{"group":"","version":"v1","kind":"Secret"},"name":")" +
        text_at(dom, "/metadata/name") + R"(","namespace":")" + text_at(dom, "/metadata/namespace") +
        R"(","operation":"CREATE","userInfo":{"username":"alice"},"object":)" + secret + "}}";
    if (handler_->open({"POST", endpoint, "application/json", body.size()}).answer)
      differ("the request is refused");
    handler_->feed(body);
    return handler_->finish().body;
  }

  std::ostringstream lines_;
  telemetry::Metrics metrics_;
  telemetry::Log log_{telemetry::Level::error, telemetry::LogFormat::json, lines_};
  runtime::Webhook webhook_;
  std::unique_ptr<server::RequestHandler> handler_;
};

// The one Secret of `text`, as check reads it.
class OneSecret final : public commands::ManifestHandler {
 public:
  explicit OneSecret(const std::string& text) {
    std::istringstream in(text);
    commands::read_manifests(in, *this);
  }
  void secret(const secret::Facts& read, const base::Position&) override { facts = read; }
  void review(const admission::Review&, const base::Position&) override {}
  void unfinished(commands::Unfinished, const base::Position&) override {}
  void name_space(const secret::Facts&) override {}
  void other() override {}
  void no_object(const Error& error) override { fault(error); }
  void fault(const Error& error) override { differ("check cannot read it: " + error.message()); }
  secret::Facts facts;
};

Answer checked(const policy::PolicySet& policies, const secret::Facts& facts) {
  Answer answer;
  note(answer, commands::judge_manifest(policies, facts, "default", {}).violations);
  return answer;
}

// An audit counts what is broken, by policy and limit.
Answer audited(const std::shared_ptr<const policy::PolicySet>& policies, const secret::Facts& facts) {
  housekeeping::SurveyBuilder builder(policies);
  builder.add({facts, true});
  Answer answer;
  const housekeeping::Survey survey = builder.finish({});
  for (const auto& policy : survey.policies) {
    for (const auto& limit : policy.limits) {
      if (limit.broken > 0)
        answer.insert(policy.name + "/" + std::string(policy::limit_rule(limit.limit).name));
    }
  }
  return answer;
}

std::string text_of(const Answer& answer) {
  std::string text;
  for (const auto& each : answer) text += "  " + each + "\n";
  return text.empty() ? "  nothing\n" : text;
}

Answer without_outcome(const Answer& answer) {
  Answer names;
  for (const auto& each : answer) names.insert(each.substr(each.find(' ') + 1));
  return names;
}

}  // namespace

AnswersCompared compare_answers(std::uint64_t seed) {
  Generator generator(seed);
  const std::string text = generator.policies();
  const auto loaded = policy::load_policies({{"p.yaml", text}});
  if (!loaded.policies) differ("the policies do not load: " + to_string(loaded.errors.front()) + "\n" + text);
  Served served(loaded.policies);
  AnswersCompared compared;
  for (int number = 0; number < 8; ++number) {
    const std::string original = generator.secret();
    const auto fail = [&](const std::string& what) {
      differ(what + "\npolicies:\n" + text + "\nSecret: " + original);
    };
    bool patched_any = false;
    const std::string labelled = served.mutated(original, patched_any);
    compared.patches += patched_any ? 1U : 0U;
    if (served.mutated(labelled, patched_any) != labelled || patched_any)
      fail("a second /mutate changes it again");
    const secret::Facts facts = OneSecret(labelled).facts;
    const std::string patch = admission::to_json_patch(
        policy::make_label_plan(policy::Ownership(*loaded.policies, facts), {}), facts);
    const std::string bare = patch.empty() ? labelled : patched(labelled, patch, "");
    const Answer expected = served.validated(labelled);
    for (const auto& [form, secret] :
         {std::pair{"as written", original}, {"labelled", labelled}, {"taken off", bare}}) {
      const secret::Facts read = OneSecret(secret).facts;
      if (served.validated(secret) != expected)
        fail(std::string(form) + ": serve says\n" + text_of(served.validated(secret)) + "labelled it says\n" +
             text_of(expected));
      if (checked(*loaded.policies, read) != expected)
        fail(std::string(form) + ": check says\n" + text_of(checked(*loaded.policies, read)) +
             "serve says\n" + text_of(expected));
      if (audited(loaded.policies, read) != without_outcome(expected))
        fail(std::string(form) + ": audit says\n" + text_of(audited(loaded.policies, read)) + "serve says\n" +
             text_of(expected));
    }
    ++compared.secrets;
    compared.broken_limits += expected.size();
  }
  return compared;
}

}  // namespace hygiene::test
