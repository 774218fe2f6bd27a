// What `secret-hygiene proxy` adds unless it is told otherwise, and how it is known in a pod. Thread-safety:
// immutable.
#pragma once

#include <string_view>

namespace hygiene::housekeeping {

inline constexpr std::string_view kProxyLabelSelector = "!secret-hygiene.io/ignore";
inline constexpr std::string_view kProxyFieldSelector = "type!=helm.sh/release.v1";
inline constexpr std::string_view kProxyImage = "secret-hygiene";  // how its image's repository ends
inline constexpr std::string_view kProxyCommand = "proxy";

}  // namespace hygiene::housekeeping
