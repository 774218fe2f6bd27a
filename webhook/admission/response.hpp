// An AdmissionReview response as JSON text. Rules: api-server side, docs/security.md; `patch` only with
// patchType.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "admission/verdict.hpp"

namespace hygiene::admission {

std::string render_response(std::string_view uid, const Verdict& verdict);

}  // namespace hygiene::admission
