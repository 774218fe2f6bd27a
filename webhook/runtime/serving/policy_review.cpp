#include "runtime/serving/policy_review.hpp"

#include <utility>

#include <rapidjson/document.h>

#include "admission/response.hpp"
#include "admission/verdict.hpp"
#include "json/document.hpp"
#include "policy/loader.hpp"
#include "policy/message.hpp"

namespace hygiene::runtime {
namespace {

using admission::Verdict;

constexpr std::size_t kErrorsShownMax = 20;

Verdict deny(std::string message) {
  Verdict verdict;
  verdict.decision = admission::Decision::denied;
  verdict.allowed = false;
  verdict.code = 422;
  verdict.reason = "Invalid";
  verdict.message = std::move(message);
  return verdict;
}

Verdict judge(const policy::PolicyFiles& files, const AcceptPolicies& accept, std::chrono::sys_seconds now) {
  const policy::LoadOutcome outcome = policy::load_policies(files.files, files.passed_over, now);
  Verdict verdict;
  if (!outcome.policies) {
    std::string message = "these policies cannot be loaded:";
    for (std::size_t i = 0; i < outcome.errors.size() && i < kErrorsShownMax; ++i) {
      message += "\n" + to_string(outcome.errors[i]);
    }
    if (outcome.errors.size() > kErrorsShownMax) {
      message += "\nand " + std::to_string(outcome.errors.size() - kErrorsShownMax) + " more errors";
    }
    verdict = deny(std::move(message));
  } else if (const auto accepted = accept(*outcome.policies); !accepted) {
    verdict = deny(accepted.error().message());
  }
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

Result<std::string> PolicyReview::finish(const AcceptPolicies& accept, std::chrono::sys_seconds now) {
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
  const std::string_view uid = json::text_at(review, {"request", "uid"});
  if (uid.empty()) return Error(Errc::missing, "the body is not an AdmissionReview with a request.uid");

  const rapidjson::Value* object = json::find(review, {"request", "object"});
  const std::string_view operation = json::text_at(review, {"request", "operation"});
  const bool writes = operation == "CREATE" || operation == "UPDATE";
  const bool config_map = json::text_at(review, {"request", "kind", "kind"}) == "ConfigMap";
  if (!writes || !config_map || object == nullptr)
    return admission::render_response(uid, admission::unexpected());
  return admission::render_response(uid, judge(policy::policy_files_of(*object), accept, now));
}

}  // namespace hygiene::runtime
