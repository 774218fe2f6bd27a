#include "housekeeping/export/admission_policy.hpp"

#include <algorithm>

#include <boost/algorithm/string/join.hpp>

#include "secret/namespace_labels.hpp"

namespace hygiene::housekeeping {
namespace {

constexpr std::string_view kApiVersion = "admissionregistration.k8s.io/v1";

void write_head(json::Writer& json, const AdmissionPolicy& policy, std::string_view kind) {
  json.type_meta(kApiVersion, kind);
  json.object("metadata", [&] {
    json.field("name", policy.name);
    json.object("labels", [&] {
      json.field("app.kubernetes.io/name", "secret-hygiene");
      json.field("app.kubernetes.io/component", policy.fallback ? "fallback" : "export");
    });
    if (policy.from.empty() && policy.left_out.empty()) return;
    json.object("annotations", [&] {
      if (!policy.from.empty()) json.field("secret-hygiene.io/policy", policy.from);
      if (!policy.left_out.empty())
        json.field(kLeftOutAnnotation, boost::algorithm::join(policy.left_out, "; "));
    });
  });
}

void write_requirement(json::Writer& json, const secret::LabelRequirement& requirement) {
  json.object([&] {
    json.field("key", requirement.key);
    json.field("operator", secret::to_string(requirement.op));
    if (!requirement.values.empty()) json.array("values", requirement.values);
  });
}

// Where the webhook is registered too: manifests/core.
void write_constraints(json::Writer& json, const AdmissionPolicy& policy) {
  json.object("matchConstraints", [&] {
    json.array("resourceRules", [&] {
      json.object([&] {
        json.array("apiGroups", std::vector<std::string>{""});
        json.array("apiVersions", std::vector<std::string>{"v1"});
        json.array("resources", std::vector<std::string>{"secrets"});
        json.array("operations", [&] {
          if (policy.create) json.value("CREATE");
          if (policy.update) json.value("UPDATE");
        });
        json.field("scope", "Namespaced");
      });
    });
    json.object("namespaceSelector", [&] {
      json.array("matchExpressions", [&] {
        write_requirement(json, {std::string(secret::kNamespaceNameLabel),
                                 secret::LabelOperator::not_in,
                                 {"kube-system", "secret-hygiene", "secret-hygiene-ledger"}});
        for (const auto& each : policy.namespaces.requirements) write_requirement(json, each);
      });
    });
  });
  json.array("matchConditions", [&] {
    json.object([&] {
      json.field("name", "not-being-deleted");
      json.field("expression",
                 "!(request.operation == 'UPDATE' && has(oldObject.metadata.deletionTimestamp))");
    });
  });
}

void write_verdict(json::Writer& json, const AdmissionPolicy& policy) {
  if (policy.kind == AdmissionPolicyKind::mutating) {
    json.field("reinvocationPolicy", "IfNeeded");
    json.array("mutations", [&] {
      json.object([&] {
        json.field("patchType", "JSONPatch");
        json.object("jsonPatch", [&] { json.field("expression", policy.expression); });
      });
    });
    return;
  }
  json.array("validations", [&] {
    json.object([&] {
      json.field("expression", policy.expression);
      json.field("messageExpression", policy.message_expression);
      json.field("message", policy.message);
      json.field("reason", "Forbidden");
    });
  });
}

}  // namespace

void write_admission_policy(json::Writer& json, const AdmissionPolicy& policy) {
  const std::string kind = policy.kind == AdmissionPolicyKind::validating ? "ValidatingAdmissionPolicy"
                                                                          : "MutatingAdmissionPolicy";
  json.object([&] {
    write_head(json, policy, kind);
    json.object("spec", [&] {
      json.field("failurePolicy", policy.action == "Deny" ? "Fail" : "Ignore");
      write_constraints(json, policy);
      json.objects("variables", policy.variables, [&json](const CelVariable& variable) {
        json.field("name", variable.name);
        json.field("expression", variable.expression);
      });
      write_verdict(json, policy);
    });
  });
  json.object([&] {
    write_head(json, policy, kind + "Binding");
    json.object("spec", [&] {
      json.field("policyName", policy.name);
      if (!policy.action.empty()) json.array("validationActions", std::vector<std::string>{policy.action});
    });
  });
}

bool fits_cel(const AdmissionPolicy& policy) {
  return policy.expression.size() <= kCelCharactersMax &&
         policy.message_expression.size() <= kCelCharactersMax &&
         std::ranges::all_of(policy.variables, [](const CelVariable& variable) {
           return variable.expression.size() <= kCelCharactersMax;
         });
}

}  // namespace hygiene::housekeeping
