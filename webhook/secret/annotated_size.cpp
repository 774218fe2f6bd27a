#include "secret/annotated_size.hpp"

#include <charconv>

namespace hygiene::secret {
namespace {

// No Secret is larger; a number beyond it was not measured. Source: pkg/apis/core of Kubernetes,
// MaxSecretSize.
constexpr std::uint64_t kSecretBytesMax = 1024 * 1024;

}  // namespace

std::optional<std::uint64_t> annotated_size(const Facts& facts) {
  std::uint64_t bytes = 0;
  if (!facts.bytes_annotation) return std::nullopt;
  const std::string& text = *facts.bytes_annotation;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size() || bytes > kSecretBytesMax)
    return std::nullopt;
  return bytes;
}

}  // namespace hygiene::secret
