#include "base/version.hpp"

namespace hygiene::base {

std::string_view version() {
  return HYGIENE_VERSION;
}

std::string_view commit() {
  return HYGIENE_COMMIT;
}

std::string_view commit_date() {
  return HYGIENE_COMMIT_DATE;
}

std::string_view compiler() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

}  // namespace hygiene::base
