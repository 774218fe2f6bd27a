#include "commands/audit/audit_policyreport_apply.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <rapidjson/document.h>

#include "commands/terminal/text_table.hpp"
#include "json/document.hpp"

namespace hygiene::commands {
namespace {

using cluster::Resource;
using housekeeping::Survey;

// A field of an object's metadata.
std::string text_at(const rapidjson::Value& object, std::string_view name) {
  return std::string(json::text_at(object, {"metadata", name}));
}

// What is asked for is not there at all: not one report, but the kind.
Error without_kind() {
  return Error(
      Errc::missing,
      "the API server serves no PolicyReports (openreports.io/v1alpha1 or wgpolicyk8s.io/v1alpha2): install "
      "their CustomResourceDefinitions, which come with Kyverno and with Policy Reporter, or from "
      "https://github.com/openreports/reports-api; without them -o policyreport prints the reports");
}

Result<bool> serves(cluster::BlockingApi& api, const ReportApi& kinds) {
  auto text = api.get({.raw_path = "/apis/" + std::string(kinds.group)});
  if (!text && text.error().code() == Errc::missing) return false;
  if (!text) return text.error();
  rapidjson::Document group;
  if (!json::parse_document_in_place(group, *text) || !group.IsObject())
    return Error(Errc::syntax, "the API server's discovery of " + std::string(kinds.group) + " is not JSON");
  return std::ranges::any_of(json::elements_at(group, {"versions"}), [&kinds](const auto& version) {
    return json::text_at(version, {"version"}) == kinds.version;
  });
}

struct Stored {
  std::string uid;
  std::string resource_version;
};
// Ours, by namespace; empty: of the cluster.
using StoredReports = std::map<std::string, Stored>;

class Applier {
 public:
  Applier(cluster::BlockingApi& api, const Survey& survey, const ReportApi& kinds,
          const housekeeping::Interrupt* interrupt)
      : api_(api), survey_(survey), kinds_(kinds), interrupt_(interrupt) {}

  Result<ReportsApplied> run() {
    const auto done = apply_all();
    const bool interrupted = done.has_error() && done.error().code() == Errc::interrupted;
    if (!done && !interrupted) return done.error();
    applied_.interrupted = interrupted;
    return applied_;
  }

 private:
  Result<void> apply_all() {
    if (auto listed = list_stored(); !listed) return listed;
    for (const auto& findings : survey_.findings) {
      if (findings.namespace_name.empty() && !of_cluster()) continue;
      if (stopped()) return Error(Errc::interrupted, "interrupted");
      if (auto done = apply(findings); !done) return done;
    }
    // What is left was not written: there is nothing more to say there.
    for (const auto& [namespace_name, report] : stored_) {
      if (stopped()) return Error(Errc::interrupted, "interrupted");
      if (auto done = remove(namespace_name, report); !done) return done;
    }
    return {};
  }

  bool of_cluster() const { return survey_.namespace_name.empty(); }
  bool stopped() const { return interrupt_ != nullptr && interrupt_->asked(); }

  // Of a namespace; empty: of the cluster.
  Resource report_in(const std::string& namespace_name) const {
    const std::string_view plural = namespace_name.empty() ? kinds_.cluster_plural : kinds_.plural;
    return {std::string(kinds_.group), std::string(kinds_.version), std::string(plural), namespace_name,
            std::string(kReportName)};
  }

  Result<void> list_stored() {
    Resource collection = report_in("any");
    collection.namespace_name = survey_.namespace_name;
    if (auto listed = list(collection); !listed) return listed;
    return of_cluster() ? list(report_in("")) : Result<void>();
  }

  Result<void> list(Resource collection) {
    cluster::ListRequest request;
    collection.name.clear();
    request.resource = std::move(collection);
    request.label_selector = std::string(kReportLabel) + '=' + std::string(kReportManager);
    request.field_selector = "metadata.name=" + std::string(kReportName);
    request.form = cluster::Form::metadata;
    auto pages = api_.list(request);
    if (!pages) return pages.error().code() == Errc::missing ? without_kind() : pages.error();
    for (base::WipingText& page : *pages) {
      rapidjson::Document document;
      if (!json::parse_document_in_place(document, page) || !document.IsObject())
        return Error(Errc::syntax, "the API server's list of PolicyReports is not JSON");
      for (const auto& item : json::elements_at(document, {"items"})) {
        stored_[text_at(item, "namespace")] = {text_at(item, "uid"), text_at(item, "resourceVersion")};
      }
    }
    return {};
  }

  Result<void> apply(const housekeeping::NamespaceFindings& findings) {
    const auto before = stored_.extract(findings.namespace_name);
    auto answer = api_.patch(report_in(findings.namespace_name), cluster::PatchKind::apply,
                             render_policy_report(survey_, findings, kinds_));
    if (!answer && is_gone(answer.error(), findings.namespace_name)) {
      ++applied_.gone;
      return {};
    }
    if (!answer) return answer.error();
    rapidjson::Document document;
    const auto parsed = json::parse_document_in_place(document, *answer);
    const bool same =
        !before.empty() && parsed && text_at(document, "resourceVersion") == before.mapped().resource_version;
    ++(same ? applied_.unchanged : applied_.written);
    return {};
  }

  // Source: kube-apiserver's admission plugin NamespaceLifecycle, which refuses to create in a namespace that
  // is being deleted (403) or was (404).
  bool is_gone(const Error& error, const std::string& namespace_name) const {
    if (namespace_name.empty()) return false;
    return error.code() == Errc::missing ||
           (error.code() == Errc::denied &&
            error.message().find("because it is being terminated") != std::string::npos);
  }

  Result<void> remove(const std::string& namespace_name, const Stored& report) {
    // Only the object that was listed: another of its name, or another version of it, may say something.
    const auto answer =
        api_.remove(report_in(namespace_name), cluster::delete_options(report.uid, report.resource_version));
    if (answer) ++applied_.deleted;
    const bool moved =
        !answer && (answer.error().code() == Errc::missing || answer.error().code() == Errc::conflict);
    return answer || moved ? Result<void>() : answer.error();
  }

  cluster::BlockingApi& api_;
  const Survey& survey_;
  const ReportApi& kinds_;
  const housekeeping::Interrupt* interrupt_;
  StoredReports stored_;  // and not yet looked at
  ReportsApplied applied_;
};

// True if a limit of one Secret was held against less than there is: sizes that nobody asked for.
bool leaves_unjudged(const Survey& survey) {
  for (const housekeeping::PolicyUse& policy : survey.policies) {
    for (const housekeeping::LimitUse& limit : policy.limits) {
      if (!limit.across && limit.partial) return true;
    }
  }
  return false;
}

}  // namespace

std::string to_string(const ReportsApplied& applied) {
  std::string text = counted(applied.written, "PolicyReport", "PolicyReports") + " written";
  text += ", " + std::to_string(applied.unchanged) + " unchanged, " + std::to_string(applied.deleted) +
          " deleted";
  if (applied.gone > 0) {
    text += "; " + counted(applied.gone, "namespace is", "namespaces are") + " being deleted";
  }
  return text;
}

Result<const ReportApi*> served_report_api(cluster::BlockingApi& api) {
  for (const ReportApi* kinds : {&kOpenReports, &kPolicyReports}) {
    const auto served = serves(api, *kinds);
    if (!served) return served.error();
    if (*served) return kinds;
  }
  return nullptr;
}

Result<ReportsApplied> apply_policy_reports(cluster::BlockingApi& api, const Survey& survey,
                                            const ReportApi* kinds,
                                            const housekeeping::Interrupt* interrupt) {
  if (survey.selected()) {
    return Error(Errc::invalid,
                 "PolicyReports cover whole namespaces: omit --selector and --field-selector, or omit "
                 "--apply to print the reports");
  }
  if (survey.interrupted) {
    return Error(Errc::invalid,
                 "the audit was interrupted, so PolicyReports would be incomplete: none was written");
  }
  if (leaves_unjudged(survey)) {
    return Error(
        Errc::invalid,
        "metadata alone could not judge every limit, and a PolicyReport cannot say so: omit --read=metadata");
  }
  if (kinds == nullptr) return without_kind();
  return Applier(api, survey, *kinds, interrupt).run();
}

}  // namespace hygiene::commands
