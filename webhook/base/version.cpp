#include "base/version.hpp"

namespace hygiene::base {

std::string_view version() {
  return HYGIENE_VERSION;
}

}  // namespace hygiene::base
