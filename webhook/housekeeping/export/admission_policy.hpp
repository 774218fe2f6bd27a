// What an exported policy is made of, and how it is written. Source: admissionregistration.k8s.io/v1.
// Thread-safety: values and pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "housekeeping/export/cel_text.hpp"
#include "json/writer.hpp"
#include "secret/label_selector.hpp"

namespace hygiene::housekeeping {

inline constexpr std::string_view kLeftOutAnnotation = "secret-hygiene.io/left-out";

enum class AdmissionPolicyKind { validating, mutating };

struct AdmissionPolicy {
  AdmissionPolicyKind kind = AdmissionPolicyKind::validating;
  std::string name;
  std::string from;                   // the SecretPolicy; empty: the whole set
  std::vector<std::string> left_out;  // sentences
  bool fallback = false;
  bool create = true;                // whether it is about a CREATE
  bool update = true;                // and about an UPDATE
  secret::LabelSelector namespaces;  // further requirements on their labels
  std::vector<CelVariable> variables;
  std::string expression;          // of the validation, or of the JSON patch
  std::string message_expression;  // of the validation
  std::string message;             // where CEL cannot make the other
  std::string action;              // Deny, Warn or Audit
};

// The policy and its binding, as two objects of an array. A write that cannot be judged is denied by what
// denies, else let through.
void write_admission_policy(json::Writer& json, const AdmissionPolicy& policy);

// True where no expression of it is longer than an API server evaluates whatever the Secret. Derivation: it
// allows a cost of 1,000,000 an expression. The dearest text costs 26 a character: a regular expression, a
// quarter of whose length counts, against a type or a user of 1025 characters, a tenth of which counts.
bool fits_cel(const AdmissionPolicy& policy);
inline constexpr std::size_t kCelCharactersMax = 32 * 1024;

}  // namespace hygiene::housekeeping
