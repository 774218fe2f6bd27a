// What an unquoted YAML scalar is. Kubernetes' tools turn YAML into JSON by YAML 1.1's rules as go-yaml 2
// reads them (sigs.k8s.io/yaml), so `yes`, `0x1F` and `1_000` are no strings there, and dates and `1:30` are.
// Checked against kubectl 1.36. Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace hygiene::yaml {

enum class PlainKind { string, number, true_value, false_value, null };

PlainKind classify_plain(std::string_view text);

}  // namespace hygiene::yaml
