// The size of a Secret as the annotation secret-hygiene.io/bytes gives it. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "secret/facts.hpp"

namespace hygiene::secret {

// Decoded bytes of the data. Nothing where there is no such annotation, or one that no Secret can have.
std::optional<std::uint64_t> annotated_size(const Facts& facts);

}  // namespace hygiene::secret
