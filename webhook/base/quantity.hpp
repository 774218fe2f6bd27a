// Kubernetes quantities as numbers of bytes, and numbers of bytes as people read them.
// Source of the format: Kubernetes API conventions, resource.Quantity (k, M, G, T, P, E and Ki … Ei,
// decimal fractions and decimal exponents; a fraction of a byte is rounded up, as Quantity.Value() does,
// and so is what stands behind the 19th digit).
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace hygiene::base {

// Bytes of `text`, e.g. "256Ki", "1.5Mi", "1e6", "100". Errors: not a quantity, negative, parts of a byte (m,
// u and n, which Kubernetes knows), over 2^63-1.
Result<std::uint64_t> parse_quantity(std::string_view text);

// What `text`, which is refused, was most likely to be: "500k or 500Ki" for "500K", "5Mi" for "5 Mi". Empty:
// no guess.
std::string suggest_quantity(std::string_view text);

// "0 bytes", "1 byte", "512 bytes", "64Ki", "1.5Mi": exact where a power of 1024 divides it with at most one
// decimal, else rounded to one decimal.
std::string format_bytes(std::uint64_t bytes);

}  // namespace hygiene::base
