// Secrets of ours that are changed so that a watch of their type shows how far it has come. They hold
// nothing. Thread-safety: pure functions, but for marker_patch(), which differs at each call.
#pragma once

#include <string>
#include <string_view>

namespace hygiene::runtime {

// secret-hygiene-marker- and a word for the type. Precondition: a type that the API server takes, or none.
std::string marker_name(std::string_view type);
// To be created, with what the API server demands of its type.
// Source: pkg/apis/core/validation of Kubernetes, ValidateSecret. Of a service account's token none can be
// made: its controller deletes one without an account.
std::string marker_secret(std::string_view type);
// A merge patch that changes it, and sets the labels of one that an earlier version made.
std::string marker_patch();

}  // namespace hygiene::runtime
