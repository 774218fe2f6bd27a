// An API server's refusal as an Error that says what to do. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cluster/resource.hpp"
#include "cluster/stream_readers.hpp"

namespace hygiene::cluster {

// What a Status object (meta/v1) says. All empty: `body` is none.
struct ApiStatus {
  std::string reason;   // e.g. AlreadyExists
  std::string message;  // printable, at most 1 KiB
  // metadata.continue: the token with which an expired list can still go on.
  std::string continue_token;
};
ApiStatus read_status(std::string_view body);

// The error of an answer that is not 2xx, to `verb` (as RBAC names it) on `resource`. Codes: denied (401: the
// credentials; 403: names the verb and resource that RBAC lacks, unless admission answered), missing (404),
// duplicate (409 AlreadyExists), conflict (other 409, 412), expired (410), limit (413, 429), invalid (other
// 4xx), io (5xx). The message repeats the API server's own, which names objects and never holds the value of
// a Secret.
Error api_error(unsigned status, const ApiStatus& said, std::string_view verb, const Resource& resource);

// The error of an answer 2xx that is not `wanted`, such as "a Table": syntax, with the requested `url` and
// what came.
Error wrong_answer(const std::string& url, std::string_view wanted, const AnswerKind& came);

}  // namespace hygiene::cluster
