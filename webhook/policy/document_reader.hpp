// One SecretPolicy document, from its YAML tree to a Policy. Thread-safety: one thread at a time.
#pragma once

#include <optional>

#include "policy/document.hpp"
#include "policy/field_reader.hpp"
#include "yaml/tree.hpp"

namespace hygiene::policy {

inline constexpr std::string_view kApiVersion = "secret-hygiene.io/v1alpha1";
inline constexpr std::string_view kKind = "SecretPolicy";

// What a denial may add to its own text: it must fit beside it on a terminal.
inline constexpr std::size_t kMessageBytesMax = 1024;
inline constexpr std::size_t kDescriptionBytesMax = 4096;
// A policy name is a metric label and part of each message.
inline constexpr std::size_t kPolicyNameBytesMax = 63;

// The policy as far as it could be read; every error is noted in `reader`. Nothing where there is no legal
// name: no other document can then refer to it.
std::optional<Policy> read_document(const yaml::Node& document, FieldReader& reader);

}  // namespace hygiene::policy
