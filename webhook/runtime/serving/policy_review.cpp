#include "runtime/serving/policy_review.hpp"

#include <vector>

#include <rapidjson/document.h>

#include "admission/response.hpp"
#include "admission/verdict.hpp"
#include "json/document.hpp"
#include "policy/loader.hpp"
#include "policy/message.hpp"

namespace hygiene::runtime {
namespace {

using admission::Verdict;
using base::Errc;
using base::Error;
using Json = rapidjson::Value;

constexpr std::size_t kErrorsShownMax = 20;

// The member `key` of `object`, or null where there is none.
const Json* member(const Json& object, const char* key) {
  if (!object.IsObject()) return nullptr;
  const auto found = object.FindMember(key);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

std::string text(const Json* value) {
  return value != nullptr && value->IsString() ? std::string(value->GetString(), value->GetStringLength())
                                               : std::string();
}

std::vector<policy::SourceFile> policy_files(const Json& config_map) {
  std::vector<policy::SourceFile> files;
  const Json* data = member(config_map, "data");
  if (data == nullptr || !data->IsObject()) return files;
  for (const auto& [key, value] : data->GetObject()) {
    std::string name = text(&key);
    if (policy::is_policy_file_name(name)) files.push_back({std::move(name), text(&value)});
  }
  return files;
}

Verdict deny(std::string message) {
  Verdict verdict;
  verdict.decision = admission::Decision::denied;
  verdict.allowed = false;
  verdict.code = 422;
  verdict.reason = "Invalid";
  verdict.message = std::move(message);
  return verdict;
}

Verdict judge(const std::vector<policy::SourceFile>& files, const AcceptPolicies& accept) {
  const policy::LoadOutcome outcome = policy::load_policies(files);
  if (!outcome.policies) {
    std::string message = "these policies would not load:";
    for (std::size_t i = 0; i < outcome.errors.size() && i < kErrorsShownMax; ++i) {
      message += "\n" + to_string(outcome.errors[i]);
    }
    if (outcome.errors.size() > kErrorsShownMax) {
      message += "\nand " + std::to_string(outcome.errors.size() - kErrorsShownMax) + " more errors";
    }
    return deny(std::move(message));
  }
  if (const auto accepted = accept(*outcome.policies); !accepted) return deny(accepted.error().message());
  Verdict verdict;
  for (const policy::Diagnostic& warning : outcome.warnings) {
    verdict.warnings.push_back(policy::as_warning(to_string(warning)));
  }
  return verdict;
}

}  // namespace

void PolicyReview::reset() {
  body_ = base::WipingText();
  too_large_ = false;
}

void PolicyReview::feed(std::string_view part) {
  too_large_ = too_large_ || body_.size() + part.size() > kBodyBytesMax;
  if (!too_large_) body_.append(part);
}

base::Result<std::string> PolicyReview::finish(const AcceptPolicies& accept) {
  if (too_large_) {
    return Error(Errc::limit, "the review is larger than " + std::to_string(kBodyBytesMax) + " bytes");
  }
  rapidjson::Document review;
  // In place: no copies of strings to wipe.
  if (const auto parsed = json::parse_document_in_place(review, body_); !parsed) {
    const Error& error = parsed.error();
    return Error(error.code(), "the body is " + error.message() + " (at byte " +
                                   std::to_string(error.where().offset) + ")");
  }
  const Json* request = member(review, "request");
  const std::string uid = request == nullptr ? std::string() : text(member(*request, "uid"));
  if (uid.empty()) return Error(Errc::missing, "the body is not an AdmissionReview with a request.uid");

  const Json* kind = member(*request, "kind");
  const Json* object = member(*request, "object");
  const std::string operation = text(member(*request, "operation"));
  const bool writes = operation == "CREATE" || operation == "UPDATE";
  const bool config_map = kind != nullptr && text(member(*kind, "kind")) == "ConfigMap";
  if (!writes || !config_map || object == nullptr)
    return admission::render_response(uid, admission::unexpected());
  return admission::render_response(uid, judge(policy_files(*object), accept));
}

}  // namespace hygiene::runtime
