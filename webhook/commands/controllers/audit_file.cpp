#include "commands/controllers/audit_file.hpp"

#include <rapidjson/document.h>

#include "base/file_text.hpp"
#include "json/document.hpp"

namespace hygiene::commands {
namespace {

using housekeeping::FilteredAt;
using housekeeping::Survey;
using housekeeping::Tally;
using rapidjson::Value;

constexpr std::size_t kReportBytesMax = 64 * 1024 * 1024;

std::uint64_t number_at(const Value& value, json::Path path) {
  const Value* found = json::find(value, path);
  return found != nullptr && found->IsUint64() ? found->GetUint64() : 0;
}

std::string string_at(const Value& value, json::Path path) {
  return std::string(json::text_at(value, path));
}

Tally tally_at(const Value& value, std::string_view name) {
  return {number_at(value, {name, "secrets"}), number_at(value, {name, "bytes"}),
          number_at(value, {name, "objectBytes"})};
}

}  // namespace

Result<Survey> parse_audit_report(const std::string& text) {
  rapidjson::Document report;
  if (auto parsed = json::parse_document(report, text); !parsed) return parsed.error();
  if (json::text_at(report, {"kind"}) != "AuditReport")
    return Error(Errc::invalid, "no AuditReport: `secret-hygiene audit -A -o json` writes one");
  Survey survey;
  survey.origin = string_at(report, {"origin"});
  survey.namespace_name = string_at(report, {"namespace"});
  survey.label_selector = string_at(report, {"selector"});
  survey.field_selector = string_at(report, {"fieldSelector"});
  survey.interrupted = json::truth_at(report, {"interrupted"}).value_or(false);
  survey.unsized = number_at(report, {"reading", "unknown"});
  survey.total = tally_at(report, "total");
  for (const Value& label : json::elements_at(report, {"labels", "missing"})) {
    survey.labels.missing.push_back(
        {string_at(label, {"policy"}), string_at(label, {"key"}), string_at(label, {"value"}),
         json::truth_at(label, {"onlyReported"}).value_or(false), number_at(label, {"secrets"})});
  }
  for (const Value& each : json::elements_at(report, {"selectors"})) {
    housekeeping::SelectorGain& gain = survey.selectors.emplace_back();
    gain.selector.controllers = json::text_at(each, {"controllers"});
    gain.selector.label_selector = json::text_at(each, {"labelSelector"});
    gain.selector.field_selector = json::text_at(each, {"fieldSelector"});
    gain.selector.at =
        json::text_at(each, {"filteredAt"}) == "cache" ? FilteredAt::cache : FilteredAt::api_server;
    gain.selector.metadata_of_others = json::truth_at(each, {"metadataOfOthers"}).value_or(false);
    gain.kept = tally_at(each, "kept");
    gain.kept_labelled = tally_at(each, "keptOnceLabelled");
  }
  return survey;
}

Result<Survey> read_audit_report(const std::string& path) {
  const auto file = base::read_file_or_pipe(path, kReportBytesMax);
  if (!file) return file.error();
  auto survey = parse_audit_report(file->text);
  if (!survey) return Error(survey.error().code(), path + ": " + survey.error().message());
  return survey;
}

}  // namespace hygiene::commands
