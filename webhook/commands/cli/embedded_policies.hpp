// The policies that the program brings along: policies/default and policies/strict. Thread-safety: pure
// functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/loader.hpp"

namespace hygiene::commands {

enum class EmbeddedPolicies : std::uint8_t { default_set, strict };

// The files of a set, by name.
std::vector<policy::SourceFile> embedded_policies(EmbeddedPolicies set);

// Their texts. CMake embeds them.
std::string_view default_helm_history();
std::string_view default_limits();
std::string_view default_oversized();
std::string_view strict_helm_history();
std::string_view strict_helm_releases();
std::string_view strict_limits();
std::string_view strict_oversized();

}  // namespace hygiene::commands
