#include "base/error.hpp"

#include <ostream>

namespace hygiene::base {

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.message();
}

}  // namespace hygiene::base
