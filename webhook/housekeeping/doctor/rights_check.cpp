#include "housekeeping/doctor/rights_check.hpp"

#include <utility>
#include <vector>

#include <boost/algorithm/string/join.hpp>
#include <rapidjson/document.h>

#include "housekeeping/doctor/object_reader.hpp"
#include "housekeeping/stored/object_list.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace hygiene::housekeeping {
namespace {

using rapidjson::Value;

constexpr const char* kCheck = "rights";
constexpr const char* kOurs = "app.kubernetes.io/name=secret-hygiene";

struct Part {
  std::string name;
  std::string account;
  std::vector<std::string> arguments;
};

std::string text_of(const Right& right) {
  std::string text = std::string(right.verb) + ' ' + std::string(right.resource);
  if (!right.group.empty()) text += '.' + std::string(right.group);
  if (!right.name.empty()) text += '/' + right.name;
  return text;
}

class Check {
 public:
  Check(cluster::BlockingApi& api, const std::string& namespace_name)
      : api_(api), namespace_name_(namespace_name) {}

  Diagnoses run(PolicyNeeds needs) {
    collect("apps", "deployments", {"spec", "template", "spec"});
    collect("batch", "cronjobs", {"spec", "jobTemplate", "spec", "template", "spec"});
    for (const Part& part : parts_)
      found_.push_back(of(part, required_rights(part.arguments, needs, namespace_name_)));
    if (found_.empty())
      found_.push_back({kCheck,
                        {},
                        Health::ok,
                        "no Deployment or CronJob of ours is in namespace " + namespace_name_,
                        {}});
    return std::move(found_);
  }

 private:
  void collect(const char* group, const char* plural, json::Path pod) {
    const auto listed =
        each_object(api_, {.group = group, .plural = plural, .namespace_name = namespace_name_}, kOurs,
                    nullptr, [&](const Value& item) {
                      const Value* spec = json::object_at(item, pod);
                      if (spec == nullptr) return;
                      Part part{std::string(json::text_at(item, {"metadata", "name"})),
                                std::string(json::text_at(*spec, {"serviceAccountName"})),
                                {}};
                      const auto containers = json::elements_at(*spec, {"containers"});
                      if (containers.empty()) return;
                      for (const Value& each : json::elements_at(containers.front(), {"args"}))
                        part.arguments.emplace_back(json::text_at(each, {}));
                      if (part.account.empty()) part.account = "default";
                      parts_.push_back(std::move(part));
                    });
    if (!listed) found_.push_back(not_looked_at(kCheck, plural, listed.error()));
  }

  Diagnosis of(const Part& part, const std::vector<Right>& rights) {
    std::vector<std::string> missing;
    for (const Right& right : rights) {
      const auto allowed = ask(part.account, right);
      if (!allowed) return not_looked_at(kCheck, part.name, allowed.error());
      if (!*allowed) missing.push_back(text_of(right));
    }
    const std::string account = "the service account " + part.account;
    if (!missing.empty())
      return {kCheck, part.name, Health::problem, account + " may not " + boost::join(missing, ", "),
              "apply the manifests or the chart again with the component that this part is of"};
    const std::string message = rights.empty() ? "this part sends no requests to the API server"
                                               : account + " may do all that this part needs";
    return {kCheck, part.name, Health::ok, message, {}};
  }

  Result<bool> ask(const std::string& account, const Right& right) {
    json::Writer json;
    json.object([&] {
      json.type_meta("authorization.k8s.io/v1", "SubjectAccessReview");
      json.object("spec", [&] {
        json.field("user", "system:serviceaccount:" + namespace_name_ + ':' + account);
        json.array("groups", std::vector<std::string>{"system:serviceaccounts",
                                                      "system:serviceaccounts:" + namespace_name_,
                                                      "system:authenticated"});
        json.object("resourceAttributes", [&] {
          if (!right.of_cluster) json.field("namespace", right.namespace_name);
          json.field("verb", right.verb);
          json.field("group", right.group);
          json.field("resource", right.resource);
          if (!right.name.empty()) json.field("name", right.name);
        });
      });
    });
    const auto answer =
        api_.create({.group = "authorization.k8s.io", .plural = "subjectaccessreviews"}, json.view());
    if (!answer) return answer.error();
    rapidjson::Document review;
    if (auto parsed = json::parse_document(review, answer->view()); !parsed) return parsed.error();
    return json::truth_at(review, {"status", "allowed"}).value_or(false);
  }

  cluster::BlockingApi& api_;
  const std::string& namespace_name_;
  std::vector<Part> parts_;
  Diagnoses found_;
};

}  // namespace

Diagnoses check_rights(cluster::BlockingApi& api, const std::string& namespace_name, PolicyNeeds needs) {
  return Check(api, namespace_name).run(needs);
}

}  // namespace hygiene::housekeeping
